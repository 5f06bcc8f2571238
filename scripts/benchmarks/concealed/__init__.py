"""Measures how often a mark concealed on the goods is found, and how often what is none is flagged."""
