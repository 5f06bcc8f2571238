"""Cases, the decisions on them, and what follows from decisions."""
