"""The movements that words can ask for."""

from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.actions_mouth import MOUTH
from cogportrait.agents.actions_pose import POSE
from cogportrait.agents.actions_upper import UPPER

ACTIONS: Final[tuple[Action, ...]] = (*UPPER, *POSE, *MOUTH)
