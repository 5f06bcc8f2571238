"""What a caller may send and hold at once, bounded before anything is parsed, and by the service itself."""
