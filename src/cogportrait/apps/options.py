"""Arguments and options that several commands share."""

import os
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cogportrait.apps.drawing_options import drawn
from cogportrait.apps.option_values import (
    DRAWING_SEED,
    SEED,
    controls_named,
    either,
    library_named,
    video_named,
)

if TYPE_CHECKING:
    from cogportrait.agents.ablation_names import Ablation
    from cogportrait.agents.reasoning import Reasoning
    from cogportrait.request import Request

    MakeRequest = Callable[[Reasoning, Ablation | None], Request]


class ExchangeFormat(StrEnum):
    """Files of other programs that controls are written to and read from."""

    LIVELINK = "livelink"
    OPENFACE = "openface"
    ARKIT_JSON = "arkit-json"
    FACS_CSV = "facs-csv"


PortraitArgument = Annotated[
    Path, typer.Argument(metavar="PORTRAIT", help="A picture of a face.", show_default=False)
]
ControlsArgument = Annotated[
    Path,
    typer.Argument(
        metavar="C.json", parser=controls_named, help="Controls file.", show_default=False
    ),
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
Seed = Annotated[int, SEED]
DrawingSeed = Annotated[int, DRAWING_SEED]
Intensity = Annotated[
    float, typer.Option(help="Amplitude of expressions, 0.25 to 1.5.", metavar="X")
]
Speaking = Annotated[
    bool,
    typer.Option(
        "--speaking",
        help="The portrait has the turn; without this and --listening: if there is audio.",
    ),
]
Listening = Annotated[bool, typer.Option("--listening", help="Somebody else has the turn.")]
Neutralize = Annotated[
    bool,
    typer.Option(
        "--neutralize",
        help="Start from a calm face that looks at the camera, as animate does.",
    ),
]
AsPhotographed = Annotated[
    bool,
    typer.Option(
        "--as-photographed", help="Start from the face as photographed: so it is without either."
    ),
]
MovementLibrary = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="LIBRARY",
        parser=library_named,
        help="Folder or library.parquet of recorded movements to play instead of the shipped ones.",
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
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        parser=video_named,
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
ExchangeOutput = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="F",
        help="File to write: .json for arkit-json, else .csv.",
        show_default=False,
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
Manifest = Annotated[
    Path | None,
    typer.Option(
        metavar="M.json",
        help="Write the record of the run: inputs with their SHA-256, options, versions.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no warnings.")]
Json = Annotated[bool, typer.Option("--json", help="Print results as JSON, one line each.")]


def asked(
    label: Label = None,
    instruction: Instruction = "",
    audio: Audio = None,
    duration: Duration = None,
    fps: Fps = 25.0,
    seed: Seed = 0,
    intensity: Intensity = 1.0,
    speaking: Speaking = False,
    listening: Listening = False,
    library: MovementLibrary = None,
) -> "MakeRequest":
    """Return what makes the request of these options; who is to carry it out is said later."""
    from cogportrait.request import Request

    if label is None and not instruction.strip():
        raise typer.BadParameter("give --label, --instruction, or both")
    turn = either("--speaking", speaking, "--listening", listening)
    return lambda reasoning, ablation: Request(
        label="neutral" if label is None else label,
        instruction=instruction,
        audio=audio,
        duration_s=duration,
        fps=fps,
        seed=seed,
        intensity=intensity,
        speaking=turn,
        reasoning=reasoning,
        ablation=ablation,
        library=library,
    )


class ReasonerOption(StrEnum):
    """Who plans, composes and judges."""

    EXPERT = "expert"
    LLM = "llm"
    LOCAL = "local"


class AblateOption(StrEnum):
    """A part of Stage 1 that is left out."""

    DIRECT_LABEL = "direct-label"
    RULE_RETRIEVAL = "rule-retrieval"
    PLANNER_ONLY = "planner-only"
    NO_CRITIC = "no-critic"


Ablate = Annotated[
    AblateOption | None,
    typer.Option(
        help="Leave a part of the planning out, to compare: the whole planner, its thinking, the "
        "composer, or the critic.",
        show_default=False,
    ),
]


def ablation(asked_for: AblateOption | None) -> "Ablation | None":
    """Return the part that is to be left out."""
    from cogportrait.agents.ablation_names import Ablation

    return None if asked_for is None else Ablation(asked_for.value)


class FallbackOption(StrEnum):
    """Who takes over when a language model fails."""

    NONE = "none"
    EXPERT = "expert"


class RepliesOption(StrEnum):
    """How an endpoint is made to reply in a fixed form."""

    SCHEMA = "schema"
    TOOL = "tool"
    PROMPT = "prompt"


_MODEL_PANEL = "Language model"


def _llm(help_text: str, metavar: str | None = None) -> "typer.models.OptionInfo":
    return typer.Option(
        help=help_text, metavar=metavar, show_default=False, rich_help_panel=_MODEL_PANEL
    )


def thought(
    reasoner: Annotated[
        ReasonerOption,
        typer.Option(
            help="Who plans: the built-in expert (offline, repeatable), a language model behind "
            "an OpenAI-compatible endpoint, or one on this machine.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = ReasonerOption.EXPERT,
    model: Annotated[str, _llm("Name of the model; with local: a GGUF file.", "NAME")] = "",
    base_url: Annotated[
        str | None,
        _llm(
            "Address of the endpoint, if OPENAI_BASE_URL names none; its key is taken from "
            "COGPORTRAIT_API_KEY.",
            "URL",
        ),
    ] = None,
    replies: Annotated[
        RepliesOption,
        typer.Option(help="How replies get their form.", rich_help_panel=_MODEL_PANEL),
    ] = RepliesOption.SCHEMA,
    vision: Annotated[
        bool,
        typer.Option(
            "--vision",
            help="Show the model the portrait, drawn keypoints and curves.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = False,
    fallback: Annotated[
        FallbackOption,
        typer.Option(help="Who plans when the model fails.", rich_help_panel=_MODEL_PANEL),
    ] = FallbackOption.NONE,
    timeout: Annotated[
        float,
        typer.Option(help="Seconds for one request.", metavar="S", rich_help_panel=_MODEL_PANEL),
    ] = 60.0,
    max_calls: Annotated[
        int, typer.Option(help="Most requests.", metavar="N", rich_help_panel=_MODEL_PANEL)
    ] = 12,
    max_tokens: Annotated[
        int,
        typer.Option(
            help="Most tokens, asked and answered.", metavar="N", rich_help_panel=_MODEL_PANEL
        ),
    ] = 100_000,
    record: Annotated[Path | None, _llm("Add the model's replies to this file.", "R.jsonl")] = None,
    replay: Annotated[
        Path | None, _llm("Take replies from such a file, and ask nobody.", "R.jsonl")
    ] = None,
) -> "Reasoning":
    """Return the reasoning that these options make."""
    from cogportrait.agents.llm.settings import (
        ADDRESS,
        OPENAI_URL,
        LlmSettings,
        Replies,
        check_address,
    )
    from cogportrait.agents.reasoning import LOCAL_TOKENS, ReasonerName, Reasoning

    name = ReasonerName(reasoner.value)
    llm = None
    if name is not ReasonerName.EXPERT:
        named = model if name is ReasonerName.LLM else Path(model).name or "small local model"
        llm = LlmSettings(
            model=named or ("recorded" if replay else ""), base_url=base_url,
            replies=Replies(replies.value), vision=vision, timeout_s=timeout,
            total_s=max(300.0, timeout), max_calls=max_calls, max_tokens=max_tokens,
            reply_tokens=4000 if name is ReasonerName.LLM else LOCAL_TOKENS,
            short=name is ReasonerName.LOCAL, record=record, replay=replay,
        )  # fmt: skip
    elif model or base_url or vision or record or replay:
        raise typer.BadParameter(
            "--model, --base-url, --vision, --record and --replay are for language models; "
            "give --reasoner llm or --reasoner local"
        )
    somewhere = base_url or replay or os.environ.get(ADDRESS)
    if name is ReasonerName.LLM and somewhere and not (base_url or replay):
        check_address(ADDRESS, somewhere)
    if name is ReasonerName.LLM and not somewhere:
        raise typer.BadParameter(
            f"--reasoner llm: expected an address; give --base-url URL or set {ADDRESS} (OpenAI's "
            f"is {OPENAI_URL}), or --replay R.jsonl"
        )
    file = model if name is ReasonerName.LOCAL else ""
    return Reasoning(name, llm, file, fallback is FallbackOption.EXPERT)


def takes_request(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of :func:`asked` in the place of its parameter `request`."""
    return _takes("request", asked, command)


def takes_reasoning(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of :func:`thought` in the place of its parameter `reasoning`."""
    return _takes("reasoning", thought, command)


def takes_drawing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of what draws in the place of its parameter `renderer`."""
    return _takes("renderer", drawn, command)


def _takes(
    name: str, build: Callable[..., object], command: Callable[..., None]
) -> Callable[..., None]:
    """Give a command the options of a function in the place of the parameter that it makes."""
    options = signature(build).parameters
    merged: list[Parameter] = []
    for parameter in signature(command).parameters.values():
        merged += options.values() if parameter.name == name else [parameter]

    @wraps(command)
    def run(**given: object) -> None:
        made = build(**{option: given.pop(option) for option in options})
        command(**{name: made}, **given)

    # Typer reads both.
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in merged}
    vars(run)["__signature__"] = Signature(merged)
    return run
