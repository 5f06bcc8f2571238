"""Background tasks of the service."""
