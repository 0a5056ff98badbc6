"""Training goes on as if it had not been ended, and several processes do what one does."""

import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tests.train.made import prepared
from torch import Tensor

from cogportrait.errors import InputError, ModelError
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel
from cogportrait.renderers.dit.sizes import Size, build
from cogportrait.train.loop import LOG, STATE, Trainer, rate_at, run
from cogportrait.train.matching import draw_sigmas, velocity_error
from cogportrait.train.recipe import Recipe, read_recipe
from cogportrait.train.samples import Left, Prepared, draw_batch
from cogportrait.train.state import check_step

SMALL = Size(2, 16, 48, 2, in_channels=4, out_channels=4, reference_channels=5, hint_channels=4,
             pose_channels=192, text_dim=64, audio_dim=64)  # fmt: skip
RECIPE = Recipe(Path("f"), Path("c"), steps=6, batch=4, length=4, rate=2e-3, warmup=2, save_every=3)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clips() -> list[Prepared]:
    return prepared()


def network() -> CogPortraitTransformer3DModel:
    torch.manual_seed(0)
    return build(SMALL)


def trainer(recipe: Recipe = RECIPE) -> Trainer:
    return Trainer(network(), recipe, Accelerator(cpu=True))


def state(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / STATE)


def assert_same(one: dict[str, Tensor], other: dict[str, Tensor], within: float = 0.0) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, other[name], atol=within, rtol=within, msg=name)


def test_a_run_that_was_ended_goes_on_as_if_it_had_not_been(
    clips: list[Prepared], tmp_path: Path
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run(trainer(), clips, clips[:1], whole)
    first = trainer()
    for _ in range(3):
        first.step(clips)
    first.save(parts)
    second = trainer()
    assert second.resume(parts)
    assert second.progress.step == 3
    run(second, clips, clips[:1], parts)
    assert_same(state(whole), state(parts))


def test_the_last_steps_are_told_too(clips: list[Prepared], tmp_path: Path) -> None:
    told: list[tuple[int, float]] = []
    recipe = replace(RECIPE, steps=5)
    run(trainer(recipe), clips, clips[:1], tmp_path, tell=lambda p: told.append((p.step, p.loss)))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [step for step, _ in told] == [3, 5]
    assert told[0][1] != told[1][1]


@pytest.mark.parametrize("how", ["several", "sharded"])
def test_two_processes_do_what_one_does(tmp_path: Path, how: str) -> None:
    """Each with the whole network, and each with half of it, ended and gone on with."""
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone",
         "--local-addr", "127.0.0.1", "-m", f"tests.train.{how}", str(tmp_path / "two")],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    one = tmp_path / "one"
    run(trainer(), prepared(), [], one)
    alone, together = state(one), state(tmp_path / "two")
    # Where a gradient is nothing but rounding, Adam makes a step of any direction of it.
    felt = [n for n in alone if n.startswith("adam.exp_avg_sq.") and float(alone[n].max()) > 1e-10]
    names = [f"network.{n.removeprefix('adam.exp_avg_sq.')}" for n in felt]
    assert len(names) > 40
    assert_same({n: alone[n] for n in names}, {n: together[n] for n in names}, within=2e-4)


def test_windows_one_after_the_other_do_what_they_do_at_once(clips: list[Prepared]) -> None:
    whole, parts = trainer(), trainer(replace(RECIPE, micro=3))
    for _ in range(3):
        assert whole.step(clips) == pytest.approx(parts.step(clips), rel=1e-5)
    assert whole.error(clips) == pytest.approx(parts.error(clips), rel=1e-5)
    felt = 0
    for one, other in zip(whole.bare.parameters(), parts.bare.parameters(), strict=True):
        mean, its = (t.optimizer.state[p]["exp_avg"] for t, p in ((whole, one), (parts, other)))
        torch.testing.assert_close(mean, its, atol=1e-4 * float(mean.abs().max()) + 1e-9, rtol=0)
        # Where a gradient is nothing but rounding, Adam makes a step of any direction of it.
        large = whole.optimizer.state[one]["exp_avg_sq"] > 1e-10
        torch.testing.assert_close(one[large], other[large], atol=5e-4, rtol=0)
        felt += int(large.sum())
    assert felt > 10_000


