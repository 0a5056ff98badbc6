"""``cogportrait refine`` from a recipe to tables and a checkpoint, and how it goes on."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from skimage import data
from torch import Tensor
from typer.testing import CliRunner

from cogportrait.apps.cli import app
from cogportrait.errors import InputError
from cogportrait.io.images import write_png
from cogportrait.renderers.dit.checkpoint import SHIPPED, open_checkpoint, open_transformer
from cogportrait.train import boundary
from cogportrait.train.judging import read_table
from cogportrait.train.recipe import read_refining

RECIPE = """checkpoint = "weights"
portraits = "portraits"
held_out = ["other"]
samples = 2
steps = 3
batch = 2
length = 4
rate = 1e-2
lora_rank = 2
"""
ALONE = RECIPE.replace('held_out = ["other"]\n', "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a recipe and what it names; there is one case of each kind."""
    monkeypatch.setattr(boundary, "CASES", ("Looks far up.",))
    monkeypatch.setattr(boundary, "HELD_CASES", ("Looks far down.",))
    shutil.copytree(SHIPPED, tmp_path / "weights")  # it draws faces, so there are errors to judge
    face = data.astronaut()[:300, 60:380]
    (tmp_path / "portraits").mkdir()
    for name, picture in (("me", face), ("other", face[:, ::-1].copy())):
        write_png(tmp_path / "portraits" / f"{name}.png", picture)
    (tmp_path / "kto.toml").write_text(RECIPE)
    return tmp_path


@pytest.fixture
def alone(folder: Path) -> Path:
    """Return the folder without what is held out: there is less to draw."""
    (folder / "portraits" / "other.png").unlink()
    (folder / "kto.toml").write_text(ALONE)
    return folder


def merged_weights(checkpoint: Path) -> dict[str, Tensor]:
    return open_transformer(checkpoint).state_dict()


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_leaves_tables_adapters_and_a_checkpoint(folder: Path) -> None:
    words = ["refine", "--config", str(folder / "kto.toml"), "-o", str(folder / "run"), "--json"]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.stderr
    told = json.loads(said.stdout)
    assert (told["samples"], told["good"], told["steps"], told["held_out"]) == (2, 1, 3, 2)
    assert 0 <= told["win_rate"] <= 1
    run = folder / "run"
    before, after = (read_table(run / f"held_out_{w}.csv") for w in ("before", "after"))
    assert [s.sample for s in before] == [s.sample for s in after]
    assert {s.portrait for s in before} == {"other"}
    assert {s.portrait for s in read_table(run / "judged.csv")} == {"me"}
    made = run / "checkpoint"
    old = merged_weights(folder / "weights")
    assert same(old, open_transformer(made, adapted=False).state_dict())
    new = merged_weights(made)
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    assert changed
    assert all(name.startswith("blocks.") for name in changed)
    assert open_checkpoint(made).view_px == 128
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 0, again.stderr
    assert same(merged_weights(made), new)


def test_what_the_warp_renderer_draws_may_be_learnt_from_too(alone: Path) -> None:
    """Without steps of another seed, so that all that differs is what is learnt from."""
    words = ["refine", "--config", str(alone / "kto.toml"), "-o", str(alone / "run"), "--json"]
    assert CliRunner().invoke(app, words).exit_code == 0
    (alone / "kto.toml").write_text(ALONE + "warped = true\n")
    words[4] = str(alone / "other")
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.stderr
    told = json.loads(said.stdout)
    assert (told["samples"], told["good"]) == (2, 1)
    judged = [(alone / run / "judged.csv").read_text() for run in ("run", "other")]
    assert judged[0] == judged[1]
    one, other = (merged_weights(alone / run / "checkpoint") for run in ("run", "other"))
    assert not same(one, other)


