"""The HTTP endpoints that programs call."""
