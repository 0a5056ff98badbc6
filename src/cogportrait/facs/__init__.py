"""FACS vocabulary: channels, physical limits with their sources, and the ARKit table."""
