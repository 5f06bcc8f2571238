"""Patches that seem to conceal a mark: where the looks of networks see them; which mark, nobody knows."""
