"""Cross-actor splits: nobody is on both sides, and every category is divided alike.

Actors go to the test side so that its share of the clips of each category, and of all, is as near
to what is asked as can be: with few actors all ways are tried, with many the best of some descents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cogportrait.bench.clips import TEST, TRAIN, Emh, EmhClip, by_category
from cogportrait.errors import InputError, shown

EXHAUSTIVE_ACTORS: Final = 16  # 65,536 ways, a tenth of a second
DESCENTS: Final = 20
MOST_SWAPS: Final = 20_000  # that are looked at in one step of a descent
_SAME: Final = 1e-9  # costs that differ by less are equal

_Counts: TypeAlias = NDArray[np.float64]
_Taken: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Part:
    """What of a category is on the test side."""

    category: str | None  # None: of the clips without one
    clips: int
    test_clips: int
    actors: int
    test_actors: int

    @property
    def share(self) -> float:
        """Share of its clips that is on the test side."""
        return self.test_clips / self.clips


def split_by_actor(emh: Emh, test: float, seed: int) -> Emh:
    """Return the clips with a split each; one they had is replaced.

    Parameters
    ----------
    emh : Emh
        Every clip with an actor.
    test : float
        Share of the clips that is to be on the test side, between 0 and 1.
    seed : int
        Chooses among equally good splits; equal seeds give equal splits.

    Raises
    ------
    InputError
        `test` is no share, a clip has no actor, or there are less than two actors.
    """
    if not 0 < test < 1:
        raise InputError(f"test: expected a share between 0 and 1, got {shown(test)}")
    if seed < 0:
        raise InputError(f"seed: expected 0 or more, got {seed}")
    nameless = [clip.name for clip in emh.clips if clip.actor is None]
    if nameless:
        raise InputError(
            f"the manifest {emh.name}: expected an actor of each clip, got none of "
            f"{len(nameless)} of {len(emh.clips)}, such as {nameless[0]}; give them pseudonyms"
        )
    actors = sorted({clip.actor for clip in emh.clips if clip.actor is not None})
    if len(actors) < 2:
        raise InputError(f"{emh.name}: expected two actors or more to split, got {len(actors)}")
    taken = _best(_counts(emh, actors), test, np.random.default_rng(seed))
    tested = {actor for actor, is_test in zip(actors, taken, strict=True) if is_test}
    clips = [replace(c, split=TEST if c.actor in tested else TRAIN) for c in emh.clips]
    return replace(emh, clips=tuple(clips))


def parts(emh: Emh) -> list[Part]:
    """Return what a split reached: of every category there is, in the order of labels."""
    return [_part(category, clips) for category, clips in by_category(emh.clips).items()]


def whole(emh: Emh) -> Part:
    """Return what a split reached of all clips together."""
    return _part(None, emh.clips)


def _part(category: str | None, clips: Sequence[EmhClip]) -> Part:
    tested = [clip for clip in clips if clip.split == TEST]
    actors, test_actors = ({clip.actor for clip in some} for some in (clips, tested))
    return Part(category, len(clips), len(tested), len(actors), len(test_actors))


def _counts(emh: Emh, actors: list[str]) -> _Counts:
    """Return the number of clips of each actor in each category, [A, C]."""
    categories = list(by_category(emh.clips))
    rows = {actor: i for i, actor in enumerate(actors)}
    counts = np.zeros((len(actors), len(categories)))
    for clip in emh.clips:
        if clip.actor is not None:
            counts[rows[clip.actor], categories.index(clip.category)] += 1
    return counts


def _best(counts: _Counts, test: float, rng: np.random.Generator) -> _Taken:
    """Return which actors are on the test side, [A]."""
    n = len(counts)
    if n <= EXHAUSTIVE_ACTORS:
        ways = (np.arange(1, 2**n - 1)[:, None] >> np.arange(n)) & 1 > 0
        costs = _costs(ways @ counts, counts, test)
        best = np.flatnonzero(costs <= costs.min() + _SAME)
        return ways[best[rng.integers(len(best))]]
    found = [_descend(_start(counts, test, rng), counts, test, rng) for _ in range(DESCENTS)]
    costs = [float(_costs(taken @ counts, counts, test)) for taken in found]
    return found[int(np.argmin(costs))]


def _costs(taken: _Counts, counts: _Counts, test: float) -> _Counts:
    """Return how far test sides are from what is asked.

    Parameters
    ----------
    taken : array, shape [..., C]
        Clips of each category on the test side.
    counts : array, shape [A, C]

    Returns
    -------
    array, shape [...]
        Sum over categories, and all clips together, of (clips too many or too few)^2 / clips. A
        category of two actors or more that is on one side alone costs more than all of these.
    """
    of, everything = counts.sum(axis=0), counts.sum()
    off = ((taken - test * of) ** 2 / of).sum(axis=-1)
    off += (taken.sum(axis=-1) - test * everything) ** 2 / everything
    shared = (counts > 0).sum(axis=0) > 1
    one_sided = shared & ((taken == 0) | (taken == of))
    return off + 2 * everything * one_sided.sum(axis=-1)


def _start(counts: _Counts, test: float, rng: np.random.Generator) -> _Taken:
    """Return a test side of actors drawn at random, with about as many clips as are asked."""
    order = rng.permutation(len(counts))
    upto = np.cumsum(counts.sum(axis=1)[order])
    enough = int(np.searchsorted(upto, test * upto[-1])) + 1
    taken = np.zeros(len(counts), np.bool_)
    taken[order[: min(enough, len(counts) - 1)]] = True
    return taken


def _descend(taken: _Taken, counts: _Counts, test: float, rng: np.random.Generator) -> _Taken:
    """Return a test side that no actor who changes sides, and no two who change places, betters."""
    cost = float(_costs(taken @ counts, counts, test))
    while True:
        moves = _moves(taken, rng)
        signs = np.where(taken, -1.0, 1.0)
        change = counts[moves[:, 0]] * signs[moves[:, 0], None]
        second = moves[:, 1] >= 0
        change[second] += counts[moves[second, 1]] * signs[moves[second, 1], None]
        costs = _costs(taken @ counts + change, counts, test)
        best = int(np.argmin(costs))
        if costs[best] >= cost - _SAME:
            return taken
        cost = float(costs[best])
        changed = [i for i in moves[best] if i >= 0]
        taken = taken.copy()
        taken[changed] = ~taken[changed]


def _moves(taken: _Taken, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return whose sides may be changed together, [M, 2]; -1 is nobody."""
    inside, outside = np.flatnonzero(taken), np.flatnonzero(~taken)
    alone = np.concatenate([inside if len(inside) > 1 else [], outside if len(outside) > 1 else []])
    moves = np.stack([alone.astype(np.int64), np.full(len(alone), -1)], axis=1)
    pairs = len(inside) * len(outside)
    chosen = (
        rng.choice(pairs, MOST_SWAPS, replace=False) if pairs > MOST_SWAPS else np.arange(pairs)
    )
    swaps = np.stack([inside[chosen // len(outside)], outside[chosen % len(outside)]], axis=1)
    return np.concatenate([moves, swaps])
