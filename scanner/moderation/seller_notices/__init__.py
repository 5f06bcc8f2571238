"""What sellers are told about decisions, and their appeals; it reaches no seller by itself."""
