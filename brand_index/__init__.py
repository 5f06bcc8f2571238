"""What rights holders registered, and how to search it. Never imports scanner."""
