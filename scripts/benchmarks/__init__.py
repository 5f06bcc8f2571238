"""How well and how fast Markscan finds what is registered, beside its peers; nothing that the product uses."""
