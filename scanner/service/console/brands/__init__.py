"""The pages of brands: their references, authorizations and conflicts."""
