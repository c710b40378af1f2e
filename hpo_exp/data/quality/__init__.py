"""What is wrong with the hourly table, and what is done about it."""
