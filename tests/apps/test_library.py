"""``library``, and plans played with a library of one's own."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cogportrait
from cogportrait.agents.ablation_names import Ablation
from cogportrait.agents.casting import shipped_library
from cogportrait.behavior.library.files import library_bytes, read_library
from cogportrait.io.controls import read_controls
from cogportrait.io.livelink import COLUMNS, write_livelink
from cogportrait.io.openface import write_openface
from cogportrait.request import Request

Run = Callable[..., Any]
Fails = Callable[..., str]


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Live Link Face take of somebody happy, 20 s."""
    path = tmp_path_factory.mktemp("takes") / "anna_1.csv"
    write_livelink(cogportrait.plan(Request("joy", duration_s=20.0, seed=1)).controls, path)
    return path


@pytest.fixture
def own(run: Run, take: Path, tmp_path: Path) -> Path:
    """Return a library of that take alone."""
    made = run("library", "build", "--recordings", table(tmp_path, f"{take}\tMIT"), "-o",
               tmp_path / "own")  # fmt: skip
    assert made.exit_code == 0, made.output
    return tmp_path / "own"


def table(folder: Path, *rows: str, header: str = "file\tlicence", name: str = "r.tsv") -> Path:
    """Write a table of recordings or clips."""
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_recordings_alone_make_a_library(own: Path) -> None:
    kept = read_library(own)
    assert len(kept) > 5
    assert {p.source.rsplit(" ", 2)[0] for p in kept} == {"anna_1.csv"}
    assert {p.licence for p in kept} == {"MIT"}
    (person,) = {p.person for p in kept}
    digest = hashlib.sha256(b"anna").hexdigest()
    assert person == f"livelink_{digest[:6]}"  # the name in the file is nobody's pseudonym


def test_an_empty_table_of_clips_beside_recordings_is_none(
    run: Run, take: Path, own: Path, tmp_path: Path
) -> None:
    clips = table(tmp_path, header="file\tuse\tperson", name="c.tsv")
    recordings = table(tmp_path, f"{take}\tMIT")
    out = tmp_path / "again"
    said = run("library", "build", clips, "--recordings", recordings, "-o", out, "--json")
    assert said.exit_code == 0, said.output
    assert (out / "library.parquet").read_bytes() == (own / "library.parquet").read_bytes()
    counts = json.loads(said.stdout)["by_kind"]
    assert sum(counts.values()) == len(read_library(out))


def test_neither_clips_nor_recordings_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    said = run("library", "build", "-o", tmp_path / "out")
    assert said.exit_code == 2
    assert "give a table of clips, --recordings, or both" in said.stderr


def test_what_a_table_says_of_a_recording_goes_into_its_prototypes(
    run: Run, take: Path, tmp_path: Path
) -> None:
    header = "file\tlicence\tperson\tlabels\tspeaking"
    rows = table(tmp_path, f"{take}\tMIT\tactor7\tjoy; happy\tno", header=header)
    assert run("library", "build", "--recordings", rows, "-o", tmp_path / "l").exit_code == 0
    for p in read_library(tmp_path / "l"):
        assert (p.person, p.labels, p.speaking) == ("actor7", ("happiness",), False)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a.csv\tMIT", "gone.csv\tMIT"], "row 3: "),
        (["a.csv\tMIT", "gone.csv\tMIT"], "gone.csv: expected a recording, but there is no such"),
        (["empty.csv\tMIT"], "empty.csv: expected a recording, got an empty file"),
        (["folder\tMIT"], "expected recordings, got an empty folder"),
        (["a.csv"], "row 2: expected 2 cells, got 1"),
        (["\tMIT"], "row 2: expected a file name"),
        ([], "got only the header"),
        (["x\0y\tMIT"], "row 2: "),
    ],
)
def test_a_table_of_recordings_is_judged_whole(
    fails: Fails, take: Path, tmp_path: Path, rows: list[str], message: str
) -> None:
    (tmp_path / "a.csv").write_bytes(take.read_bytes())
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").mkdir()
    made = table(tmp_path, *rows)
    said = fails("library", "build", "--recordings", made, "-o", tmp_path / "out")
    assert said.startswith(f"error: {made}: ")
    assert message in said


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("labels", "grumpy", "labels: unknown label 'grumpy'"),
        ("speaking", "maybe", "speaking: expected yes, no or -, got 'maybe'"),
        ("rate_hz", "fast", "rate_hz: expected a positive number, got 'fast'"),
    ],
)
def test_a_cell_that_says_nothing_is_named(
    fails: Fails, take: Path, tmp_path: Path, column: str, cell: str, message: str
) -> None:
    made = table(tmp_path, f"{take}\tMIT\t{cell}", header=f"file\tlicence\t{column}")
    said = fails("library", "build", "--recordings", made, "-o", tmp_path / "out")
    assert f"{made}: row 2: {message}" in said


