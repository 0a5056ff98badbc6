"""Measures of what a face does; pure functions."""
