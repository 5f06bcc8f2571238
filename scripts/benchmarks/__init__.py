"""How well and how fast Markscan finds what is registered, compared with its peers; nothing that the product uses."""
