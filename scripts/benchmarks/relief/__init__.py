"""Marks without ink: chrome, embossed, sunken, engraved, glowing and outlined, beside the same marks printed flat."""
