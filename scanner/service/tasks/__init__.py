"""What the service does in the background, now and then."""
