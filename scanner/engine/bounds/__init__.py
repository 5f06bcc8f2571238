"""How sure evidence can be at most, whatever a regression of its measurements says."""
