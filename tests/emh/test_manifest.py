"""A manifest comes back as it was written, and every problem of one is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.emh.emhs import HEAD, clip, emh, line, manifest

from cogportrait.behavior.labels import LABELS
from cogportrait.bench.clips import Emh, EmhClip
from cogportrait.bench.manifest import (
    manifest_text,
    path_from,
    read_manifest,
    rebased,
    write_manifest,
)
from cogportrait.bench.manifest_checks import check_lines, check_manifest, faults
from cogportrait.errors import InputError


def problems(path: Path, **options: bool) -> list[str]:
    return [str(problem) for problem in check_manifest(path, **options).problems]


_words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
_names = _words.filter(lambda t: not set(t) & set("/.\\") and "://" not in t)
_clips = st.builds(
    EmhClip,
    clip=st.builds("{}/{}.mp4".format, _names, _names),
    seconds=st.floats(0.001, 86_400),
    fps=st.floats(1, 240),
    size=st.tuples(st.integers(1, 8192), st.integers(1, 8192)),
    category=st.none() | st.sampled_from(LABELS),
    also=st.lists(_words, max_size=3).map(tuple),
    actor=st.none() | _words,
    speaking=st.none() | st.booleans(),
    instruction=st.none() | _words.map(lambda t: f"{t}\n{t}"),
    audio=st.none() | st.builds("/{}.wav".format, _names),
    licence=_words | st.just(""),
    face_px=st.none() | st.floats(0.1, 8192),
    frontal=st.none() | st.floats(0, 1),
)


@settings(max_examples=40)
@given(st.lists(_clips, min_size=1, max_size=5, unique_by=lambda c: c.name), _words)
def test_what_is_written_comes_back(clips: list[EmhClip], name: str) -> None:
    made = Emh(name, tuple(clips), "MIT", "somewhere", "mediapipe")
    text = manifest_text(made)
    assert check_lines(text, Path()).emh == made
    assert check_lines(text, Path()).problems == ()
    assert manifest_text(made) == text
    assert all(faults(one) == [] for one in clips)


def test_a_file_holds_the_same(tmp_path: Path) -> None:
    made = replace(emh(clip("a", "joy", "x"), clip("b", None, None)), folder=tmp_path)
    write_manifest(tmp_path / "emh.jsonl", made)
    found = read_manifest(tmp_path / "emh.jsonl")
    assert found == replace(
        made, clips=(replace(made.clips[0], category="happiness"), made.clips[1])
    )
    assert found.path_of(found.clips[0]) == tmp_path / "a.mp4"
    assert found.sound_of(found.clips[0]) == tmp_path / "a.mp4"


def test_every_problem_is_named_with_its_line(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        line("a.mp4", category="Joy", actor="x", split="train"),
        "",
        line("b/a.webm", fps=0, mood="good", face_px="big"),
        '{"clip": "c.mp4",',
        [1],
        line("../d.mp4", actor="x", split="test", seconds=True),
        '{"clip": "e.mp4", "clip": "f.mp4"}',
        head={**HEAD, "name": " ", "year": 2026},
    )
    found = problems(path)
    assert [one.split(": expected ")[0] for one in found] == [
        "line 1: 'year'",
        "line 1: name",
        "line 4: 'mood'",
        "line 4: fps",
        "line 4: face_px",
        "line 4: clip",
        "line 5",
        "line 6",
        "line 7: clip",
        "line 7: seconds",
        "line 7: split",
        "line 8",
    ]
    assert found[5].endswith("than that of line 2: results are named by it, got 'a'")
    assert "got a line that is none: not JSON at column 18: Expecting property" in found[6]
    assert found[10].endswith("expected train, where 'x' is on line 2, got test")
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    assert "'year': expected one of format, name" in str(caught.value)
    assert "; 11 more: `cogportrait bench validate` lists them" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("clip", None, "the path of a file, got nothing"),
        ("clip", "", "the path of a file"),
        ("clip", 3, "the path of a file"),
        ("clip", "a\u0007.mp4", "without control characters"),
        ("clip", "https://example.org/a.mp4", "no address"),
        ("clip", "b/../../a.mp4", "a path without .."),
        ("clip", "/b/../a.mp4", "a path without .."),
        ("clip", "b/", "not of a folder"),
        ("clip", "/", "not of a folder"),
        ("clip", "x" * 300 + ".mp4", "at most 200 bytes"),
        ("audio", "../a.wav", "a path without .."),
        ("seconds", float("nan"), "a positive number, got NaN"),
        ("seconds", float("inf"), "at most 86400"),
        ("seconds", -1, "a positive number"),
        ("seconds", 0, "a positive number"),
        ("seconds", "4", "a positive number"),
        ("seconds", 10**400, "at most 86400"),
        ("fps", 0.5, "a number from 1 to 240"),
        ("fps", 500, "at most 240"),
        ("size", [512], "[width, height] in whole pixels"),
        ("size", [512, 512.0], "[width, height] in whole pixels"),
        ("size", [0, 512], "[width, height] in whole pixels"),
        ("size", [True, 1], "[width, height] in whole pixels"),
        ("size", "ab", "[width, height] in whole pixels"),
        ("category", "grumpy", "null or a label"),
        ("category", ["joy"], "null or a label"),
        ("also", "joy", "a list of texts"),
        ("also", [""], "a text that is not empty"),
        ("actor", "", "a text that is not empty"),
        ("actor", 7, "a text"),
        ("actor", "a\nb", "a plain text on one line"),
        ("speaking", "yes", "true, false or null"),
        ("speaking", 1, "true, false or null"),
        ("instruction", "x" * 6000, "a text of at most 5000 characters"),
        ("instruction", "\u001b[2J", "without control characters"),
        ("instruction", {}, "a text or null"),
        ("licence", 1, "a text"),
        ("split", "val", "train, test or null"),
        ("face_px", 0, "a positive number or null"),
        ("frontal", 1.1, "a share from 0 to 1, or null"),
        ("frontal", float("nan"), "a share from 0 to 1, or null"),
    ],
)
def test_a_value_that_is_not_what_its_key_holds(
    tmp_path: Path, key: str, value: Any, expected: str
) -> None:
    (found,) = problems(manifest(tmp_path, line(**{key: value})))
    assert found.startswith(f"line 2: {key}: expected ")
    assert expected in found
    assert "\n" not in found
    assert len(found) < 400


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"format": "cogportrait-emh/2"}, "line 1: format: expected the head of a manifest"),
        ({}, "got nothing"),
        (line(), "line 1: format"),
        ("name\tfile", "line 1: expected the head"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format": ' + "9" * 5000 + "}", "a number of thousands of digits"),
    ],
)
def test_what_is_no_manifest_is_looked_at_no_further(
    tmp_path: Path, head: Any, message: str
) -> None:
    (found,) = problems(manifest(tmp_path, *["junk"] * 1000, head=head))
    assert message in found


def _folder(path: Path) -> None:
    path.mkdir()


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**11)  # sparse


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no such file; check the path"),
        (_folder, "expected an EMH manifest, got a folder; make a manifest with `cogp"),
        (_huge, "expected at most 64 MiB, got 95367 MiB"),
        (lambda path: path.write_bytes(b"\x00\xff\xfe" * 99), "got a binary file"),
        (lambda path: path.write_bytes(b"\n\n"), "emh.jsonl: expected an EMH manifest, got an "
         "empty one; make a manifest with `cogportrait bench build`$"),
        (lambda path: path.symlink_to("/dev/zero"), "got a device or pipe"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "emh.jsonl"
    make(path)
    with pytest.raises(InputError, match=message):
        check_manifest(path)


def test_a_head_alone_is_no_benchmark(tmp_path: Path) -> None:
    assert problems(manifest(tmp_path)) == [
        "line 2: expected a line for each clip, got none; make a manifest with `cogportrait bench "
        "build`"
    ]


def test_windows_line_ends_and_a_mark_of_byte_order_pass(tmp_path: Path) -> None:
    path = manifest(tmp_path, line())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_manifest(path).clips) == 1


def test_files_are_asked_for_only_where_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "b.mp4").touch()
    (tmp_path / "d.mp4").mkdir()
    lines = [line("a.mp4"), line("b.mp4"), line("c.mp4", audio="a.mp4"), line("d.mp4", audio="e")]
    path = manifest(tmp_path, *lines)
    assert problems(path) == []
    found = problems(path, check_files=True)
    assert [one.split(" at ")[0] for one in found] == [
        "line 2: clip: expected a video (mp4, mov, webm, mkv, gif), got something else or one that "
        "is damaged or cut off",
        "line 3: clip: expected a file that can be read, got an empty file",
        "line 4: clip: expected a file that can be read, got nothing",
        "line 4: audio: expected a sound file (wav, mp3, m4a, flac, ogg), got something else or a "
        "corrupt file",
        "line 5: clip: expected a file that can be read, got a folder",
        "line 5: audio: expected a file that can be read, got nothing",
    ]


def test_absolute_paths_pass_and_are_noted(tmp_path: Path) -> None:
    found = read_manifest(manifest(tmp_path, line("/data/a.mp4"), line("b.mp4", audio="/c.wav")))
    assert found.path_of(found.clips[0]) == Path("/data/a.mp4")
    (note,) = found.notes()
    assert note.startswith("2 paths are absolute, such as /data/a.mp4")
    assert read_manifest(manifest(tmp_path, line())).notes() == []


def test_nothing_is_written_that_would_be_refused(tmp_path: Path) -> None:
    path = tmp_path / "emh.jsonl"
    bad = replace(clip("a", None, None), seconds=float("nan"))
    for made in (emh(bad), emh(), emh(clip("a", None, "x"), clip("b/a", None, "y"))):
        with pytest.raises(InputError, match="it is not written"):
            write_manifest(path, made)
    assert list(tmp_path.iterdir()) == []


def test_paths_start_from_the_manifests_folder(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert path_from(tmp_path, inner / "c.mp4") == "a/b/c.mp4"
    assert path_from(inner, tmp_path / "c.mp4") == str(tmp_path / "c.mp4")
    (tmp_path / "link").symlink_to(inner)
    assert path_from(tmp_path, tmp_path / "link" / "c.mp4") == "link/c.mp4"
    assert path_from(tmp_path / "link", inner / "c.mp4") == "c.mp4"
    made = replace(emh(replace(clip("b/c", None, None), audio="b/s.wav")), folder=tmp_path / "a")
    up, down = rebased(made, tmp_path).clips[0], rebased(made, inner / "x").clips[0]
    assert (up.clip, up.audio) == ("a/b/c.mp4", "a/b/s.wav")
    assert (down.clip, down.audio) == (str(inner / "c.mp4"), str(inner / "s.wav"))


@settings(max_examples=60)
@given(st.lists(st.text() | st.builds(json.dumps, st.dictionaries(
    st.sampled_from([*line(), "category", "split", "actor"]),
    st.none() | st.booleans() | st.floats() | st.text() | st.lists(st.integers()), max_size=6,
)), max_size=6))  # fmt: skip
def test_whatever_stands_in_a_line_is_told_in_one(lines: list[str]) -> None:
    verdict = check_lines("\n".join([json.dumps(HEAD), *lines]), Path())
    assert (verdict.emh is None) == bool(verdict.problems)
    assert all("\n" not in str(problem) for problem in verdict.problems)
