"""Measurements of the whole software, run by hand or by ``make bench``."""
