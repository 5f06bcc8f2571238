"""ONNX Runtime's execution providers: what there is, and a session on the one that was asked for."""

import sys
from contextlib import redirect_stdout
from typing import Any, Final

import onnxruntime

from brand_index.errors import ModelUnusable
from brand_index.features.running import CPU, CUDA
from brand_index.features.running.shared_session import SharedSession

_SUFFIX: Final = "ExecutionProvider"  # of ONNX Runtime's names
# TF32 rounds to 10 bits: vectors would not be those of the index, which the CPU described.
_OPTIONS: Final = {CUDA: {"use_tf32": "0"}}


def available_providers() -> tuple[str, ...]:
    """The names of what can run networks in this ONNX Runtime, such as cpu and cuda; the fastest come first."""
    return tuple(map(_short, onnxruntime.get_available_providers()))


def check_providers(names: tuple[str, ...]) -> None:
    """Raises ModelUnusable where one of these is unknown or not in this ONNX Runtime; it lists what is there."""
    there = available_providers()
    missing = [each for each in names if each not in there]
    if missing or not names:
        lacking = f"{', '.join(missing)} is not in this ONNX Runtime" if missing else "none is named to ONNX Runtime"
        raise ModelUnusable(
            f"providers: {lacking}, which has {', '.join(there)}. Others come with another package in place of "
            "onnxruntime: onnxruntime-gpu (cuda), onnxruntime-openvino (openvino); on macOS onnxruntime has coreml."
        )


def open_session(weights: bytes, providers: tuple[str, ...], *, threads: int) -> Any:
    """A session of ONNX Runtime on the first of `providers`; what that cannot run the next does, and the CPU the rest.

    `threads`: of the CPU. A session on another provider joins the calls of several threads. Raises ModelUnusable
    where a provider is not there or does not start, and whatever ONNX Runtime raises for bytes that it cannot open.
    """
    check_providers(providers)
    if CUDA in providers:
        _load_cuda()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # An arena keeps the most that its network ever took, and a process has six: together 190 MB, for no time saved.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    full = {_short(each): each for each in onnxruntime.get_available_providers()}
    chosen = [(full[name], _OPTIONS.get(name, {})) for name in dict.fromkeys((*providers, CPU))]
    session = onnxruntime.InferenceSession(weights, options, providers=chosen)
    begun = _short(session.get_providers()[0])
    if begun != providers[0]:  # ONNX Runtime falls back without an error
        raise ModelUnusable(
            f"providers: {providers[0]} does not start here, and ONNX Runtime took {begun} instead. Install the "
            f'driver and the libraries of {providers[0]}, or set providers = ["{begun}"].'
        )
    return session if begun == CPU else SharedSession(session)


def _load_cuda() -> None:
    """Load the libraries of CUDA and cuDNN that pip installed, which the system's loader does not find by itself.

    ONNX Runtime before 1.21 cannot; what it prints of a library that is not there goes to stderr.
    """
    load = getattr(onnxruntime, "preload_dlls", None)
    if load is not None:
        with redirect_stdout(sys.stderr):
            load()


def _short(provider: str) -> str:
    return provider.removesuffix(_SUFFIX).lower()
