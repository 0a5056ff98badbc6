"""Measures of what a generated face does against a real one; one module a measure.

Each module states its definition and its references, takes plain arrays, and raises for what it
cannot score. What is undefined (nothing to compare) is NaN, and is counted, never averaged in.
Our definitions are marked as such: the paper's formulas are not public. Measures that are defined
by trained networks are in :mod:`cogportrait.metrics.standard`; ``docs/metrics.md`` lists all.
"""
