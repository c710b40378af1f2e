"""Official files fetched from their publishers, whole or not at all."""
