"""Bounded attacks on a Markscan service on this machine, each on one promise, and a table of what held."""
