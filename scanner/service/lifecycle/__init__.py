"""How the service opens, and whether it is ready."""
