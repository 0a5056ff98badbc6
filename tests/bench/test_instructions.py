"""The scorer of instructions counts what it should, and the table keeps its score."""

import csv

import pytest

from bench.instructions import TABLE, Outcome, judge, parse

ROWS = list(csv.DictReader(TABLE.read_text("utf-8").splitlines(), delimiter="\t"))


def test_groups_and_parts_of_an_expected_line() -> None:
    (first, second) = parse("look:up-left > smile/L + nod*3")
    assert [(w.kind, w.direction) for w in first] == [("look", "up-left")]
    assert [(w.kind, w.side, w.count) for w in second] == [("smile", "L", 1), ("nod", "", 3)]
    assert parse("-") == [[]]
    with pytest.raises(ValueError, match="got 'dance'"):
        parse("look:up > dance")


def test_order_direction_side_and_count_decide() -> None:
    text = "Looks left, then winks with the right eye."
    assert judge(text, "look:left > wink/R") == Outcome(2, 2, 0, ())
    assert judge(text, "wink/R > look:left").right == 1
    assert judge(text, "look:right > wink/R").right == 1
    assert judge(text, "look:left > wink/L").right == 1
    assert judge("Nods three times.", "nod*2").right == 0
    assert judge("Nods.", "-") == Outcome(0, 0, 1, ())


def test_the_table_has_both_parts_and_no_line_twice() -> None:
    assert len(ROWS) >= 200
    assert {row["half"] for row in ROWS} == {"tuned", "held_out"}
    assert len({row["instruction"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        parse(row["expected"])


@pytest.mark.parametrize(("half", "least"), [("tuned", 0.97), ("held_out", 0.95)])
def test_instructions_become_the_events_that_they_should(half: str, least: float) -> None:
    found = [judge(r["instruction"], r["expected"]) for r in ROWS if r["half"] == half]
    assert sum(o.right for o in found) >= least * sum(o.wanted for o in found)
