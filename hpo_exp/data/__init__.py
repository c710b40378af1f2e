"""From sources to one hourly table."""
