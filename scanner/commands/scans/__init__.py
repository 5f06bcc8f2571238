"""The command scan-images."""
