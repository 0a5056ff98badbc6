"""Every number that the planner, the composer and the critic rest on says where it is from."""

import ast
from pathlib import Path

import pytest

import cogportrait

PACKAGE = Path(cogportrait.__file__).parent
ASSUMPTIONS = (PACKAGE.parents[1] / "docs" / "assumptions.md").read_text("utf-8")
FILES = [
    f for part in ("agents", "behavior", "facs") for f in sorted((PACKAGE / part).glob("*.py"))
]
# Lists of action units and of straight directions are names, no measures.
NAMES = {"AU_SCALE", "STRAIGHT", "RATED_AUS", "UPPER_AUS", "MOUTH_AUS_SIDED", "MOUTH_AUS_MID",
         "_OPENING_AUS"}  # fmt: skip


def own_numbers(file: Path) -> list[str]:
    """Return the module's constants that are written as plain numbers."""
    found: list[str] = []
    for node in ast.parse(file.read_text("utf-8")).body:
        if not (
            isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
        ):
            continue
        inside = list(ast.walk(node.value))
        plain = all(
            isinstance(n, ast.Constant | ast.Tuple | ast.UnaryOp | ast.USub | ast.Load)
            for n in inside
        )
        numbers = [n.value for n in inside if isinstance(n, ast.Constant)]
        if plain and any(isinstance(v, int | float) for v in numbers):
            found.append(node.target.id)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}.{f.stem}")
def test_numbers_of_our_own_are_argued_in_the_assumptions(file: Path) -> None:
    missing = [n for n in own_numbers(file) if n not in NAMES and n not in ASSUMPTIONS]
    assert not missing
