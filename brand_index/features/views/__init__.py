"""The views of a registered logo that are embedded: all of it, and its parts, found by the gaps between them."""
