"""What ``refine`` does: draw boundary cases, judge them, learn from them, compare."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cogportrait.apps.console import Console, JsonValue
from cogportrait.apps.drawing_options import check_extra
from cogportrait.apps.training import PICTURES, files_of
from cogportrait.errors import InputError, shown
from cogportrait.io.atomic import check_output_folder
from cogportrait.io.images import check_media_file

if TYPE_CHECKING:
    from cogportrait.renderers.dit.checkpoint import About
    from cogportrait.renderers.dit.conditioning import Conditioner
    from cogportrait.renderers.dit.encoders import Encoders
    from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel
    from cogportrait.renderers.dit.sampling import Network
    from cogportrait.train.boundary import Boundary
    from cogportrait.train.judging import Judged
    from cogportrait.train.recipe import Refining
    from cogportrait.train.refining import Drawn

STATE: Final = "state.safetensors"
JUDGED: Final = "judged.csv"
BEFORE: Final = "held_out_before.csv"
WARPED: Final = "_warped"  # ends the names of what the warp renderer draws
AFTER: Final = "held_out_after.csv"
ERRORS: Final = ("au", "gaze_deg", "head_deg", "identity")
SAVED_EVERY: Final = 20  # steps
HELD_SEED: Final = 1000  # of the first held-out sample: none that is learnt from


@dataclass(frozen=True, slots=True)
class _Work:
    """What a refinement works with."""

    recipe: "Refining"
    made: "Conditioner"
    about: "About"
    encoders: "Encoders"
    folder: Path
    console: Console


@dataclass(frozen=True, slots=True)
class _Asked:
    """Boundary cases that are drawn."""

    pictures: Sequence[Path]
    cases: Sequence[str]
    table: str  # of what is found
    first_seed: int
    scales: tuple[float, ...] = ()  # of guidance, in turn; none: the checkpoint's


def run_refine(config: Path, output: Path, console: Console, *, draw_only: bool = False) -> None:
    """Refine a checkpoint; an unfinished run of the same recipe is gone on with."""
    check_extra()
    check_media_file(config, "a recipe")
    check_output_folder(output, STATE, JUDGED, BEFORE, AFTER)
    from cogportrait.renderers.dit.placing import reachable
    from cogportrait.train.boundary import CASES, HELD_CASES
    from cogportrait.train.judging import verdicts
    from cogportrait.train.recipe import read_refining
    from cogportrait.train.refining import Refiner, network_id, refine

    recipe = read_refining(config)
    learnt, held = _pictures(config, recipe)
    work, network = _opened(recipe, output, console)
    output.mkdir(exist_ok=True)
    identity = network_id(recipe.checkpoint)
    asked = reachable(network)
    cases = _Asked(learnt, CASES, JUDGED, 0, recipe.scales)
    of_sample, judged = _samples(work, cases, asked, identity)
    if draw_only:
        console.result(output / JUDGED, {"samples": len(judged)})
        return
    said = verdicts(judged, recipe.by)
    good = {
        one.name: said.get(name, True)  # what the warp renderer draws is good
        for name, drawn in of_sample.items()
        if name in said or name.endswith(WARPED)
        for one in drawn
    }
    compared = _Asked(held, HELD_CASES, BEFORE, HELD_SEED)
    before = _kept(work, compared, asked, identity)
    stamp = json.dumps([recipe.identity(), identity, sorted(good.items())], sort_keys=True)
    if recipe.gradient_checkpointing:
        network.enable_gradient_checkpointing()
    refiner = Refiner(network, recipe.kto, recipe.lora_rank, recipe.rate, recipe.seed, recipe.micro)
    refiner.resume(output / STATE, stamp)
    with console.progress("refining", recipe.steps) as advance:

        def saved(step: int) -> None:
            advance(step)
            if step % SAVED_EVERY == 0:
                refiner.save(output / STATE, stamp)

        every = [one for drawn in of_sample.values() for one in drawn]
        refine(refiner, every, good, recipe.steps, recipe.batch, saved)
    refiner.save(output / STATE, stamp)
    network.eval()
    _export(work, network)
    told: dict[str, JsonValue] = {
        "samples": len(judged), "good": sum(said.values()), "steps": refiner.course.step,
    }  # fmt: skip
    if held:
        told |= _change(before, _again(work, compared, asked))
    console.result(output / "checkpoint", told)


def _pictures(config: Path, recipe: "Refining") -> tuple[list[Path], list[Path]]:
    """Return the portraits that are learnt from, and those that are only compared on."""
    pictures = files_of(recipe.portraits, PICTURES, "portraits")
    names = [picture.stem for picture in pictures]
    for name in recipe.held_out:
        if name not in names:
            raise InputError(
                f"{config}: held_out: expected pictures of {recipe.portraits}, got {shown(name)}"
            )
    held = [p for p in pictures if p.stem in recipe.held_out]
    learnt = [p for p in pictures if p.stem not in recipe.held_out]
    if not learnt:
        raise InputError(f"{config}: held_out: expected a picture to be left, none is")
    return learnt, held


def _opened(recipe: "Refining", output: Path, console: Console) -> tuple[_Work, Any]:
    """Return what a refinement works with, and the network; both on a GPU if there is one."""
    from cogportrait.renderers.dit.checkpoint import open_parts
    from cogportrait.renderers.dit.conditioning import Channels, Conditioner
    from cogportrait.renderers.dit.placing import Placing

    place = Placing()
    network, codec, encoders, about = open_parts(recipe.checkpoint, place)
    made = Conditioner(codec, Channels.of(network))
    placed: Any = network  # diffusers' `to` has no types
    placed.to(place.place())
    return _Work(recipe, made, about, encoders, output, console), placed


def _change(before: "Sequence[Judged]", after: "Sequence[Judged]") -> dict[str, JsonValue]:
    """Return how held-out samples changed."""
    from cogportrait.train.refining import compare

    found = compare(before, after)
    told: dict[str, JsonValue] = {"held_out": len(after), "win_rate": round(found.win_rate, 3)}
    for name, old, new in zip(ERRORS, found.before, found.after, strict=True):
        told[name] = f"{old:.4f} -> {new:.4f}"
    return told


def _samples(
    work: _Work, asked: _Asked, network: "Network", identity: str
) -> "tuple[dict[str, list[Drawn]], list[Judged]]":
    """Return what is learnt from, by the name of the sample that it is, and what was found of them.

    With samples there are their mirror images, and what the warp renderer draws, without a name, if
    the recipe asks for these.
    """
    from cogportrait.train.refining import Drawn, mirror_images
    from cogportrait.train.samples import Batch

    recipe, made = work.recipe, work.made
    of_sample: dict[str, list[Drawn]] = {}

    def one(boundary: "Boundary", kept: "Sequence[Drawn]") -> None:
        shown = list(kept)
        if recipe.warped:
            latents = made.latents(boundary.warped)[None]
            batch = Batch(latents, boundary.given, boundary.eyes)
            shown.append(Drawn(f"{boundary.name}{WARPED}", batch))
        for sample in shown:
            of_sample[sample.name] = [sample]
        if recipe.mirrored:
            others = mirror_images(shown, boundary, made, work.encoders)
            for sample, other in zip(shown, others, strict=True):
                of_sample[sample.name].append(other)

    judged = _kept(work, asked, network, identity, one)
    return of_sample, judged


def _kept(
    work: _Work,
    asked: _Asked,
    network: "Network",
    identity: str,
    do: "Callable[[Boundary, Sequence[Drawn]], None] | None" = None,
) -> "list[Judged]":
    """Return what is found of samples; those drawn before are taken, and their table is written."""
    from cogportrait.train.judging import mark_of, read_table, write_table
    from cogportrait.train.refining import (
        draw_samples,
        judge_samples,
        keep_samples,
        kept_samples,
    )

    table, first, count = work.folder / asked.table, asked.first_seed, work.recipe.samples
    known = {s.sample: s for s in read_table(table)} if table.is_file() else {}
    judged: list[Judged] = []
    identity = " ".join([identity, *(f"{scale:g}" for scale in asked.scales)])
    plain = work.about.how()
    how = [replace(plain, guidance=plain.guidance.scaled(scale)) for scale in asked.scales]
    how = how or [plain]

    def one(boundary: "Boundary") -> None:
        kept = kept_samples(work.folder, boundary, identity, first)
        if kept is None or len(kept) != count:
            names = [f"{boundary.name}_{first + k}" for k in range(count)]
            _check_unspoken(table, [known[name] for name in names if name in known])
            latents = draw_samples(network, work.made.codec, boundary, count, how, first)
            keep_samples(work.folder, boundary, latents, identity)
            kept = kept_samples(work.folder, boundary, identity, first) or []
        marks = {sample.name: mark_of(sample.batch.data[0]) for sample in kept}
        old = [known[name] for name in marks if name in known]
        _check_unspoken(table, [row for row in old if row.latents != marks[row.sample]])
        if do is not None:
            do(boundary, kept)
        told = [row for row in old if row.latents == marks[row.sample]]
        if len(told) != len(kept):
            import torch

            latents = torch.cat([sample.batch.data for sample in kept])
            said = {row.sample: row.person for row in told}
            told = [
                replace(found, person=said.get(found.sample, ""))
                for found in judge_samples(work.made.codec, boundary, latents, first)
            ]
        judged.extend(told)

    _each(work, asked, "drawing", one)
    _check_verdicts(table, known, judged)
    if asked.pictures:
        write_table(table, judged, work.recipe.by)
    return judged


def _check_unspoken(table: Path, rows: "Sequence[Judged]") -> None:
    """Raise :class:`InputError` if a person has judged something else than what is there now."""
    for row in rows:
        if row.person:
            raise InputError(
                f"{table}: {shown(row.sample)} has a person's verdict on what another network "
                "drew, or with other settings; move the table away"
            )


def _check_verdicts(table: Path, known: "Mapping[str, Judged]", judged: "Sequence[Judged]") -> None:
    """Raise :class:`InputError` if a person's verdict is of no sample that there is."""
    names = {one.sample for one in judged}
    lost = [name for name, one in known.items() if one.person and name not in names]
    if lost:
        raise InputError(
            f"{table}: expected verdicts on samples of this recipe, {len(lost)} are of others, "
            f"such as {shown(lost[0])}; mend its column sample, or move the table away"
        )