def test_samples_may_be_drawn_with_guidance_of_several_scales(alone: Path) -> None:
    words = ["refine", "--config", str(alone / "kto.toml"), "-o", str(alone / "run")]
    words.append("--draw-only")
    drawn: list[dict[str, Tensor]] = []
    for more in ("", "scales = [3.5, 1]\n", "scales = [1]\n"):
        (alone / "kto.toml").write_text(ALONE + more)
        said = CliRunner().invoke(app, words)
        assert said.exit_code == 0, said.stderr
        drawn.append(load_file(next((alone / "run" / "samples").iterdir())))
    plain, both, none = (one["latents"] for one in drawn)
    assert torch.equal(both[0], plain[0])  # the checkpoint says 3.5
    assert torch.equal(both[1], none[1])
    assert not torch.equal(both[1], plain[1])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('hint = "half"', "hint: expected one of whole, around, none, got 'half'"),
        ("scales = [0.5]", "scales: expected 1 to 20"),
        ('scales = ["a"]', "scales: expected a list of numbers, got \\['a'\\]"),
        ("warped = 1", "warped: expected true or false, got 1"),
        ("seed = -1", "seed: expected 0 to 4294967295, got -1"),
        ("[kto]\nbeta = nan", "kto.beta, desirable, undesirable: expected more than 0, to 1000000"),
        ("[kto]\ndesirable = inf", "and 0 to 1000, got 50.0, inf, 1.0"),
    ],
)
def test_faults_of_a_recipe_are_told(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "kto.toml").write_text(RECIPE + line + "\n")
    with pytest.raises(InputError, match=fault):
        read_refining(tmp_path / "kto.toml")


def test_verdicts_on_other_samples_are_kept_and_told(alone: Path) -> None:
    (alone / "kto.toml").write_text(ALONE + 'by = "person"\n')
    words = ["refine", "--config", str(alone / "kto.toml"), "-o", str(alone / "run")]
    assert CliRunner().invoke(app, [*words, "--draw-only"]).exit_code == 0
    table = alone / "run" / "judged.csv"
    header, first, second = table.read_text().splitlines()
    wrong = "\n".join([header, f"x{first}yes", second + "no"]) + "\n"
    table.write_text(wrong)
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 1
    assert "expected verdicts on samples of this recipe, 1 are of others, such as" in said.stderr
    assert table.read_text() == wrong


def test_a_verdict_on_other_samples_of_the_same_name_is_told_each_time(alone: Path) -> None:
    words = ["refine", "--config", str(alone / "kto.toml"), "-o", str(alone / "run"), "--draw-only"]
    assert CliRunner().invoke(app, words).exit_code == 0
    table = alone / "run" / "judged.csv"
    header, first, second = table.read_text().splitlines()
    table.write_text("\n".join([header, first + "no", second]) + "\n")
    samples = next((alone / "run" / "samples").iterdir())
    drawn, judged = samples.read_bytes(), table.read_text()
    (alone / "kto.toml").write_text(ALONE + "scales = [1]\n")
    for _ in range(2):
        said = CliRunner().invoke(app, words)
        assert said.exit_code == 1
        assert "has a person's verdict on what another network drew" in said.stderr
        assert (samples.read_bytes(), table.read_text()) == (drawn, judged)
    (alone / "kto.toml").write_text(ALONE)
    table.write_text("\n".join([header, first + "no"]) + "\n")  # a row is missing
    assert CliRunner().invoke(app, words).exit_code == 0
    assert table.read_text() == judged
    table.write_text("\n".join([header, first + "no", first + "yes"]) + "\n")
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 1
    assert "row 3: expected a sample once, got" in said.stderr
    marked = first.split(",")
    marked[header.split(",").index("latents")] = "0" * 12  # as of what was drawn before
    marked[header.split(",").index("au")] = "9"
    table.write_text("\n".join([header, ",".join(marked), second]) + "\n")
    assert CliRunner().invoke(app, words).exit_code == 0
    assert table.read_text().splitlines()[1] == first  # measured again


def test_a_person_may_judge_between(alone: Path) -> None:
    (alone / "kto.toml").write_text(ALONE + 'by = "person"\n')
    words = ["refine", "--config", str(alone / "kto.toml"), "-o", str(alone / "run"), "--json"]
    drawn = CliRunner().invoke(app, [*words, "--draw-only"])
    assert drawn.exit_code == 0, drawn.stderr
    table = alone / "run" / "judged.csv"
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code != 0
    assert "expected yes or no in some rows of the table, found none" in refused.stderr
    first, second = table.read_text().splitlines()[1:]
    header = table.read_text().splitlines()[0]
    table.write_text("\n".join([header, first + "yes", second + "no"]) + "\n")
    judged = CliRunner().invoke(app, words)
    assert judged.exit_code == 0, judged.stderr
    assert json.loads(judged.stdout)["good"] == 1