def test_a_batch_that_processes_cannot_share_is_told() -> None:
    class Three:
        num_processes = 3

    with pytest.raises(InputError, match="batch: expected a multiple of 3 processes, got 4"):
        Trainer(network(), RECIPE, Three())  # type: ignore[arg-type]


def test_a_run_goes_on_with_other_settings_that_do_not_change_it(tmp_path: Path) -> None:
    first = trainer()
    first.save(tmp_path)
    assert trainer(replace(RECIPE, micro=1, sheet_every=9, save_every=1)).resume(tmp_path)
    with pytest.raises(InputError, match="another recipe"):
        trainer(replace(RECIPE, batch=2)).resume(tmp_path)


def test_a_checkpoint_of_another_recipe_or_a_damaged_one_is_told(
    clips: list[Prepared], tmp_path: Path
) -> None:
    one = trainer()
    one.step(clips)
    one.save(tmp_path)
    with pytest.raises(InputError, match=r"holds a run of another recipe \(other: rate\)"):
        trainer(replace(RECIPE, rate=1e-3)).resume(tmp_path)
    file = tmp_path / STATE
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(ModelError, match="expected the state of a run, got a file that cannot be"):
        trainer().resume(tmp_path)
    assert not trainer().resume(tmp_path / "nothing")


def test_what_in_a_state_is_damaged_is_told_and_nothing_changes(
    clips: list[Prepared], tmp_path: Path
) -> None:
    one = trainer()
    one.step(clips)
    one.save(tmp_path)
    tensors = state(tmp_path)
    with safe_open(tmp_path / STATE, framework="pt") as held:
        about = held.metadata()
    name = next(n for n in tensors if n.startswith("adam.exp_avg."))
    weights = name.replace("adam.exp_avg", "network")
    turned = {**tensors, name: torch.zeros(3)}
    for changed, said, fault in (
        (turned, about, "is [3] and not"),
        (tensors, {k: v for k, v in about.items() if k != "progress"}, "progress"),
        (tensors, about | {"progress": '{"step": "x"}'}, "damaged, or of another network"),
        (tensors, about | {"progress": '{"step": -1}'}, "its step is -1, of 6"),
        (tensors, about | {"progress": '{"step": 99}'}, "its step is 99, of 6"),
        (tensors, about | {"progress": '{"step": 1e400}'}, "its step is inf, of 6"),
        (tensors, about | {"progress": "{}"}, "damaged, or of another network: \"'step'\""),
        ({**tensors, weights: tensors[weights] * math.nan}, about, "found NaN or infinity in "),
    ):
        save_file(changed, tmp_path / STATE, metadata=said)
        other = trainer()
        before = {n: p.clone() for n, p in other.bare.named_parameters()}
        with pytest.raises(ModelError, match=re.escape(fault)):
            other.resume(tmp_path)
        assert all(torch.equal(p, before[n]) for n, p in other.bare.named_parameters())


def test_a_log_is_taken_up_at_the_step_that_is_gone_on_from(
    clips: list[Prepared], tmp_path: Path
) -> None:
    """A run may be killed between the lines of its log and its state."""
    run(trainer(replace(RECIPE, steps=3)), clips, [], tmp_path)
    log = tmp_path / LOG
    assert json.loads(log.read_text())["held_out"] is None  # nobody is held out
    log.write_text(log.read_text() + '{"step": 6, "loss": 1.0}\n{"ste')
    first = trainer(replace(RECIPE, steps=3))
    assert first.resume(tmp_path)
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [3]


def test_other_footage_under_the_same_names_is_told(tmp_path: Path) -> None:
    first, other = trainer(), trainer()
    first.data, other.data = "a", "b"
    first.save(tmp_path)
    with pytest.raises(InputError, match="on other footage or with another codec"):
        other.resume(tmp_path)
    other.data = "a"
    assert other.resume(tmp_path)


