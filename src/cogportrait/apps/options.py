"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class RendererName(StrEnum):
    """What can draw."""

    WARP = "warp"


PortraitArgument = Annotated[
    Path, typer.Argument(metavar="PORTRAIT", help="A picture of a face.", show_default=False)
]
Label = Annotated[
    str | None,
    typer.Option(
        "--label",
        "-l",
        help="State of mind: a label or an everyday word for one; see `cogportrait labels`. "
        "Without it, but with an instruction: neutral.",
        show_default=False,
    ),
]
Instruction = Annotated[
    str, typer.Option(help="What happens, in words and in order.", show_default=False)
]
Audio = Annotated[
    Path | None,
    typer.Option(
        help="Speech for the mouth, also the sound track; sets the duration unless one is given.",
        show_default=False,
    ),
]
SoundTrack = Annotated[
    Path | None, typer.Option(help="Sound track of the video.", show_default=False)
]
Duration = Annotated[
    float | None,
    typer.Option(
        help="Length in seconds, 0.5 to 600; 6 without audio.", metavar="S", show_default=False
    ),
]
Fps = Annotated[float, typer.Option(help="Frames per second, 10 to 120.", metavar="F")]
Seed = Annotated[int, typer.Option(help="Equal seeds give equal videos.", metavar="N")]
Intensity = Annotated[
    float, typer.Option(help="Amplitude of expressions, 0.25 to 1.5.", metavar="X")
]
Speaking = Annotated[
    bool | None,
    typer.Option(
        "--speaking/--listening",
        help="Whose turn it is; without either: speaking if there is audio.",
        show_default=False,
    ),
]
Face = Annotated[
    int | None,
    typer.Option(
        help="Which face of the picture, from 1 = the largest; without it the largest.",
        metavar="N",
        min=1,
        show_default=False,
    ),
]
Renderer = Annotated[RendererName, typer.Option("--renderer", help="What draws.")]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="Video to write: mp4, webm, gif, a numbered name such as f%04d.png, or a folder.",
        show_default=False,
    ),
]
ControlsOutput = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="C.json", help="Controls file to write.", show_default=False
    ),
]
Trace = Annotated[
    Path | None,
    typer.Option(
        metavar="T.json",
        help="Write the plan, its critique and how it came about.",
        show_default=False,
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="P.png", help="Write a plot of the control curves.", show_default=False),
]
Sheet = Annotated[
    Path | None,
    typer.Option(
        metavar="S.png", help="Write a contact sheet of notable frames.", show_default=False
    ),
]
ControlsOut = Annotated[
    Path | None,
    typer.Option(metavar="C.json", help="Write the control curves.", show_default=False),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no warnings.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


def label_or_neutral(label: str | None, instruction: str) -> str:
    """Return the label, or neutral for an instruction alone; neither is wrong usage."""
    if label is None and not instruction.strip():
        raise typer.BadParameter("give --label, --instruction, or both")
    return "neutral" if label is None else label
