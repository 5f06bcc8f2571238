"""What is done for a new image: open, compare with what is registered, examine, describe, and record with others."""
