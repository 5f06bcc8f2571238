"""Cases and what people decide on them."""
