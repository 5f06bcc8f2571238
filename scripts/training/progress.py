"""The progress of a training run: clock, learning rate, checkpoints and report; it computes no loss."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
import typer

REPORT_SECONDS: Final = 240.0
SAVE_SECONDS: Final = 180.0
WARM_STEPS: Final = 200
SMOKE_MINUTES: Final = 0.2
SMOKE_MARKS: Final = 240


def step_of(path: Path) -> int:
    """The step from which a run with this checkpoint goes on; 0: there is none."""
    return int(torch.load(path, weights_only=True)["step"]) if path.exists() else 0


class Course:
    """A run of so many minutes, all its starts together; `parts` have state_dict, `tensors` are kept as they are."""

    def __init__(
        self, path: Path, minutes: float, parts: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]
    ) -> None:
        """Goes on from `path` if it is there."""
        self.step = 0
        self._path, self._seconds, self._parts, self._tensors = path, minutes * 60, parts, tensors
        self._spent = 0.0
        self._means: dict[str, float] = {}
        if path.exists():
            saved = torch.load(path, weights_only=True)
            for name, part in parts.items():
                part.load_state_dict(saved[name])
            for name, tensor in tensors.items():
                tensor.data.copy_(saved[name])
            self.step, self._spent = int(saved["step"]), float(saved["spent"])
        self._began = self._tick = time.monotonic()
        self._said, self._saved = self._began - REPORT_SECONDS + 60, self._began

    @property
    def share(self) -> float:
        """0..1 of the time."""
        return min(1.0, self._spent / self._seconds)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._spent >= self._seconds

    def set_rate(self, optimizer: torch.optim.Optimizer, rates: tuple[float, ...]) -> None:
        """Warm up, then fall by a straight line to a hundredth: each group from its own of `rates`."""
        factor = min(1.0, (self.step + 1) / WARM_STEPS) * max(0.01, 1 - self.share)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor

    def advance(self, **values: float) -> bool:
        """Count a step; True when it is time to report more than `values`, which are reported by themselves."""
        now = time.monotonic()
        self._spent += now - self._tick
        self._tick = now
        self.step += 1
        for name, value in values.items():
            self._means[name] = 0.98 * self._means.get(name, value) + 0.02 * value
        if now - self._saved > SAVE_SECONDS:
            self._saved = now
            self.save()
        due = now - self._said > REPORT_SECONDS or self.is_over
        if due:
            self._said = now
        return due

    def say(self, words: str) -> None:
        """One line of progress."""
        means = ", ".join(f"{name} {value:.3f}" for name, value in self._means.items())
        typer.echo(f"{self._spent / 60:.1f} min, step {self.step}, {means}; {words}")
        self._tick = time.monotonic()  # the report is not training

    def save(self) -> None:
        """Write the checkpoint atomically."""
        state = {name: part.state_dict() for name, part in self._parts.items()}
        state |= {name: tensor.detach() for name, tensor in self._tensors.items()}
        unfinished = self._path.with_suffix(".part")
        torch.save(state | {"step": self.step, "spent": self._spent}, unfinished)
        unfinished.replace(self._path)
