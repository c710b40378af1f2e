"""The network, its training, and the baselines it has to beat."""
