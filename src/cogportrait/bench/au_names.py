"""Who may have read the action units of a video; nothing is imported for it."""

from enum import StrEnum


class AuSource(StrEnum):
    """What action units are from."""

    MEDIAPIPE = "mediapipe"  # our own reading
    OPENFACE = "openface-csv"
    PYFEAT = "pyfeat"
