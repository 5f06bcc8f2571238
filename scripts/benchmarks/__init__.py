"""Benchmarks of the accuracy and speed of Markscan and its peers; the product does not use them."""
