"""Speech to mouth: what is said when, and what the lips do meanwhile."""

from cogportrait.speech.analyze import VOWELS, analyze_speech
from cogportrait.speech.visemes import mouth_controls

__all__ = ["VOWELS", "analyze_speech", "mouth_controls"]
