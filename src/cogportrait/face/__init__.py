"""Pixels to landmarks, landmarks to controls and back."""
