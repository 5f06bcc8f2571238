"""Listing material drawn anew from a seed: charts, labels, plain and drawn goods, and innocents like them.

`kinds.KINDS` draws the scenes of every kind, and `scenes` says what a scene is. Documents, goods, large images and text
panels are drawn in modules of their own with `ink`, `shading` and `words`.
"""
