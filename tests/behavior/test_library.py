"""Prototypes are cut from recordings, kept in files, and found again."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.kinematics import saccade_duration_s, saccade_path
from cogportrait.behavior.library.cut import Origin, cut_controls, cut_gaze, distinct
from cogportrait.behavior.library.files import library_bytes, open_library, read_library
from cogportrait.behavior.library.prototype import GAZE_PAIR, Prototype
from cogportrait.behavior.library.retrieve import GAIN_RANGE, TIME_RANGE, Library, Query
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.errors import InputError
from cogportrait.types import Brief, ControlSequence

HERE = Origin("someone", "a test", "CC0-1.0", ("happiness",), speaking=False)


def smile(length_s: float = 1.0, size: float = 0.5, **known: object) -> Prototype:
    """Return a smile of this length and size."""
    t = np.linspace(0, 1, round(25 * length_s) + 1)
    curve = size * np.sin(np.pi * t) ** 2
    values = np.stack([curve, curve], axis=1).astype(np.float32)
    made = Prototype(EventType.SMILE, 25.0, ("AU12_L", "AU12_R"), values, size, length_s / 2)
    return replace(made, **known, id="") if known else made


def frown(length_s: float = 1.0, **known: object) -> Prototype:
    """Return a frown with all that files demand."""
    named = {"person": "someone", "channels": ("AU04_L", "AU04_R"), **known}
    return replace(smile(length_s), kind=EventType.FROWN, **named, id="")


def test_cut_prototypes_begin_at_zero_and_carry_their_origin() -> None:
    controls = compile_brief(Brief("happiness", 20.0, 25.0, 1)).controls
    found = cut_controls(controls, HERE)
    kinds = {p.kind for p in found}
    assert {EventType.BLINK, EventType.SMILE} <= kinds
    assert EventType.GAZE_SHIFT not in kinds  # a video does not show how an eye jumps
    for p in found:
        np.testing.assert_array_equal(p.values[0], 0)
        assert (p.person, p.licence, p.labels) == ("someone", "CC0-1.0", ("happiness",))
        assert 0 <= p.apex_s < p.duration_s + 1 / p.rate_hz  # eyes are there within a frame


@pytest.mark.parametrize(("yaw", "cut"), [(20.0, True), (-30.0, True), (50.0, False)])
def test_looks_further_than_an_eye_turns_are_not_cut(yaw: float, cut: bool) -> None:
    controls = ControlSequence.zeros(150, 25.0)
    controls.gaze_deg[50:90, :, 0] = yaw
    aversions = [p for p in cut_controls(controls, HERE) if p.kind is EventType.AVERSION]
    assert bool(aversions) is cut


def test_cut_saccades_have_the_size_and_direction_they_were_made_with() -> None:
    rate = 500.0
    t = np.arange(int(4 * rate)) / rate
    rng = np.random.default_rng(0)
    gaze = rng.normal(0, 0.02, (len(t), 2))
    for start, yaw in ((1.0, 8.0), (2.5, -8.0)):
        length = float(saccade_duration_s(yaw, 0.0))
        gaze[:, 0] += yaw * saccade_path(t - start, length, 8.0) * (t >= start)
    found = cut_gaze(gaze, rate, HERE)
    jumps = [p for p in found if p.kind is EventType.GAZE_SHIFT]
    assert [p.direction for p in jumps] == ["left", "right"]
    assert [p.amplitude for p in jumps] == pytest.approx([8, 8], abs=0.6)
    assert {p.channels for p in jumps} == {GAZE_PAIR}
    assert sum(p.kind is EventType.FIXATION for p in found) == 3


def test_the_same_movement_is_kept_once() -> None:
    one = smile(person="a")
    again = smile(person="a", source="another name")
    noisy = replace(one, values=one.values + np.float32(0.004), id="")
    other = smile(1.0, 0.8, person="a")
    assert distinct([one, again, noisy, other]) == [one, other]


def test_a_library_comes_back_from_its_file(tmp_path: Path) -> None:
    kept = [
        frown(person="a", labels=("happiness",)),
        frown(2.0, person="b", side="L", speaking=True),
    ]
    (tmp_path / "library.parquet").write_bytes(library_bytes(kept))
    for place in (tmp_path, tmp_path / "library.parquet"):
        read = {p.id: p for p in read_library(place)}
        assert set(read) == {p.id for p in kept}
        for p in kept:
            back = read[p.id]
            np.testing.assert_array_equal(back.values, p.values)
            assert (back.labels, back.speaking, back.side) == (p.labels, p.speaking, p.side)


def rewritten(folder: Path, **columns: object) -> Path:
    """Write a library of three frowns whose second row, or all without a column, is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "library.parquet"
    path.write_bytes(library_bytes([frown(length) for length in (1.0, 2.0, 3.0)]))
    table = pq.read_table(path)
    for name, value in columns.items():
        if value is ...:
            table = table.drop_columns([name])
            continue
        cells = table[name].to_pylist()
        cells[1] = value
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(name), pa.array(cells, table[name].type))
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("duration_s", float("nan"), "row 2: duration_s: expected 1, which rate and values give"),
        ("duration_s", -1.0, "row 2: duration_s: expected 1, which rate and values give, got -1"),
        ("rate_hz", 0.0, "row 2: rate_hz: expected 1 to 5000, got 0.0"),
        ("rate_hz", float("inf"), "row 2: rate_hz: expected 1 to 5000, got inf"),
        ("amplitude", float("nan"), "row 2: amplitude: expected 0 to 1000, got nan"),
        ("apex_s", 9.0, "row 2: apex_s: expected 0 to 1.04, got 9.0"),
        ("quality", 1.5, "row 2: quality: expected 0 to 1, got 1.5"),
        ("person", "", "row 2: person: expected a pseudonym, got nothing"),
        ("person", None, "row 2: person: expected a pseudonym, got nothing"),
        ("id", "a\nb", r"row 2: id: expected a plain text of at most 500 characters, got 'a\nb'"),
        ("id", "\x1b[2J", r"row 2: id: expected a plain text of at most 500 characters, got '\x1b"),
        ("id", " ", "row 2: id: expected a plain text of at most 500 characters, got ' '"),
        ("person", "a\u202eb", "row 2: person: expected a plain text"),
        ("source", "x" * 501, "row 2: source: expected a plain text"),
        ("licence", "MIT\r\n", "row 2: licence: expected a plain text"),
        ("values", None, "row 2: values: expected numbers, got nothing"),
        ("values", [0.0, 0.1, 0.2], "row 2: values: expected 2 numbers a frame, got 3 in all"),
        ("values", [0.0, None], "row 2: values: expected 2 numbers a frame"),
        ("values", [0.0, 0.0, 0.1, float("nan")], "row 2: values: expected finite numbers"),
        ("kind", "dance", "row 2: kind: expected one of blink, "),
        ("side", "left", "row 2: side: expected one of both, L, R, got 'left'"),
        ("direction", "north", "row 2: direction: expected one of left, "),
        ("channels", ["AU04_L", "AU12_L"], "row 2: channels: expected AU04_L, AU04_R"),
        ("labels", ["grumpy"], "row 2: labels: expected names of labels, got 'grumpy'"),
        ("person", ..., "got a table without person"),
        ("values", ..., "got a table without values"),
    ],
)
def test_damaged_rows_are_refused_by_name(
    tmp_path: Path, name: str, value: object, message: str
) -> None:
    path = rewritten(tmp_path, **{name: value})
    with pytest.raises(InputError) as caught:
        read_library(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_two_rows_of_one_name_are_refused(tmp_path: Path) -> None:
    names = [p.id for p in read_library(rewritten(tmp_path))]
    path = rewritten(tmp_path, id=names[0])
    with pytest.raises(InputError, match="row 2: id: expected one of its own"):
        read_library(path)


def test_of_two_movements_of_one_name_both_are_kept(tmp_path: Path) -> None:
    one, two, three = read_library(rewritten(tmp_path))
    named = [replace(two, id=one.id), replace(three, id=one.id)]
    kept = distinct([one, *named, one, *named])
    assert [len({p.id for p in kept}), len(kept)] == [3, 3]
    assert [p.values.tolist() for p in kept] == [p.values.tolist() for p in (one, two, three)]


def test_a_library_knows_which_file_it_is(tmp_path: Path) -> None:
    path = rewritten(tmp_path)
    library = open_library(tmp_path)
    assert library.edition.name == str(tmp_path)
    assert library.edition.format == "cogportrait-library/1"
    assert library.edition.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(library) == 3


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1" + bytes(40) + b"PAR1"])
def test_files_that_are_no_library_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "library.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"library\.parquet"):
        read_library(tmp_path)


def test_a_folder_that_may_not_be_entered_is_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", closed)
    with pytest.raises(InputError, match="cannot be read: Permission denied; change its rights"):
        read_library(tmp_path)


def test_other_tables_and_missing_files_are_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pytest.raises(InputError, match="no such library"):
        read_library(tmp_path)
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "library.parquet")
    with pytest.raises(InputError, match="expected the format"):
        read_library(tmp_path)


