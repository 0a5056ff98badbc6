"""A manifest says what a run was made of."""

import hashlib
import importlib.metadata
import json
from pathlib import Path

import pytest

from cogportrait.errors import InputError, MediaError
from cogportrait.io.manifest import write_manifest


def test_a_manifest_names_inputs_options_seed_and_versions(tmp_path: Path) -> None:
    portrait = tmp_path / "p.png"
    portrait.write_bytes(b"pixels")
    path = tmp_path / "run.json"
    write_manifest(path, inputs={"portrait": portrait}, options={"fps": 25}, seed=7)
    record = json.loads(path.read_text())
    assert record["inputs"]["portrait"]["sha256"] == hashlib.sha256(b"pixels").hexdigest()
    assert record["inputs"]["portrait"]["bytes"] == 6
    assert record["options"] == {"fps": 25}
    assert record["seed"] == 7
    assert record["packages"]["numpy"]
    assert record["packages"]["torch"] == importlib.metadata.version("torch")
    assert record["format"] == "cogportrait-manifest/1"


def test_a_missing_input_or_a_value_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with pytest.raises(MediaError, match="the audio file"):
        write_manifest(path, inputs={"audio": tmp_path / "no.wav"}, options={}, seed=0)
    with pytest.raises(InputError, match="no JSON value"):
        write_manifest(path, inputs={}, options={"x": float("nan")}, seed=0)
    assert not path.exists()
