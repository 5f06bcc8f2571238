"""Makes all that belongs to an embedder of the user's own, and measures it; see docs/guide/own-embedder.md."""
