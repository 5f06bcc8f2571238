"""Small ONNX files, written byte by byte: the package onnx is no dependency of the tests."""

from collections.abc import Sequence
from pathlib import Path

SIDE = 32
GRID = 4  # pixels of a cell, so that an image has 3 x 8 x 8 numbers
_FLOAT, _INT, _INTS = 1, 2, 7


def write_network(
    path: Path,
    *,
    before: Sequence[str] = (),
    shape: tuple[int | str, ...] = ("n", 3, SIDE, SIDE),
    flat: bool = True,
    outputs: int = 1,
) -> Path:
    """A network that averages cells of GRID pixels, after each of `before` was applied to the pixels.

    `flat` False: its output keeps the rows and columns of cells.
    """
    nodes, given = b"", "pixels"
    for number, operation in enumerate(before):
        made = f"before{number}"
        nodes += _message(1, _node(operation, [given, given] if operation == "Sub" else [given], made))
        given = made
    pool = _attribute("kernel_shape", GRID) + _attribute("strides", GRID)
    nodes += _message(1, _node("AveragePool", [given], "cells" if flat else "vectors", pool))
    if flat:
        nodes += _message(1, _node("Flatten", ["cells"], "vectors"))
    named = ["vectors", "pixels"][:outputs]
    ends = b"".join(
        _message(12, _value(name, ("n", 192) if name == "vectors" and flat else ("n", "c", "h", "w"))) for name in named
    )
    graph = nodes + _message(2, b"grid") + _message(11, _value("pixels", shape)) + ends
    path.write_bytes(_number(1, 8) + _message(7, graph) + _message(8, _number(2, 17)))
    return path


def _node(operation: str, given: Sequence[str], made: str, attributes: bytes = b"") -> bytes:
    inputs = b"".join(_message(1, each.encode()) for each in given)
    return inputs + _message(2, made.encode()) + _message(4, operation.encode()) + attributes


def _attribute(name: str, value: int) -> bytes:
    both = _number(8, value) * 2
    return _message(5, _message(1, name.encode()) + both + _number(20, _INTS))


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sides = b"".join(
        _message(1, _number(1, side) if isinstance(side, int) else _message(2, side.encode())) for side in shape
    )
    tensor = _number(1, _FLOAT) + _message(2, sides)
    return _message(1, name.encode()) + _message(2, _message(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])
