"""Judges past scans again: by what is registered, authorized and decided now, mostly without their images."""
