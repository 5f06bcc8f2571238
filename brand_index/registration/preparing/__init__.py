"""What is done for a new image before it is recorded: open, compare with what is registered, examine, describe."""
