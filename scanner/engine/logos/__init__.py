"""What is measured on logos alone."""
