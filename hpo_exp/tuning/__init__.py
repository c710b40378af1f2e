"""The search: space, trials, executors, coordinator, winner."""
