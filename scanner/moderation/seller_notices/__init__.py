"""Seller notices (statements of reasons) and the appeals against them. Nothing here reaches a seller by itself."""
