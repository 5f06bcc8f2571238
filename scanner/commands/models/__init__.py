"""The commands of models: what adapts a network of the user's own."""