def test_a_run_that_diverges_ends_and_keeps_what_was_saved(
    clips: list[Prepared], tmp_path: Path
) -> None:
    one = trainer()
    for _ in range(3):
        one.step(clips)
    one.save(tmp_path)
    kept = (tmp_path / STATE).read_bytes()
    with torch.no_grad():
        next(one.bare.parameters()).fill_(math.nan)
    with pytest.raises(ModelError, match="step 4: the loss is nan: the run has diverged"):
        run(one, clips, [], tmp_path)
    assert (tmp_path / STATE).read_bytes() == kept
    with pytest.raises(ModelError, match="step 7: the gradient is inf"):
        check_step(7, 0.1, math.inf)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("seed", -1, "seed: expected 0 to 4294967295, got -1"),
        ("weight_decay", math.nan, "weight_decay: expected 0 to 1, got "),
        ("batch", 10**9, "batch: expected 1 to 65536, got 1000000000"),
        ("length", 10**6, "length: expected 1 to 1024"),
        ("seed", 10**400, "seed: expected 0 to 4294967295, got 1000"),
        ("whole", ("",), "whole: expected parts of names, got an empty one"),
        ("steps", 10**13, "steps: expected 1 to 100000000"),
        ("warmup", -5, "warmup: expected 0 to"),
        ("held_out", ("a", "a"), "held_out: expected names once each"),
    ],
)
def test_absurd_values_are_told(name: str, value: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        replace(RECIPE, **{name: value})


def test_the_rate_rises_and_falls() -> None:
    recipe = replace(RECIPE, steps=100, warmup=10, rate=1.0 - 1e-9)
    rates = [rate_at(step, recipe) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1, abs=1e-3)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.1, abs=0.01)


def test_eyes_weigh_more(clips: list[Prepared]) -> None:
    batch = draw_batch(clips, 2, 3, Left(0, 0, 0, 0, 0, 0), (0, 0))
    between, iris = (divmod(int(one[0].argmax()), batch.eyes.shape[-1]) for one in batch.eyes[0])
    noise = torch.zeros_like(batch.data)
    sigmas = torch.full((2,), 0.5)

    def wrong(place: tuple[int, int]) -> float:
        def velocity_but(x: Tensor, timestep: Tensor, given: object) -> Tensor:
            found = noise - batch.data
            found[:, :, :, place[0], place[1]] += 1
            return found

        return float(velocity_error(velocity_but, batch, sigmas, noise).mean())

    assert wrong(iris) > wrong(between) > 2 * wrong((0, 0)) > 0


def test_noise_levels_are_between_nothing_and_noise_and_shifted_up() -> None:
    sigmas = draw_sigmas(4000, torch.Generator().manual_seed(0), 3.0)
    assert 0 < float(sigmas.min()) < float(sigmas.max()) < 1
    assert float(sigmas.median()) == pytest.approx(0.75, abs=0.02)


def test_a_recipe_is_read_from_a_file_and_its_faults_are_told(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(
        'footage = "clips"\ncodec = "/codec"\nsteps = 10\nrate = 1\nheld_out = ["a"]\n'
        "[left]\nhint = 0.25\n".replace("rate = 1\n", "rate = 0.001\n")
    )
    recipe = read_recipe(path)
    assert recipe.footage == tmp_path / "clips"
    assert recipe.codec == Path("/codec")
    assert (recipe.steps, recipe.rate, recipe.held_out, recipe.left.hint) == (
        10, 0.001, ("a",), 0.25,
    )  # fmt: skip
    for text, message in (
        ("steps = 3\n", "footage: expected a folder, found no such key"),
        ('footage="a"\ncodec="b"\nstep = 3\n', "step: no such key; there are footage"),
        ('footage="a"\ncodec="b"\nsteps = 3.5\n', "steps: expected a whole number, got 3.5"),
        (
            'footage="a"\ncodec="b"\nheld_out = [1]\n',
            "held_out: expected a list of words, got \\[1\\]",
        ),
        (
            'footage="a"\ncodec="b"\ngradient_checkpointing = "no"\n',
            "gradient_checkpointing: expected true or false, got 'no'",
        ),
        ('footage="a"\ncodec="b"\nsize = "huge"\n', "size: expected one of wan-1.3b"),
        ('footage="a"\ncodec="b"\n[left]\nlids = 1\n', "left.lids: no such key"),
        ('footage="a"\ncodec="b"\n[left]\nhint = 2\n', "left.hint: expected 0 to 1"),
        ("steps = \n", "expected a recipe in TOML"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            read_recipe(path)
