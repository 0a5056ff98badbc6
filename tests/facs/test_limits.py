import re

import pytest

from cogportrait.facs.channels import CHANNELS
from cogportrait.facs.limits import channel_limits, constant, constants, document, sources


def test_every_number_names_a_source_that_is_listed() -> None:
    known = sources()
    for quantity in constants().values():
        assert quantity.source in known, quantity.name
    for label, entry in document()["labels"].items():
        for name, prior in entry["priors"].items():
            assert prior["source"] in known, (label, name)


def test_every_source_says_what_it_is_and_where() -> None:
    for source in sources().values():
        assert source.cite
        assert source.url == "none" or source.url.startswith("http")


def test_a_verified_number_has_a_public_source() -> None:
    for quantity in constants().values():
        if quantity.verified:
            assert quantity.source not in ("PRIOR", "DERIVED", "TEXTBOOK"), quantity.name


def test_the_saccade_line_is_the_published_one() -> None:
    assert constant("saccade.duration.slope").number == 2.2
    assert constant("saccade.duration.intercept").number == 21
    assert constant("saccade.duration.slope").unit == "ms/deg"


def test_a_rule_in_words_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="expected a number"):
        _ = constant("saccade.duration.line").number


def test_a_quantity_without_range_says_so() -> None:
    with pytest.raises(ValueError, match="no range"):
        _ = constant("saccade.duration.slope").span


def test_an_unknown_constant_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        constant("saccade.colour")


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_has_limits_with_soft_inside_hard(channel: str) -> None:
    limits = channel_limits(channel)
    assert limits.hard[0] <= limits.soft[0] < limits.soft[1] <= limits.hard[1]
    assert 0 < limits.soft_speed <= limits.hard_speed
    assert limits.source in sources()


def test_an_unknown_channel_has_no_limits() -> None:
    with pytest.raises(KeyError):
        channel_limits("AU99")


def test_the_data_file_holds_no_paths_of_a_machine() -> None:
    text = str(document())
    assert "/home/" not in text
    assert not re.search(r"(?<![\w.:/])/(?:home|usr|tmp|var|mnt)/", text)
