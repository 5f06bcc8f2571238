"""Crops of regions, compared with the views of registered logos."""
