"""Samples and networks that learn to see a mark concealed on the goods."""
