"""How networks are run: on which processor, and for several threads at once. The home of onnxruntime."""

from typing import Final

CPU: Final = "cpu"  # names of execution providers, as settings have them
CUDA: Final = "cuda"
ON_CPU: Final = (CPU,)
