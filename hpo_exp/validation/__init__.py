"""Folds in time and the scores of forecasts."""
