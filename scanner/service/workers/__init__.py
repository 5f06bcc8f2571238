"""The processes that examine and draw images."""
