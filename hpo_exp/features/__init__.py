"""Features of an hour, windows of an issue time."""