def test_the_nearest_prototype_is_found_and_bent_within_bounds() -> None:
    library = Library([smile(length, size) for length in (0.5, 1.0, 2.0) for size in (0.2, 0.8)])
    (best, *_) = library.find(Query(EventType.SMILE, duration_s=1.1, amplitude=0.7))
    assert (best.prototype.duration_s, best.prototype.amplitude) == (1.0, 0.8)
    assert best.time_factor == pytest.approx(1.1)
    assert best.gain == pytest.approx(0.875)
    for match in library.find(Query(EventType.SMILE, duration_s=1.3, amplitude=0.5), 10):
        assert TIME_RANGE[0] <= match.time_factor <= TIME_RANGE[1]
        assert GAIN_RANGE[0] <= match.gain <= GAIN_RANGE[1]
    assert library.find(Query(EventType.SMILE, duration_s=10.0)) == []
    assert library.find(Query(EventType.NOD)) == []


def test_label_person_and_side_decide_between_equals() -> None:
    plain = smile()
    own = smile(labels=("anger",), person="x", size=0.5001)
    library = Library([plain, own])
    assert library.find(Query(EventType.SMILE, label="anger"))[0].prototype is own
    assert library.find(Query(EventType.SMILE, person="x"))[0].prototype is own
    left = Library([smile(side="L")])
    match = left.find(Query(EventType.SMILE, side="R"))[0]
    assert match.mirrored
    assert "mirrored" in match.reasons
    assert left.find(Query(EventType.SMILE, side="both")) == []


