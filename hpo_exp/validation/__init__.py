"""Folds in time, the scores of forecasts, what separates them, and intervals around them."""
