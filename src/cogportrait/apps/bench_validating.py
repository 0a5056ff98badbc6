"""``cogportrait bench validate``: everything that is wrong with a manifest."""

from pathlib import Path

from cogportrait.apps.console import Console, say
from cogportrait.bench.manifest_checks import check_manifest
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
        console.warn(*verdict.emh.notes())
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
