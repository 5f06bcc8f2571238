"""The processes in which the service examines images."""
