"""How networks are run: on which processor, and for several threads at once. The home of onnxruntime."""
