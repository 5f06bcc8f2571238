"""The local comparison of a photo: where a listing image shows its own content, and where another's."""
