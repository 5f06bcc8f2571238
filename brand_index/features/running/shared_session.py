"""A network that several threads run at once: what they ask for together is one batch.

On a GPU a batch of thirty crops takes hardly longer than one, so that images which are examined at the same time should
share their runs. Nobody waits for others: while the device is busy, further calls gather, and the next run is theirs.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST: Final = 256  # rows of one run: bounds the device's memory
Inputs = Mapping[str, NDArray[Any]]


class _Call:
    """What one thread asks for: inputs with the same number of rows."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.rows = len(next(iter(inputs.values())))
        self.outputs: list[NDArray[Any]] | None = None
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.outputs is not None or self.error is not None

    def result(self) -> list[NDArray[Any]]:
        if self.error is not None:
            raise self.error
        assert self.outputs is not None, "it is done"
        return self.outputs


class SharedSession:
    """An ONNX Runtime session whose calls by several threads are run together, where the file takes any batch."""

    def __init__(self, session: Any) -> None:
        """`session`: of ONNX Runtime."""
        self._session = session
        self._joins = all(not isinstance(each.shape[0], int) for each in session.get_inputs())
        self._asked = threading.Lock()  # of _waiting
        self._device = threading.Lock()  # one run at a time
        self._waiting: dict[tuple[object, ...], list[_Call]] = {}

    def __getattr__(self, name: str) -> Any:
        """What else the session offers, such as get_inputs."""
        return getattr(self._session, name)

    def run(self, outputs: Sequence[str] | None, inputs: Inputs) -> list[NDArray[Any]]:
        """As InferenceSession.run; the first axis of all inputs and outputs is the batch."""
        call = _Call(inputs)
        if not self._joins or call.rows >= MOST:
            with self._device:
                return list(self._session.run(outputs, inputs))
        alike = (outputs and tuple(outputs), *((name, each.shape[1:], each.dtype) for name, each in inputs.items()))
        with self._asked:
            self._waiting.setdefault(alike, []).append(call)
        with self._device:
            while not call.is_done:
                self._run_next(outputs, alike)
        return call.result()

    def _run_next(self, outputs: Sequence[str] | None, alike: tuple[object, ...]) -> None:
        """Run the oldest calls of one shape, as many as fit."""
        with self._asked:
            waiting = self._waiting.pop(alike)
            ends = np.cumsum([each.rows for each in waiting])
            count = max(1, int((ends <= MOST).sum()))
            chosen, rest = waiting[:count], waiting[count:]
            if rest:
                self._waiting[alike] = rest
        try:
            joined = {name: np.concatenate([each.inputs[name] for each in chosen]) for name in chosen[0].inputs}
            made = self._session.run(outputs, joined)
        except Exception as error:  # onnxruntime raises its own classes; each caller is to hear of it
            for each in chosen:
                each.error = error
            return
        begun = 0
        for each in chosen:
            each.outputs = [np.asarray(output[begun : begun + each.rows]) for output in made]
            begun += each.rows
