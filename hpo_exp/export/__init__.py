"""The best model as files that others load."""
