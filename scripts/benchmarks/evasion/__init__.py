"""What sellers do to hide a mark or a copied photo, from mild to severe."""
