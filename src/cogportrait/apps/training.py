"""What ``footage``, ``codec`` and ``train`` do: check, work, say where the result is."""

import json
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cogportrait.apps.console import Console, JsonValue, counted
from cogportrait.apps.drawing_options import check_extra
from cogportrait.errors import (
    CogPortraitError,
    InputError,
    ModelError,
    OutputError,
    plain,
    shown,
)
from cogportrait.face.clips import read_clips
from cogportrait.io.atomic import check_output_folder
from cogportrait.io.images import check_media_file
from cogportrait.io.manifest import sha256_of

if TYPE_CHECKING:
    from cogportrait.train.footage import Footage
    from cogportrait.train.looks import Look

PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp")
SUFFIX: Final = ".safetensors"
SIDE: Final = 16  # pixels of a token along a side
SIZES_PX: Final = (32, 512)
SOUNDS: Final = (".wav", ".flac", ".mp3", ".ogg", ".m4a")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Portraits that the warp renderer is to move."""

    portraits: Path | None = None
    each: int = 6  # scenes of a portrait
    mixed: int = 0  # scenes of faces between two portraits
    speech: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a codec is fitted."""

    steps: int = 4000
    held_out: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Work:
    """A file of footage to be made."""

    name: str
    source: Path
    scene: str
    make: "Callable[[], Footage]"
    what: str = "a picture"


def run_footage(
    table: Path | None, looks: int, drawn: Drawn, output: Path, size_px: int, console: Console
) -> None:
    """Make footage of clips and portraits; what is there already and still true is kept."""
    check_extra()
    if table is None and drawn.portraits is None:
        raise InputError("footage: expected CLIPS.tsv or --portraits, got neither; name one")
    if looks and table is None:
        raise InputError("--looks: expected CLIPS.tsv, whose clips it is for, got none; name it")
    if drawn.mixed and drawn.portraits is None:
        raise InputError("--mixed: expected --portraits, which it is for, got none; name them")
    if size_px % SIDE or not SIZES_PX[0] <= size_px <= SIZES_PX[1]:
        raise InputError(
            f"--size: expected a multiple of {SIDE} from {SIZES_PX[0]} to {SIZES_PX[1]}, "
            f"got {size_px}"
        )
    work = [*_of_clips(table, looks, drawn.seed, size_px), *_of_portraits(drawn, size_px)]
    twice = [name for name, times in Counter(one.name for one in work).items() if times > 1]
    if twice:
        raise InputError(f"footage: expected clips of different names, got {twice[0]} twice")
    check_output_folder(output, *(f"{one.name}{SUFFIX}" for one in work))
    from cogportrait.train.footage import write_footage

    missing = [one for one in work if not _is_there(output / f"{one.name}{SUFFIX}", one, size_px)]
    failed: list[str] = []
    with console.progress("filming", len(missing)) as advance:
        for one in counted(missing, advance):
            try:
                check_media_file(one.source, one.what)
                write_footage(output, one.make())
            except CogPortraitError as error:
                failed.append(plain(str(error)))
                console.warn(f"{one.name}: left out: {failed[-1]}")
    if failed:
        raise InputError(
            f"{output}: {len(failed)} of {len(work)} could not be made, the first: {failed[0]}; "
            "the others are there"
        )
    about: dict[str, JsonValue] = {"made": len(missing), "kept": len(work) - len(missing)}
    console.result(output, about)


def _of_clips(table: Path | None, count: int, seed: int, size_px: int) -> Iterator[_Work]:
    """Yield each clip as it is, and in other lights and shapes."""
    if table is None:
        return
    check_media_file(table, "a table of clips")
    from cogportrait.train.filming import film
    from cogportrait.train.looks import looks

    filmed = lru_cache(1)(film)  # versions of a clip follow one another
    for clip in read_clips(table):
        stem = clip.path.stem
        make = partial(filmed, clip.path, size_px, person=clip.person)
        yield _Work(stem, clip.path, "", make, "a clip")
        for k, look in enumerate(looks(stem, count, seed)):
            name = f"{stem}_look{k:02d}"

            again = partial(_looking, make, look, name)
            yield _Work(name, clip.path, json.dumps(astuple(look)), again, "a clip")


def _looking(make: "Callable[[], Footage]", look: "Look", name: str) -> "Footage":
    from cogportrait.train.filming import looking_otherwise

    return looking_otherwise(make(), look, name)


