"""What commands write and print when all is well."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cogportrait.agents import loop
from cogportrait.apps.demo import make_folder
from cogportrait.errors import PlanError
from cogportrait.face import rig_fit
from cogportrait.face.clips import Clip
from cogportrait.io.controls import read_controls
from cogportrait.io.images import read_image
from cogportrait.io.reader import read_video
from cogportrait.types import CompiledBrief, Frame

Run = Callable[..., Any]
Fails = Callable[..., str]

SHORT = ("--duration", "0.6", "--fps", "20")


def test_animate_writes_everything_that_is_asked(run: Run, picture: Path, tmp_path: Path) -> None:
    side = {
        "controls": tmp_path / "c.json",
        "trace": tmp_path / "t.json",
        "sheet": tmp_path / "s.png",
        "plot": tmp_path / "p.png",
    }
    output = tmp_path / "o.mp4"
    words = ["animate", picture, "-l", "thinking", *SHORT, "-o", output, "--json"]
    words += ["--controls-out", side["controls"], "--trace", side["trace"]]
    result = run(*words, "--sheet", side["sheet"], "--plot", side["plot"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["path"] == str(output)
    assert said["frames"] == 12
    assert said["label"] == "cognitive_effort"
    assert {name: said[name] for name in side} == {n: str(p) for n, p in side.items()}
    assert sum(1 for _ in read_video(output)) == 12
    assert len(read_controls(side["controls"])) == 12
    assert json.loads(side["trace"].read_text())["format"] == "cogportrait-trace/1"
    assert all(min(read_image(side[name]).shape[:2]) > 300 for name in ("sheet", "plot"))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "c.json", "o.mp4", "p.png", "s.png", "t.json"
    ]  # fmt: skip


def test_plan_then_render(run: Run, picture: Path, tmp_path: Path) -> None:
    curves = tmp_path / "c.json"
    planned = run("plan", "--instruction", "blinks twice", *SHORT, "-o", curves)
    assert planned.exit_code == 0, planned.output
    assert planned.stdout == f"{curves}\n"
    drawn = run("render", picture, curves, "-o", tmp_path / "o.gif", "--quiet")
    assert drawn.exit_code == 0, drawn.output
    assert drawn.stdout == f"{tmp_path / 'o.gif'}\n"
    assert drawn.stderr == ""


def test_a_trace_says_once_when_events_end_and_what_plays_them(run: Run, tmp_path: Path) -> None:
    words = ["plan", "-l", "happy", "--instruction", "closes the eyes", "--duration", "8"]
    result = run(*words, "-o", tmp_path / "c.json", "--trace", tmp_path / "t.json")
    assert result.exit_code == 0, result.output
    trace = json.loads((tmp_path / "t.json").read_text())
    events = trace["events"]
    assert "events" not in trace["trace"]
    closure = next(e for e in events if e["origin"] == "instruction")
    assert (closure["end_s"], closure["sustained"]) == (8.0, True)
    assert all(e["prototype"] for e in events)
    recorded = [e for e in events if e["prototype"] != "template"]
    assert recorded
    assert all(e["casting"]["person"] and e["casting"]["reasons"] for e in recorded)
    assert "shape" not in json.dumps(trace)
    places = [(v["check"], v["channel"], v["severity"], v["start_s"]) for v in trace["violations"]]
    assert len(set(places)) == len(places)
    assert {v["seen_in"] for v in trace["violations"]} <= {
        "frames", "curves", "frames and curves", "plan"
    }  # fmt: skip
    assert trace["trace"]["ended"] == "accepted"


def test_what_is_left_out_or_not_seen_is_said_in_json_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["plan", "--instruction", "nods, xyzzy", *SHORT, "-o", tmp_path / "c.json", "--json"]
    quiet = run(*words, "-q")
    assert quiet.stderr == ""
    assert json.loads(quiet.stdout)["warnings"] == ["instruction: left out: 'xyzzy'"]
    real = loop.compile_brief

    def unseen(*given: Any) -> CompiledBrief:
        made = real(*given)
        return replace(made, trace=made.trace | {"semantic_findings": ["it is hardly seen"]})

    monkeypatch.setattr(loop, "compile_brief", unseen)
    assert "warning: critic: it is hardly seen\n" in run(*words).stderr


def test_nothing_is_written_of_what_stays_impossible(
    fails: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_: object) -> None:
        raise PlanError("plan: stays impossible")

    monkeypatch.setattr(loop, "compile_brief", stuck)
    words = ["plan", "-l", "happy", *SHORT, "-o", tmp_path / "c.json"]
    assert "stays impossible" in fails(*words, "--trace", tmp_path / "t.json")


@pytest.mark.parametrize("part", ["direct-label", "rule-retrieval"])
def test_an_ablation_that_reads_no_instruction_says_so(run: Run, tmp_path: Path, part: str) -> None:
    words = ["plan", "--instruction", "nods twice", *SHORT, "--ablate", part]
    result = run(*words, "-o", tmp_path / "c.json")
    assert "warning: instruction: left out: 'nods twice'\n" in result.stderr


def test_no_model_is_asked_that_was_not_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    words = ["plan", "-l", "happy", *SHORT, "--reasoner", "llm", "--model", "m"]
    result = run(*words, "-o", tmp_path / "c.json")
    assert result.exit_code == 2
    assert "--base-url" in result.stderr


def test_the_larger_of_two_faces_is_taken_and_said(
    run: Run, astronaut: Frame, save: Callable[[Frame, str], Path], tmp_path: Path
) -> None:
    head = astronaut[:280, 90:370]
    small = np.asarray(Image.fromarray(head).resize((224, 224), Image.Resampling.LANCZOS))
    scene = np.full((280, 504, 3), 200, np.uint8)
    scene[:, 224:] = head
    scene[:224, :224] = small
    pair = save(scene, "pair.png")
    result = run("track", pair, "-o", tmp_path / "t.npz")
    assert result.exit_code == 0, result.output
    assert "2 faces found, took face 1" in result.stderr
    assert "--face N" in result.stderr
    other = run("track", pair, "-o", tmp_path / "u.npz", "--face", "2")
    assert "faces found" not in other.stderr
    with np.load(tmp_path / "t.npz") as larger, np.load(tmp_path / "u.npz") as smaller:
        assert larger["landmarks_px"][0, :, 0].mean() > 224
        assert smaller["landmarks_px"][0, :, 0].mean() < 224


def test_a_track_holds_what_was_seen(run: Run, picture: Path, tmp_path: Path) -> None:
    result = run("track", picture, "-o", tmp_path / "t.npz", "--json")
    assert json.loads(result.stdout)["found"] == 1
    with np.load(tmp_path / "t.npz", allow_pickle=False) as track:
        assert track["landmarks_px"].shape == (1, 478, 3)
        assert track["blendshapes"].shape == (1, len(track["blendshape_names"]))
        assert str(track["format"]) == "cogportrait-track/1"


@pytest.mark.parametrize("name", ["cmyk.jpg", "gray16.png", "alpha.png", "turned.jpg"])
def test_unusual_pictures_work(run: Run, astronaut: Frame, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    image = Image.fromarray(astronaut)
    match name:
        case "cmyk.jpg":
            image.convert("CMYK").save(path)
        case "gray16.png":
            Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)
        case "alpha.png":
            image.putalpha(230)
            image.save(path)
        case _:
            exif = Image.Exif()
            exif[0x0112] = 6  # stored lying on its side, to be turned by 90 degrees
            image.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)
    result = run("track", path, "-o", tmp_path / "t.npz")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_ending_signal_before_anything_is_written_is_one_line(
    picture: Path, tmp_path: Path, number: signal.Signals
) -> None:
    code = (
        "import signal; from cogportrait.apps import cli\n"
        f"signal.signal({int(number)}, signal.SIG_DFL)\n"
        "import threading, os, time\n"
        "def end():\n"
        f"    while signal.getsignal({int(number)}) == signal.SIG_DFL: time.sleep(0.01)\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "threading.Thread(target=end, daemon=True).start()\n"
        "cli.main()"
    )
    options = ["animate", str(picture), "-l", "neutral", "-o", str(tmp_path / "o.mp4")]
    done = subprocess.run(
        [sys.executable, "-c", code, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 128 + number
    assert done.stderr.splitlines() == ["error: interrupted; unfinished files were removed"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_ending_signal_that_python_swallows_ends_the_run(number: signal.Signals) -> None:
    code = f"""if True:
        import os, signal, time, weakref
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from cogportrait.apps import cli
        @cli.app.command()
        def rest():
            class Thing: pass
            thing = Thing()
            watch = weakref.ref(thing, lambda _: os.kill(os.getpid(), {int(number)}))
            del thing  # what the handler raises now goes nowhere
            time.sleep(20)
        cli.main()"""
    command = [sys.executable, "-c", code, "rest"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=15)
    assert done.returncode == 128 + number
    assert done.stderr.splitlines() == ["error: interrupted; unfinished files were removed"]


@pytest.mark.parametrize("times", [1, 5])  # impatient people press Ctrl-C again
def test_an_interrupted_run_leaves_nothing(picture: Path, tmp_path: Path, times: int) -> None:
    output = tmp_path / "o.mp4"
    code = (  # a job in the background of a shell is born deaf to Ctrl-C
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from cogportrait.apps.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "animate"]
    options = [str(picture), "-l", "neutral", "--duration", "30", "-o", str(output)]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:
        for _ in range(300):
            if list(tmp_path.iterdir()):
                break
            time.sleep(0.1)
        time.sleep(0.3)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines() == ["error: interrupted; unfinished files were removed"]
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_says_what_a_run_was_made_of(run: Run, picture: Path, tmp_path: Path) -> None:
    curves, manifest = tmp_path / "c.json", tmp_path / "m.json"
    assert run("plan", "-l", "joy", *SHORT, "-o", curves, "--manifest", manifest).exit_code == 0
    record = json.loads(manifest.read_text())
    assert record["options"]["label"] == "joy"
    assert record["results"]["label"] == "happiness"
    assert record["results"]["controls"] == str(curves)
    assert record["inputs"] == {}
    output = tmp_path / "o.mp4"
    words = ("render", picture, curves, "-o", output, "--seed", "3", "--manifest", manifest)
    assert json.loads(run(*words, "--json").stdout)["manifest"] == str(manifest)
    record = json.loads(manifest.read_text())
    assert {role: read["name"] for role, read in record["inputs"].items()} == {
        "portrait": str(picture),
        "controls": str(curves),
    }
    assert (record["seed"], record["results"]["frames"]) == (3, 12)
    assert record["results"]["video"] == str(output)


def test_names_that_are_no_utf8_work(run: Run, picture: Path, tmp_path: Path) -> None:
    portrait = tmp_path / os.fsdecode(b"p\xff.png")
    portrait.write_bytes(picture.read_bytes())
    curves = tmp_path / os.fsdecode(b"c\xff.json")
    side = ("--trace", tmp_path / "t.json", "--manifest", tmp_path / "m.json", "--json")
    words = ("plan", "--instruction", os.fsdecode(b"blinks \xff"), *SHORT)
    result = run(*words, "--portrait", portrait, "-o", curves, *side)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["path"] == str(curves)
    assert json.loads((tmp_path / "m.json").read_text())["inputs"]["portrait"]["name"] == str(
        portrait
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["labels"], ["--version"], ["--help"], ["plan", "--help"]])
def test_a_full_standard_output_is_one_line(words: list[str]) -> None:
    command = [sys.executable, "-m", "cogportrait", *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: standard output: cannot be written: No space left on device"
    ]


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = [sys.executable, "-m", "cogportrait", "labels", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_turn_that_no_picture_shows_is_drawn_with_a_warning(
    run: Run, picture: Path, curves: Callable[..., Path], tmp_path: Path
) -> None:
    turned = curves(channels=["head_yaw"], values=[[0.0], [60.0]])
    result = run("render", picture, turned, "-o", tmp_path / "o.mp4")
    assert result.exit_code == 0, result.output
    assert "warning: head_yaw reaches 60; beyond 25 one picture does not show" in result.stderr


def test_a_name_without_a_suffix_is_said_to_be_a_folder(
    run: Run, picture: Path, curves: Callable[..., Path], tmp_path: Path
) -> None:
    still = curves(channels=["AU43_L"], values=[[0.0], [0.5]])
    result = run("render", picture, still, "-o", tmp_path / "frames")
    assert result.exit_code == 0, result.output
    assert f"{tmp_path / 'frames'}.mp4" in result.stderr
    assert len(list((tmp_path / "frames").glob("*.png"))) == 2
    again = run("render", picture, still, "-o", tmp_path / "frames")
    assert "warning" not in again.stderr


def test_a_face_without_a_portrait_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    result = run("plan", "--label", "joy", "--face", 2, "-o", tmp_path / "c.json")
    assert result.exit_code == 2
    assert "--face says which face of a portrait" in result.stderr


@pytest.mark.parametrize(("words", "day"), [([], None), (["--date", "2026-01-31"], "2026-01-31")])
def test_rig_fit_writes_the_rig_of_the_clips_that_count(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], day: str | None
) -> None:
    def fit(clips: Iterable[Clip], *, date: str, track: object) -> rig_fit.Rig:
        card: dict[str, object] = {"date": date, "clips": [clip.path.name for clip in clips]}
        return rig_fit.Rig(np.zeros((2, 3)), np.arange(2), np.ones((1, 2, 3)), card)

    monkeypatch.setattr(rig_fit, "fit_rig", fit)
    names = [f"{i}.mp4" for i in range(3)]
    for name in names:
        (tmp_path / name).write_bytes(b"clip")
    table = tmp_path / "clips.tsv"
    table.write_text("\n".join(["file\tuse\tperson", *(f"{n}\tnumbers\tx" for n in names)]))
    for _ in range(2):  # an earlier rig is replaced
        result = run("rig", "fit", table, "-o", tmp_path / "rig", *words)
        assert result.exit_code == 0, result.output
        assert result.stdout == f"{tmp_path / 'rig'}\n"
    assert sorted(p.name for p in (tmp_path / "rig").iterdir()) == ["rig.npz", "rig_card.json"]
    card = json.loads((tmp_path / "rig" / "rig_card.json").read_text(encoding="utf-8"))
    assert card == {"date": day or date.today().isoformat(), "clips": names}


def test_a_demo_is_put_into_a_folder_of_one_that_is_there(fails: Fails, tmp_path: Path) -> None:
    gone = tmp_path / "no" / "demo"
    assert f"the folder {gone.parent} does not exist; create it first" in fails("demo", "-o", gone)
    (tmp_path / "file").touch()
    assert "expected a folder" in fails("demo", "-o", tmp_path / "file")
    make_folder(tmp_path / "demo")
    make_folder(tmp_path / "demo")
    assert (tmp_path / "demo").is_dir()
