"""What is in a listing picture, and what to do about it."""
