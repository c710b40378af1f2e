"""What is remembered of studies and trials in MLflow."""
