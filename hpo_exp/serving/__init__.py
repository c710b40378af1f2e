"""The HTTP service: the champion's forecasts, and the dispatch on them."""
