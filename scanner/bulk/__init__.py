"""Many images at once: which files, which listings, the run, the report."""
