"""What a finished run tells programs and people."""
