"""Nobody is on both sides of a split, and categories are divided alike."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.emh.emhs import clip, emh

from cogportrait.bench.clips import TEST, Emh
from cogportrait.bench.splits import parts, split_by_actor, whole
from cogportrait.errors import InputError

_rows = st.lists(
    st.tuples(st.sampled_from(["anger", "fear", "laughter", None]), st.sampled_from("abcdefg")),
    min_size=2,
    max_size=30,
).filter(lambda rows: len({actor for _, actor in rows}) > 1)


def benchmark(rows: list[tuple[str | None, str]]) -> Emh:
    return emh(*(clip(str(i), category, actor) for i, (category, actor) in enumerate(rows)))


def cost(made: Emh, tested: set[str], test: float) -> tuple[int, float]:
    """Return one-sided categories and imbalance, reckoned the long way."""
    groups: dict[str | None, list[str]] = {}
    for one in made.clips:
        groups.setdefault(one.category, []).append(str(one.actor))
    one_sided, off = 0, 0.0
    for actors in [*groups.values()]:
        inside = sum(actor in tested for actor in actors)
        off += (inside - test * len(actors)) ** 2 / len(actors)
        one_sided += len(set(actors)) > 1 and inside in (0, len(actors))
    n = len(made.clips)
    inside = sum(one.actor in tested for one in made.clips)
    return one_sided, off + (inside - test * n) ** 2 / n


@settings(max_examples=60)
@given(_rows, st.floats(0.05, 0.95), st.integers(0, 5))
def test_few_actors_are_split_as_well_as_can_be(
    rows: list[tuple[str | None, str]], test: float, seed: int
) -> None:
    made = benchmark(rows)
    divided = split_by_actor(made, test, seed)
    assert divided == split_by_actor(made, test, seed)
    sides: dict[str | None, set[str | None]] = {}
    for one in divided.clips:
        sides.setdefault(one.actor, set()).add(one.split)
    assert all(len(side) == 1 for side in sides.values())
    tested = {str(one.actor) for one in divided.clips if one.split == TEST}
    actors = sorted({actor for _, actor in rows})
    assert 0 < len(tested) < len(actors)
    every = [set(some) for n in range(1, len(actors)) for some in combinations(actors, n)]
    best = min(cost(made, some, test) for some in every)
    got = cost(made, tested, test)
    assert got[0] == best[0]
    assert got[1] == pytest.approx(best[1], abs=1e-9)


def test_many_actors_are_split_nearly_as_asked() -> None:
    rng = np.random.default_rng(0)
    labels = ["laughter", "drowsiness", "anger", "fear", None]
    rows = [(labels[rng.integers(5)], f"p{rng.integers(120)}") for _ in range(700)]
    divided = split_by_actor(benchmark(rows), 0.3, 1)
    assert whole(divided).share == pytest.approx(0.3, abs=0.005)
    assert len(parts(divided)) == 5
    assert all(part.share == pytest.approx(0.3, abs=0.01) for part in parts(divided))
    assert divided == split_by_actor(benchmark(rows), 0.3, 1)


def test_a_category_of_two_people_is_on_both_sides() -> None:
    rows = [("anger", "a"), ("anger", "b"), *[("fear", "c")] * 3, *[("fear", "d")] * 9]
    found = {part.category: part for part in parts(split_by_actor(benchmark(rows), 0.1, 0))}
    assert found["anger"].test_clips == 1
    assert (found["fear"].test_clips, found["fear"].test_actors) == (3, 1)


def test_the_seed_chooses_among_equal_splits() -> None:
    made = benchmark([("anger", actor) for actor in "abcdefgh"])
    tested = {
        tuple(c.actor for c in split_by_actor(made, 0.25, seed).clips if c.split == TEST)
        for seed in range(20)
    }
    assert len(tested) > 5


@pytest.mark.parametrize(
    ("actors", "test", "seed", "message"),
    [
        (["a", None], 0.3, 0, "expected an actor of each clip, got none of 1 of 2, such as 1"),
        (["a", "a"], 0.3, 0, "expected two actors or more to split, got 1"),
        (["a", "b"], 0.0, 0, "expected a share between 0 and 1, got 0.0"),
        (["a", "b"], float("nan"), 0, "expected a share between 0 and 1, got nan"),
        (["a", "b"], 0.5, -1, "seed: expected 0 or more, got -1"),
    ],
)
def test_what_cannot_be_split(
    actors: list[str | None], test: float, seed: int, message: str
) -> None:
    made = emh(*(clip(str(i), None, actor) for i, actor in enumerate(actors)))
    with pytest.raises(InputError, match=message):
        split_by_actor(made, test, seed)
