"""Hyperparameter tuning for grid-load forecasts, judged by the dispatch they lead to."""

__version__ = "0.1.0"
