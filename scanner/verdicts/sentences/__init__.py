"""Sentences about words, sellers and references in verdicts; words.py puts those about a verdict together."""
