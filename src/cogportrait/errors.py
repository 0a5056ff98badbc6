"""Everything that can go wrong, as one small tree.

Every message is one line: what failed, where, what was expected, what was found, how to fix it.

CogPortraitError
├── InputError          something the caller gave cannot be used
│   ├── MediaError      an image, sound or video file
│   ├── FaceError       the picture holds no usable face
│   ├── LabelError      no such label
│   ├── PlanError       a brief or an event plan
│   │   └── InstructionError  nothing in an instruction is understood
│   └── ControlsError   a control sequence or controls file
├── OutputError         a result cannot be written
├── ReasonerError       a language model could not be asked, or did not reply as it has to
├── ModelError          a model file is missing or is not the one expected
└── MissingExtra        an optional dependency, or a system library, is not installed
"""

import re
from typing import Final

LONGEST_QUOTE: Final = 60  # characters of what somebody gave that a message repeats
_LONG_WORD: Final = re.compile(r"(\S{100})\S{200,}(\S{40})")  # in real life: a path


def shown(value: object) -> str:
    """Return `value` as a message repeats it: texts in quotes, on one line, not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"


def plain(text: str) -> str:
    """Return `text` without what moves a terminal's cursor or ends a line: as escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class CogPortraitError(Exception):
    """Base of all expected failures; the command line prints it as one line and exits 1."""

    def __str__(self) -> str:
        """Return the message, plain; of a path of thousands of characters the ends."""
        return plain(_LONG_WORD.sub(r"\1…\2", super().__str__()))


class InputError(CogPortraitError):
    """Something the caller gave cannot be used."""


class MediaError(InputError):
    """An image, sound or video file cannot be read or is unsuitable."""


class FaceError(InputError):
    """The picture holds no face that can be animated."""


class LabelError(InputError):
    """No such label; the message names the nearest ones."""


class PlanError(InputError):
    """A brief or an event plan asks for something impossible."""


class InstructionError(PlanError):
    """Nothing in an instruction is understood by who is to carry it out."""


class ControlsError(InputError):
    """A control sequence or a controls file is malformed or out of range."""


class OutputError(CogPortraitError):
    """A result cannot be written; nothing half-written is left behind."""


class ModelError(CogPortraitError):
    """A model file is missing, unreadable or not the one expected."""


class MissingExtra(CogPortraitError):  # noqa: N818 - reads as what it says
    """An optional dependency or a system library is not installed; the message says how to."""


class MetricError(InputError):
    """What is to be scored is no pair, or holds what no measure can take."""


class ReasonerError(CogPortraitError):
    """A language model could not be asked, or did not reply as it has to."""