def test_what_is_left_out_is_said(run: Run, fails: Fails, take: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("day,mood\n1,good\n")
    np.save(tmp_path / "plain.npy", np.zeros(3))
    (tmp_path / "cut.csv").write_text(take.read_text()[:50_000])
    rows = [f"{take}\tMIT", f"{take}\tGPL-3", "notes.csv\tMIT", "plain.npy\tMIT", "cut.csv\tMIT"]
    made = table(tmp_path, *rows)
    said = run("library", "build", "--recordings", made, "-o", tmp_path / "out")
    assert said.exit_code == 0, said.output
    licence, notes, plain, cut = said.stderr.splitlines()
    assert f"{made}: row 3: {take}: its licence, GPL-3, does not let" in licence
    assert f"{made}: row 4: {tmp_path / 'notes.csv'}: expected a table of Live Link" in notes
    assert f"{made}: row 5: {tmp_path / 'plain.npy'}: expected a table of Live Link" in plain
    assert f"{tmp_path / 'cut.csv'}: row" in cut
    alone = table(tmp_path, rows[2])
    none = fails("library", "build", "--recordings", alone, "-o", tmp_path / "none")
    assert "expected events in what they name, found none" in none


def test_every_file_of_a_folder_is_read_or_said_to_be_left_out(
    run: Run, take: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "takes"
    folder.mkdir()
    (folder / "a_1.csv").write_bytes(take.read_bytes())
    (folder / "b_1.csv").touch()
    made = table(tmp_path, "takes/ (2 files)\tMIT")  # as inventories have it
    said = run("library", "build", "--recordings", made, "-o", tmp_path / "out")
    assert said.exit_code == 0, said.output
    (line,) = said.stderr.splitlines()
    assert f"{made}: row 2: {folder / 'b_1.csv'}: expected a table of Live Link" in line
    assert {p.source.split()[0] for p in read_library(tmp_path / "out")} == {"a_1.csv"}


def test_an_openface_table_whose_times_cannot_be_needs_its_rate(
    run: Run, fails: Fails, tmp_path: Path
) -> None:
    controls = cogportrait.plan(Request("joy", duration_s=10.0, seed=1)).controls
    write_openface(controls, None, tmp_path / "o.csv")
    lines = (tmp_path / "o.csv").read_text().splitlines()
    counted = [lines[0]]  # as OpenFace 1 writes of image sequences: a frame is a millisecond
    for i, line in enumerate(lines[1:]):
        cells = line.split(",")
        counted.append(",".join([*cells[:2], f"{i / 1000:.3f}", *cells[3:]]))
    (tmp_path / "o.csv").write_text("\n".join(counted) + "\n")
    words = ("import", tmp_path / "o.csv", "--from", "openface", "-o", tmp_path / "c.json")
    assert "got 1000 by its times; if these are wrong, say the true rate" in fails(*words)
    assert "--fps: expected 1 to 240" in fails(*words, "--fps", 0)
    assert run(*words, "--fps", 25).exit_code == 0
    assert read_controls(tmp_path / "c.json").fps == 25
    bare = table(tmp_path, "o.csv\tMIT")
    fails("library", "build", "--recordings", bare, "-o", tmp_path / "l")
    told = table(tmp_path, "o.csv\tMIT\t25", header="file\tlicence\trate_hz")
    assert run("library", "build", "--recordings", told, "-o", tmp_path / "l").exit_code == 0
    assert {p.rate_hz for p in read_library(tmp_path / "l")} == {25.0}


def test_rows_out_of_order_are_refused(run: Run, fails: Fails, take: Path, tmp_path: Path) -> None:
    lines = take.read_text().splitlines()
    lines[10], lines[20] = lines[20], lines[10]
    mixed = tmp_path / "mixed.csv"
    mixed.write_text("\n".join(lines) + "\n")
    words = ("--from", "livelink", "-o", tmp_path / "c.json")
    said = fails("import", mixed, *words)
    assert "row 12: expected a time no earlier than that of the row before" in said
    assert "sort the rows by time" in said
    late = ["23:59:59:58.0", "23:59:59:59.0", "00:00:00:00.0", "00:00:00:01.0"]
    rows = [",".join([code, *line.split(",")[1:]])
            for code, line in zip(late, lines[1:5], strict=True)]  # fmt: skip
    mixed.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    assert run("import", mixed, *words).exit_code == 0  # midnight is no step back
    assert read_controls(tmp_path / "c.json").fps == 60


def test_a_clip_without_person_or_with_an_unknown_label_is_said_before_it_is_measured(
    fails: Fails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cogportrait.apps import cutting

    monkeypatch.setattr(cutting, "rows_of_video", lambda *_: pytest.fail("measured"))
    (tmp_path / "a.mp4").write_bytes(b"clip")
    header = "file\tuse\tperson\tlabels"
    for row, message in (
        ("a.mp4\tnumbers\t\tjoy", "row 3: expected a person, got ''"),
        ("a.mp4\tnumbers\tx\tgrumpy", "row 3: labels: unknown label 'grumpy'"),
        ("b.mp4\tnumbers\tx\tjoy", "row 3: "),
    ):
        clips = table(tmp_path, "a.mp4\tnumbers\tx\tjoy", row, header=header, name="c.tsv")
        said = fails("library", "build", clips, "-o", tmp_path / "out")
        assert said.startswith(f"error: {clips}: row 3: ")
        assert message in said


def test_a_clip_that_is_no_video_is_said_with_table_and_row(fails: Fails, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"clip")
    header = "file\tuse\tperson\tlabels"
    clips = table(tmp_path, "a.mp4\tnumbers\tx\tjoy", header=header, name="c.tsv")
    said = fails("library", "build", clips, "-o", tmp_path / "out")
    assert said.startswith(f"error: {clips}: row 2: ")
    assert "expected a video" in said


def test_no_library_is_merged_over_itself(run: Run, fails: Fails, own: Path) -> None:
    before = (own / "library.parquet").read_bytes()
    for words in ((own, own / "library.parquet"), (own / "library.parquet",)):
        assert "is an input of this run" in fails("library", "merge", *words, "-o", own)
    assert (own / "library.parquet").read_bytes() == before


def test_somebody_can_be_taken_out(run: Run, fails: Fails, take: Path, tmp_path: Path) -> None:
    header = "file\tlicence\tperson"
    other = tmp_path / "b.csv"
    write_livelink(cogportrait.plan(Request("anger", duration_s=20.0, seed=1)).controls, other)
    both = table(tmp_path, f"{take}\tMIT\tx", f"{other}\tMIT\ty", header=header)
    assert run("library", "build", "--recordings", both, "-o", tmp_path / "l").exit_code == 0
    words = ("library", "merge", tmp_path / "l", "-o", tmp_path / "m", "--without")
    assert "--without: expected a person of" in fails(*words, "z")
    assert run(*words, "x").exit_code == 0
    kept = read_library(tmp_path / "m")
    assert {p.person for p in kept} == {"y"}
    assert [p.id for p in kept] == [p.id for p in read_library(tmp_path / "l") if p.person == "y"]


def test_the_folder_one_is_in_can_be_named(
    run: Run, fails: Fails, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("library", "merge", own, "-o", ".").exit_code == 0
    assert (tmp_path / "here" / "library.parquet").is_file()
    assert "expected a folder name, got ''" in fails("library", "merge", own, "-o", "")


def test_a_plan_is_played_with_a_library_of_ones_own(run: Run, own: Path, tmp_path: Path) -> None:
    controls, trace, manifest = (tmp_path / name for name in ("c.json", "t.json", "m.json"))
    said = run("plan", "-l", "joy", "--seed", 1, "--library", own, "-o", controls,
               "--trace", trace, "--manifest", manifest)  # fmt: skip
    assert said.exit_code == 0, said.output
    file = own / "library.parquet"
    names = {p.id for p in read_library(own)}
    record = {
        "name": str(own), "format": "cogportrait-library/1",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "prototypes": len(names),
    }  # fmt: skip
    told = json.loads(trace.read_text())
    assert told["trace"]["library"] == record
    played = {event["prototype"] for event in told["events"]}
    assert played & names
    assert played <= names | {"template"}
    written = json.loads(manifest.read_text())
    assert written["results"]["library"] == record
    assert written["inputs"]["library"]["sha256"] == record["sha256"]


def test_rules_paste_from_a_library_of_ones_own_too(own: Path, tmp_path: Path) -> None:
    names = {p.id for p in read_library(own)}
    rule = Request("joy", duration_s=6, ablation=Ablation.RULE_RETRIEVAL, library=own)
    assert {e.prototype for e in cogportrait.plan(rule).plan.events} <= names
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "library.parquet").write_bytes(library_bytes([]))
    nothing = cogportrait.plan(replace(rule, library=tmp_path / "bare"))
    assert nothing.plan.events == ()
    assert not nothing.controls.to_matrix().any()


def test_the_shipped_library_is_named_too() -> None:
    told = cogportrait.plan(Request("joy", duration_s=2.0)).trace["library"]
    assert isinstance(told, dict)
    assert told["name"] == "shipped"
    assert told["prototypes"] == len(shipped_library())
    assert len(str(told["sha256"])) == 64


def test_a_library_that_cannot_be_used_is_one_line(fails: Fails, own: Path, tmp_path: Path) -> None:
    words = ("plan", "-l", "joy", "-o", tmp_path / "c.json", "--library")
    assert "no such library" in fails(*words, tmp_path / "gone")
    (tmp_path / "library.parquet").write_bytes(b"PAR1")
    assert "expected a library in Parquet" in fails(*words, tmp_path)
    linked = tmp_path / "c.json"
    linked.symlink_to(own / "library.parquet")
    assert "is an input of this run" in fails(*words, own)


def test_the_shipped_library_has_a_name(run: Run, own: Path, tmp_path: Path) -> None:
    table = run("library", "stats").stdout
    assert f"| all | {len(shipped_library())} |" in table
    assert run("library", "stats", "shipped").stdout == table
    assert run("library", "show", "shipped", "blink").stdout.startswith("blink-")
    assert run("library", "merge", "shipped", own, "-o", tmp_path / "both").exit_code == 0
    assert json.loads(run("library", "stats", "--json").stdout)["path"] == "shipped"


def test_a_prototype_and_the_kinds_are_shown_as_text_and_as_json(run: Run, own: Path) -> None:
    first, *_ = read_library(own)
    lines = run("library", "show", own, str(first.kind)).stdout.splitlines()
    listed = [p for p in read_library(own) if p.kind == first.kind]
    assert [line.split("  ")[0] for line in lines] == [p.id for p in listed]
    assert {len(line.split("  ")) for line in lines} == {6}
    rows = run("library", "show", own, str(first.kind), "--json").stdout.splitlines()
    assert [json.loads(row)["id"] for row in rows] == [p.id for p in listed]
    assert "speaking: -" in run("library", "show", own, first.id).stdout
    one = json.loads(run("library", "show", own, first.id, "--json").stdout)
    assert list(one["values"]) == one["channels"] == list(first.channels)
    assert {len(column) for column in one["values"].values()} == {len(first.values)}


@pytest.mark.parametrize("name", ["", "gone", "a\nb", "-x"])
def test_a_name_that_is_none_is_quoted(fails: Fails, own: Path, name: str) -> None:
    said = fails("library", "show", own, "--", name)
    assert "expected the name of a prototype or one of" in said
    assert said.endswith(f"got {name!r}")


def test_an_empty_library_is_neither_shown_nor_made(
    fails: Fails, run: Run, own: Path, tmp_path: Path
) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "library.parquet").write_bytes(library_bytes([]))
    assert "got an empty library" in fails("library", "show", tmp_path / "bare", "blink")
    (person,) = {p.person for p in read_library(own)}
    said = fails("library", "merge", own, "-o", tmp_path / "m", "--without", person)
    assert f"expected prototypes to merge, got none; without '{person}' nobody is left" in said
    assert run("library", "merge", own, tmp_path / "bare", "-o", tmp_path / "m").exit_code == 0


def test_a_take_with_an_odd_name_makes_a_library_that_is_read(
    run: Run, take: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "a\x1b[2J\u202e_1.csv"
    odd.write_bytes(take.read_bytes())
    made = table(tmp_path, f"{odd.name}\tMIT")
    result = run("library", "build", "--recordings", made, "-o", tmp_path / "l")
    assert result.exit_code == 0, result.output
    assert all(p.source.startswith(r"a\x1b[2J\u202e_1.csv ") for p in read_library(tmp_path / "l"))


def test_an_empty_name_is_not_the_library_one_is_in(
    fails: Fails, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own)
    for words in (("stats", ""), ("show", "", "blink"), ("merge", "", "-o", tmp_path / "m")):
        assert "library: expected a folder or a file, got ''" in fails("library", *words)
    said = fails("plan", "-l", "joy", "-o", tmp_path / "c.json", "--library", "")
    assert "library: expected a folder or a file, got ''" in said


def test_a_folder_without_tables_is_one_line(
    run: Run, fails: Fails, take: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text("day,mood\n1,good\n")
    made = table(tmp_path, "notes\tMIT", f"{take}\tMIT")
    said = run("library", "build", "--recordings", made, "-o", tmp_path / "out")
    assert said.exit_code == 0, said.output
    (line,) = said.stderr.splitlines()
    assert f"{made}: row 2: {folder}: expected tables of Live Link" in line
    assert line.endswith("got 3 other files")
    alone = table(tmp_path, "notes\tMIT")
    assert "found none" in fails("library", "build", "--recordings", alone, "-o", tmp_path / "no")


def test_a_library_without_movements_is_warned_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "library.parquet").write_bytes(library_bytes([]))
    options = ["plan", "-l", "neutral", "--duration", "1", "-o", tmp_path / "c.json"]
    said = run(*options, "--library", tmp_path)
    assert said.exit_code == 0, said.output
    (line,) = said.stderr.splitlines()
    assert line.startswith(f"warning: library: {tmp_path}: holds no movements")
    assert "holds no movements" not in run(*options).stderr
