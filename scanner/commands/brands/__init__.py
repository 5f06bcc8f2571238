"""The commands of rights holders: brands, references, marks, authorizations and conflicts."""
