"""What cannot be measured is a usage error, before anything is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.fidelity import __main__ as fidelity
from bench.fidelity.probes import GROUPS


@pytest.mark.parametrize("only", ["foo", "lids,foo", "", "lids,"])
def test_an_unknown_group_names_the_groups(
    only: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        fidelity.main(["--only", only, "--no-astronaut", "-o", str(tmp_path / "out")])
    assert caught.value.code == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert f"--only: expected some of {','.join(GROUPS)}, got " in message
    assert repr(only.rpartition(",")[2]) in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "groups"),
    [([], GROUPS), (["--only", "lids"], ["lids"]), (["--only", "gaze, head"], ["gaze", "head"])],
)
def test_known_groups_are_measured(
    words: list[str], groups: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[str]] = []

    class Asked(Exception):  # noqa: N818 - ends the run where measuring would begin
        pass

    def measure(*_: object, groups: Sequence[str], **__: object) -> None:
        asked.append(groups)
        raise Asked

    monkeypatch.setattr(fidelity, "load_portrait", lambda *_: None)
    monkeypatch.setattr(fidelity, "measure_portrait", measure)
    with pytest.raises(Asked):
        fidelity.main([*words, "-o", str(tmp_path)])
    assert list(asked[0]) == list(groups)
