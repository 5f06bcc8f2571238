"""What both training scripts are asked, and how both begin; neither network is known here."""

from pathlib import Path
from typing import Annotated

import cv2
import torch
import typer
from torch import nn

from training.drawings import Mark
from training.marks import load_marks
from training.progress import SMOKE_MARKS

Packages = Annotated[Path, typer.Option(help="Folder with the packages that training/icons.py names.")]
Data = Annotated[Path, typer.Option(help="The development images.")]
Work = Annotated[Path, typer.Option(help="For drawings and checkpoints.")]
Fonts = Annotated[Path, typer.Option(help="Folder with fonts.")]
Minutes = Annotated[float, typer.Option(help="Of training, all starts together.")]
Threads = Annotated[int, typer.Option(help="That multiply; drawing takes another.")]
Begin = Annotated[Path | None, typer.Option(help="Weights to begin with, of scripts/checkpoints/.")]
Smoke = Annotated[bool, typer.Option("--smoke", help="A few steps on a few marks: does it run?")]


def begun(packages: Path, fonts: Path, work: Path, threads: int, *, smoke: bool) -> list[Mark]:
    """The marks to learn, with the libraries set up; nothing may be multiplied before the drawing process forks."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)  # a pool of threads would not survive the fork of the process that draws
    return load_marks(packages, fonts, work / "marks.npz", most=SMOKE_MARKS if smoke else None)


def ready(network: nn.Module, begin: Path | None) -> None:
    """Lay the network out for a CPU, with the weights of `begin` if it names any."""
    network.to(memory_format=torch.channels_last)
    if begin is not None:
        network.load_state_dict(torch.load(begin, weights_only=True)["network"])
