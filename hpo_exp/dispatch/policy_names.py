"""What the policies are called, in files and pages."""

MODEL, THRESHOLD, PERFECT, REALISED = "model", "threshold_rule", "perfect", "realised"
