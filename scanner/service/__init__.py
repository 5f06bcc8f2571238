"""The HTTP service that the upload pipeline calls; everything it decides is decided elsewhere."""
