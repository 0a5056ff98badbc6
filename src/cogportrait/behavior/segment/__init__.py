"""Recordings to events: what eyes, lids, brows and head did, when, how far and how surely."""