@pytest.mark.parametrize(
    ("wanted", "mirrored"), [("left", False), ("up-left", False), ("right", True), ("down", None)]
)
def test_directions_are_mirrored_but_not_turned(wanted: str, mirrored: bool | None) -> None:
    jump = Prototype(
        EventType.GAZE_SHIFT, 500.0, GAZE_PAIR, np.array([[0, 0], [5, 0]], np.float32), 5.0, 0.001,
        direction="left",
    )  # fmt: skip
    found = Library([jump]).find(Query(EventType.GAZE_SHIFT, direction=wanted))
    assert [m.mirrored for m in found] == ([] if mirrored is None else [mirrored])


def test_equal_queries_give_equal_answers_whatever_the_size() -> None:
    rng = np.random.default_rng(0)
    base = smile()
    many = [
        replace(base, amplitude=float(a), id=f"{i}")
        for i, a in enumerate(rng.uniform(0.1, 1.0, 100_000))
    ]
    library = Library(many)
    query = Query(EventType.SMILE, duration_s=1.0, amplitude=0.4, label="happiness")
    first = library.find(query)
    begun = time.perf_counter()
    assert [m.prototype.id for m in library.find(query)] == [m.prototype.id for m in first]
    assert time.perf_counter() - begun < 1.0  # bench.library has the figure; this is a guard
