"""How far a fixation may put the eye: inside the oculomotor range (KIM19), a margin for sway."""

from typing import Final

YAW_REACH_DEG: Final = 38.0
UP_REACH_DEG: Final = 24.0
DOWN_REACH_DEG: Final = 38.0
