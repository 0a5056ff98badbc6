"""Adapters that lie beside a transformer."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig
from safetensors.torch import load_file, save_file
from torch import Tensor

from cogportrait.apps.drawing_options import DrawnBy, RendererName
from cogportrait.errors import InputError, ModelError
from cogportrait.renderers.dit.adapters import LORA, LORA_FILE, adapters_of
from cogportrait.renderers.dit.checkpoint import open_transformer, save_checkpoint
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.sizes import Size, build

SMALL = Size(2, 16, 48, 2, in_channels=4, out_channels=4, reference_channels=5, hint_channels=4,
             pose_channels=192, text_dim=64, audio_dim=64)  # fmt: skip
TARGET = "blocks.0.attn1.to_q"
SCALED = 2  # of the adapters that were laid on


@pytest.fixture
def refined(tmp_path: Path) -> tuple[Path, dict[str, Tensor], dict[str, Tensor]]:
    """Return a checkpoint with adapters, its weights without them, and with them."""
    torch.manual_seed(0)
    network = build(SMALL)
    plain = {name: value.clone() for name, value in network.state_dict().items()}
    save_checkpoint(tmp_path, network, FrameCodec(4, 8), dtype=torch.float32)
    laid: Any = network
    laid.add_adapter(LoraConfig(r=2, lora_alpha=2 * SCALED, target_modules=[TARGET]))
    part = network.get_submodule(TARGET)
    a, b = (getattr(part, f"lora_{x}")["default"].weight for x in "AB")
    torch.nn.init.normal_(b)
    wanted = plain | {f"{TARGET}.weight": plain[f"{TARGET}.weight"] + SCALED * (b @ a).detach()}
    laid.save_lora_adapter(str(tmp_path / LORA))
    return tmp_path, plain, wanted


def test_they_are_merged_or_left_out(
    refined: tuple[Path, dict[str, Tensor], dict[str, Tensor]],
) -> None:
    folder, plain, wanted = refined
    with_them, without = (
        open_transformer(folder, adapted=adapted).state_dict() for adapted in (True, False)
    )
    assert with_them.keys() == without.keys() == plain.keys()
    for name in plain:
        torch.testing.assert_close(with_them[name], wanted[name])
        assert torch.equal(without[name], plain[name])
    assert not torch.allclose(wanted[f"{TARGET}.weight"], plain[f"{TARGET}.weight"])


def test_a_run_says_whether_they_were_there(
    refined: tuple[Path, dict[str, Tensor], dict[str, Tensor]],
) -> None:
    folder, *_ = refined
    drawn = DrawnBy(RendererName.DIT, folder)
    assert drawn.read()["lora"] == adapters_of(folder) == folder / LORA / LORA_FILE
    plain = DrawnBy(RendererName.DIT, folder, adapted=False)
    assert "lora" not in plain.read()
    assert (drawn.told()["lora"], plain.told()["lora"]) == (None, False)


def test_leaving_out_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--no-lora: expected adapters in .*lora, found none"):
        DrawnBy(RendererName.DIT, tmp_path, adapted=False).open()


@pytest.mark.parametrize("fault", ["cut", "another", "empty", "wide"])
def test_others_are_told_in_one_line(
    refined: tuple[Path, dict[str, Tensor], dict[str, Tensor]], fault: str
) -> None:
    folder, *_ = refined
    path = folder / LORA / LORA_FILE
    held = load_file(path)
    match fault:
        case "cut":
            path.write_bytes(path.read_bytes()[:200])
        case "another":
            other = {name.replace("attn1", "attn9"): value for name, value in held.items()}
            save_file(other, path, metadata={"format": "pt"})
        case "empty":
            save_file({}, path, metadata={"format": "pt"})
        case _:
            wide = {name: torch.cat([value, value], -1) for name, value in held.items()}
            save_file(wide, path, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=f"{re.escape(str(path))}: expected adapters") as caught:
        open_transformer(folder)
    assert "\n" not in str(caught.value)
