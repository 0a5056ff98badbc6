"""Benchmarks: what faces do in real clips against what they do in generated ones.

The EMH protocol, that of HDTF, and scoring of anybody's videos; ``docs/emh.md`` says how.
"""
