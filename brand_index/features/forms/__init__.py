"""The forms of a mark: artwork as it may be printed, and what is cut out of an image; no search."""
