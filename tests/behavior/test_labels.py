import pytest

from cogportrait.behavior.labels import ALIASES, DESCRIPTIONS, LABELS, priors, resolve_label
from cogportrait.errors import LabelError


def test_there_are_neutral_and_the_twelve_categories() -> None:
    assert len(LABELS) == 13
    assert LABELS[0] == "neutral"
    assert set(DESCRIPTIONS) == set(ALIASES) == set(LABELS)


@pytest.mark.parametrize("label", LABELS)
def test_every_label_has_priors(label: str) -> None:
    known = priors(label)
    assert known.blink_rate(speaking=True).number >= known.blink_rate(speaking=False).number
    assert 100 < known.blink_total.number < 1000


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Joy", "happiness"),
        ("thinking", "cognitive_effort"),
        (" Low-Arousal  negative ", "low_arousal_negative"),
        ("SLEEPY", "drowsiness"),
        ("bored", "low_arousal_negative"),
        ("shifty", "evasive_response"),
        ("cognitive effort", "cognitive_effort"),
        ("evasive-response", "evasive_response"),
        ("nodding off", "drowsiness"),
    ],
)
def test_people_s_words_are_understood(text: str, label: str) -> None:
    assert resolve_label(text) == label


@pytest.mark.parametrize("label", LABELS)
def test_every_alias_means_its_label_and_only_that(label: str) -> None:
    assert resolve_label(label) == label
    for alias in ALIASES[label]:
        assert resolve_label(alias) == label


def test_an_unknown_word_gets_the_nearest_ones() -> None:
    with pytest.raises(LabelError, match=r"sleepy \(= drowsiness\)"):
        resolve_label("slepy")


def test_a_word_like_nothing_gets_the_whole_list() -> None:
    with pytest.raises(LabelError, match="neutral, happiness"):
        resolve_label("xyzzy")


def test_intensities_are_between_0_and_1_inside() -> None:
    assert priors("anger").au(4) == pytest.approx(0.7)
    assert priors("anger").au(12) == 0.0


def test_what_a_label_does_not_say_is_taken_from_neutral() -> None:
    assert priors("anger").other("aversion.duration") == priors("neutral").other(
        "aversion.duration"
    )
    with pytest.raises(KeyError):
        priors("neutral").other("no.such.prior")
