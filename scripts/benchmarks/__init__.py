"""How well and how fast Markscan finds what is registered, beside its peers; measures only, nothing the product uses."""
