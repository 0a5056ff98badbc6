"""Recorded movements of real people, cut to events, and how the fitting one is found."""