def _again(work: _Work, asked: _Asked, network: "Network") -> "list[Judged]":
    """Return what is found of samples that are drawn now, at the seeds of those kept."""
    from cogportrait.train.judging import write_table
    from cogportrait.train.refining import draw_samples, judge_samples

    judged: list[Judged] = []

    def one(boundary: "Boundary") -> None:
        codec, count, first = work.made.codec, work.recipe.samples, asked.first_seed
        latents = draw_samples(network, codec, boundary, count, [work.about.how()], first)
        judged.extend(judge_samples(codec, boundary, latents, first))

    _each(work, asked, "comparing", one)
    write_table(work.folder / AFTER, judged, work.recipe.by)
    return judged


def _each(work: _Work, asked: _Asked, what: str, do: "Callable[[Boundary], None]") -> None:
    if not asked.pictures:
        return
    from cogportrait.train.boundary import boundaries

    recipe = work.recipe
    with work.console.progress(what, len(asked.pictures) * len(asked.cases)) as advance:
        every = boundaries(
            asked.pictures, asked.cases, work.made, work.about.view_px, recipe.length, work.encoders
        )
        for done, boundary in enumerate(every, 1):
            do(boundary.seeing(recipe.hint))
            advance(done)


def _export(work: _Work, network: "CogPortraitTransformer3DModel") -> None:
    """Write a checkpoint of the network as it was, and the adapters beside it."""
    from cogportrait.renderers.dit.adapters import save_adapters
    from cogportrait.renderers.dit.checkpoint import save_checkpoint
    from cogportrait.train.session import CHECKPOINT, without_adapters

    target, plain = work.folder / CHECKPOINT, without_adapters(network)
    save_adapters(network, target)
    save_checkpoint(target, plain, work.made.codec, about=work.about)
