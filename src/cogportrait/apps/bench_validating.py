"""``cogportrait bench validate``: everything that is wrong with a manifest."""

from collections.abc import Container
from pathlib import Path

from cogportrait.apps.console import Console, say
from cogportrait.bench.face_sizes import small_faces
from cogportrait.bench.manifest_checks import check_headers, check_manifest
from cogportrait.errors import InputError, plain


def run_bench_validate(manifest: Path, console: Console, *, check_files: bool) -> None:
    """Print every problem, a line each, or say that there is none.

    Raises
    ------
    InputError
        There are problems, or the file cannot be read.
    """
    verdict = check_manifest(manifest, check_files=check_files)
    if verdict.emh is not None:
        console.warn(*small_faces(verdict.emh.clips), *verdict.emh.notes())
        n = len(verdict.emh.clips)
        console.result(manifest, {"clips": n, "problems": []})
        console.note(f"{n} clip{'s' * (n != 1)}, no problems")
        return
    problems = [str(problem) for problem in verdict.problems]
    if console.as_json:
        console.result(manifest, {"problems": problems})
    else:
        for problem in problems:
            say(plain(f"{manifest}: {problem}"))
    raise InputError(f"{manifest}: {len(problems)} problem{'s' * (len(problems) != 1)}")


def warn_of_headers(manifest: Path, names: Container[str], console: Console) -> None:
    """Warn, a line each, where a manifest says otherwise of these clips than their files.

    Scores are of what the files hold, so a run goes on.
    """
    differences = check_headers(manifest, names)
    console.warn(*(f"{manifest}: {one}; the file counts" for one in differences))
