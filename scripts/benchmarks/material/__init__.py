"""Listing material drawn anew from a seed: charts, labels, plain and drawn goods, and innocents like them.

`kinds.KINDS` draws the scenes of every kind; `scenes` says what a scene is; the other modules draw one family each.
"""