def _of_portraits(drawn: Drawn, size_px: int) -> Iterator[_Work]:
    if drawn.portraits is None:
        return
    from cogportrait.train.filming import Mix, draw, scene_of
    from cogportrait.train.footage import AND
    from cogportrait.train.scenes import mixes, scenes

    speech = [] if drawn.speech is None else files_of(drawn.speech, SOUNDS, "sounds")
    pictures = files_of(drawn.portraits, PICTURES, "portraits")
    for picture in pictures:
        for name, request, look in scenes(picture.stem, drawn.each, drawn.seed, speech):
            make = partial(
                draw, picture, request, size_px, name=name, person=picture.stem, look=look
            )
            yield _Work(name, picture, scene_of(request, look, picture), make)
    for name, request, look, (one, other), share in mixes(
        pictures, drawn.mixed, drawn.seed, speech
    ):
        mix = Mix(one, other, share)
        make = partial(
            draw, mix, request, size_px, name=name, person=f"{one.stem}{AND}{other.stem}",
            look=look,
        )  # fmt: skip
        yield _Work(name, one, scene_of(request, look, mix), make)


def files_of(folder: Path, endings: tuple[str, ...], what: str) -> list[Path]:
    """Return the files of a folder by their ending."""
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of {what}, found none")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in endings)
    if not files:
        raise InputError(f"{folder}: expected {what} ({', '.join(endings)}), found none")
    return files


def _is_there(path: Path, work: _Work, size_px: int) -> bool:
    """Return whether a file of footage is what would be made; another's file is not replaced."""
    if not path.exists():
        return False
    from cogportrait.train.footage import FORMAT, read_origin

    try:
        origin = read_origin(path)
    except ModelError as error:
        raise OutputError(
            f"{path}: expected a file of footage to go on with, got another; move it, or name "
            "another folder"
        ) from error
    if not work.source.is_file():
        return False
    same = (origin.size_px, origin.scene, origin.format) == (size_px, work.scene, FORMAT)
    return same and origin.source_sha256 == sha256_of(work.source)


def run_codec(footage: Path, output: Path, fit: Fitting, console: Console) -> None:
    """Fit a codec to footage; say how well it draws people that it was not fitted to."""
    check_extra()
    check_output_folder(output)
    if output.is_dir() and any(output.iterdir()):
        raise OutputError(f"{output}: expected a new folder, or one without files; name another")
    if fit.steps < 0:
        raise InputError(f"--steps: expected 0 or more, got {fit.steps}")
    from cogportrait.train.codec_fit import Fit, fit_codec, psnr_db
    from cogportrait.train.footage import is_of

    clips = _read_footage(footage)
    held = [clip for clip in clips if clip.origin.person in fit.held_out]
    for person in fit.held_out:
        if all(clip.origin.person != person for clip in held):
            raise InputError(f"--held-out: expected a person of {footage}, got {shown(person)}")
    rest = [clip for clip in clips if not is_of(clip.origin.person, fit.held_out)]
    if not rest:
        raise InputError(f"--held-out: expected somebody of {footage} to be left, nobody is")
    with console.progress("fitting", max(1, fit.steps)) as advance:
        codec = fit_codec(rest, Fit(fit.steps, seed=fit.seed), lambda step, _: advance(step))
    codec.save_pretrained(output)
    about: dict[str, JsonValue] = {"steps": fit.steps}
    for clip in held:
        db = psnr_db(codec, clip.frames[:: max(1, len(clip) // 20)]).mean()
        about[f"psnr_db of {clip.origin.name}"] = round(float(db), 2)
    console.result(output, about)


def _read_footage(folder: Path) -> "list[Footage]":
    from cogportrait.train.footage import read_footage
    from cogportrait.train.latents import files_of as footage_files

    return [read_footage(path) for path in footage_files(folder)]


def run_train(config: Path, output: Path, seconds: float | None, console: Console) -> None:
    """Train what a recipe says, going on with what is in the folder."""
    check_extra()
    check_media_file(config, "a recipe")
    check_output_folder(output)
    from cogportrait.train.loop import told
    from cogportrait.train.processes import open_accelerator
    from cogportrait.train.recipe import read_recipe
    from cogportrait.train.session import CHECKPOINT, LATENTS, open_session

    recipe = read_recipe(config)
    # Norms keep fp32 under autocast: slower than fused, and meant.
    warnings.filterwarnings("ignore", "Mismatch dtype between input and weight", UserWarning)
    accelerator = open_accelerator(recipe.precision)
    main = accelerator.is_main_process
    console = console if main else replace(console, quiet=True)
    session = open_session(recipe, accelerator, output / LATENTS)
    console.note(*session.report)
    most = math.inf if seconds is None else seconds
    with console.progress("training", recipe.steps) as advance:
        done = session.train(output, tell=lambda p: advance(p.step), most_seconds=most)
    known = told(done)
    about: dict[str, JsonValue] = {
        "steps": done.step, "of": recipe.steps, "loss": known["loss"],
        "held_out": known["held_out"], "seconds": round(done.seconds),
    }  # fmt: skip
    if main:
        console.result(output / CHECKPOINT, about)
