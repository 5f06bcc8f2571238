"""Goods and what is around them: plain, drawn, cut out of photos, and behind what sellers share."""
