"""A process reports the memory that it uses itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import speed
from bench.memory import STATUS, peak_mib

ROOT = Path(__file__).parents[2]
HELD_MIB = 300
REPORT = "from bench.memory import peak_mib; print(peak_mib())"
PARENT = f"""
import subprocess, sys
from bench.memory import peak_mib
held = bytearray(b"x") * ({HELD_MIB} * 2**20)
print(peak_mib(), flush=True)
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""

pytestmark = pytest.mark.skipif(peak_mib() is None, reason="this system has no VmHWM")


def peaks(child: str) -> list[float]:
    """Return the peaks of a process that holds much and of the child that it starts."""
    done = subprocess.run(
        [sys.executable, "-c", PARENT, child], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return [float(line) for line in done.stdout.split()]


def test_a_child_does_not_report_what_its_parent_holds() -> None:
    parent, child = peaks(REPORT)
    assert parent > HELD_MIB
    assert 1 < child < 100


def test_a_child_reports_what_it_held_for_a_moment() -> None:
    _, child = peaks(f"held = bytearray(b'x') * (150 * 2**20); del held; {REPORT}")
    assert 150 < child < 250


def test_the_clip_is_measured_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed, "load_portrait", lambda *_: None)
    monkeypatch.setattr(speed, "animate", lambda *_: None)
    monkeypatch.setattr(speed, "peak_mib", lambda: 123.5)
    assert speed.main(["astronaut", "--measure-memory", "1"]) == 0
    assert capsys.readouterr().out == "123.5\n"


def test_a_system_that_does_not_tell_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert peak_mib(tmp_path / "none") is None
    assert peak_mib(STATUS) is not None
    monkeypatch.setattr(speed, "peak_mib", lambda: None)
    with pytest.raises(SystemExit) as caught:
        speed.main(["-o", str(tmp_path)])
    assert caught.value.code == 2
    assert "--no-memory" in capsys.readouterr().err
