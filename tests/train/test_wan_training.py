"""From a Wan folder to a trained checkpoint that draws: every class is the real one, tiny."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import save_file
from tests.emh.filmed import shown
from tests.renderers.dit.tiny_wan import CHANNELS, one_thread, save_text_to_video, small_portrait
from tests.train.made import SIZE, footage
from transformers import Wav2Vec2Config, Wav2Vec2Model

from cogportrait.apps.console import Console
from cogportrait.apps.training import run_train
from cogportrait.errors import InputError, ModelError
from cogportrait.pipeline import keypoints
from cogportrait.renderers.dit.checkpoint import open_checkpoint, open_codec
from cogportrait.renderers.dit.codec import WanCodec
from cogportrait.renderers.dit.encoders import LATENT_TOKENS, Wav2VecAudio, open_encoders
from cogportrait.renderers.dit.flow import Schedule
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.sampling import Sampling
from cogportrait.renderers.dit.sizes import SIZES, Size
from cogportrait.renderers.dit.windows import Windows
from cogportrait.train.footage import Footage, write_footage
from cogportrait.train.pixels import PixelClip
from cogportrait.train.recipe import read_recipe
from cogportrait.train.samples import Left, draw_batch
from cogportrait.train.session import open_session
from cogportrait.types import AudioClip

FRAMES = 14
RECIPE = """footage = "footage"
codec = "wan/vae"
words = "wan"
sound = "wav2vec"
start = "wan"
size = "wan-1.3b"
steps = 2
batch = 2
length = 3
warmup = 1
save_every = 2
sheet_every = 2
"""


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Let the size be as small as the folder's transformer."""
    size = Size(
        2, 12, 32, 2, in_channels=CHANNELS, out_channels=CHANNELS, reference_channels=CHANNELS + 4,
        pose_channels=CHANNELS, text_dim=16, audio_dim=16, freq_dim=32,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, one_thread():
        patch.setitem(SIZES, "wan-1.3b", size)
        yield


def speech(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).integers(-9000, 9000, round(seconds * 16_000)).astype(np.int16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wan")
    save_text_to_video(path / "wan")
    torch.manual_seed(5)
    Wav2Vec2Model(
        Wav2Vec2Config(
            hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
            conv_dim=(8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
            feat_extract_norm="layer",
        )
    ).save_pretrained(path / "wav2vec")  # fmt: skip
    for k, name in enumerate("ab"):
        clip = footage(name, FRAMES, k)
        told = replace(clip.origin, caption="happiness. Smiles.")
        clip = replace(clip, origin=told, samples=speech(FRAMES / 25) if k else clip.samples)
        write_footage(path / "footage", clip)
    (path / "wan.toml").write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def clips(folder: Path) -> list[PixelClip]:
    session = open_session(read_recipe(folder / "wan.toml"), Accelerator(cpu=True))
    assert any(line.startswith("widened: patch_embedding") for line in session.report)
    assert all(isinstance(clip, PixelClip) for clip in session.clips)
    return [clip for clip in session.clips if isinstance(clip, PixelClip)]


def test_a_window_of_latent_frames_holds_one_and_four_each(clips: list[PixelClip]) -> None:
    batch = draw_batch(clips, 3, 3, Left(0, 0, 0, 0, 0, 0), (0, 0))
    n = SIZE // 8
    assert batch.data.shape == (3, CHANNELS, 3, n, n)
    given = batch.given
    assert given.pose is not None
    assert given.audio is not None
    assert given.reference is not None
    assert given.hint is None
    assert given.pose.shape == (3, CHANNELS, 3, n, n)
    assert given.audio.shape == (3, 3, LATENT_TOKENS, 16)
    assert given.reference.shape == (3, CHANNELS + 4, 3, n, n)
    assert (given.reference[:, CHANNELS:] == 1).all()
    assert given.text.shape == (3, 226, 16)
    assert (given.text[:, 40:] == 0).all()
    assert (given.text[:, :4] != 0).any()
    assert batch.eyes.shape == (3, 2, 3, n, n)


def test_data_and_reference_are_what_the_codec_makes_of_them(
    folder: Path, clips: list[PixelClip]
) -> None:
    clip = clips[1]
    frames = 2 + np.arange(9)
    codec = open_codec(folder / "wan" / "vae")
    assert isinstance(codec, WanCodec)
    held = torch.from_numpy(clip.pixels[frames]).permute(3, 0, 1, 2)[None] / 127.5 - 1
    with torch.no_grad():
        torch.testing.assert_close(clip.window(frames).data, codec.encode(held))
        mirrored = codec.encode(held.flip(-1))
        still = held.new_tensor(clip.pixels[np.array([0])][0])
        first = codec.encode(still.permute(2, 0, 1)[None, :, None] / 127.5 - 1)
    torch.testing.assert_close(clip.window(frames, 1).data, mirrored)
    reference = clip.window(frames).given.reference
    assert reference is not None
    torch.testing.assert_close(reference[:, :CHANNELS, 2], first[:, :, 0])


def test_sound_is_heard_where_it_is_and_in_pieces_alike(
    folder: Path, clips: list[PixelClip], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (clips[0].window(np.arange(9)).given.audio == 0).all()
    encoder = Wav2VecAudio(folder / "wav2vec")
    clip = AudioClip(speech(5.0).astype(np.float32) / 32767, 16_000)
    whole = encoder.heard(clip, 25.0)
    assert whole.shape == (250, 16)
    tokens = encoder.tokens(whole, 25.0, [(0, 1), (1, 5), (49, 53), (200, 204)])
    torch.testing.assert_close(tokens[2], whole[98:106])
    assert (tokens[0, :3] == 0).all()
    assert (tokens[3] == 0).all()
    assert (encoder.tokens(None, 25.0, [(0, 1)]) == 0).all()
    monkeypatch.setattr("cogportrait.renderers.dit.encoders.PIECE_S", 2)
    pieces = encoder.heard(clip, 25.0)
    # The network attends to all that it hears, so pieces are near and not equal.
    assert float((pieces - whole).abs().mean()) < 0.1 * float(whole.std())


def test_a_checkpoint_is_trained_and_draws(folder: Path) -> None:
    run_train(folder / "wan.toml", folder / "run", None, Console(quiet=True))
    assert (folder / "run" / "sheets" / "0000002.png").is_file()
    how = Sampling(Schedule(2, 1), Guidance(Guided.FIXED, fixed=1), windows=Windows(3, 1))
    renderer = open_checkpoint(folder / "run" / "checkpoint", how)
    assert isinstance(renderer.codec, WanCodec)
    assert renderer.view_px == SIZE
    portrait = small_portrait()
    sound = AudioClip(speech(1.0).astype(np.float32) / 32767, 16_000)
    told = renderer.following("happiness. Smiles.", sound, 25.0, 20)

    def run(seed: int) -> np.ndarray:
        motion = keypoints(portrait, shown().rows(0, 20))
        return np.stack(list(told.render(portrait, motion, seed=seed)))

    one = run(0)
    assert one.shape == (20, *portrait.image.shape)
    np.testing.assert_array_equal(one, run(0))
    assert (one != run(1)).any()


def test_folders_without_encoders_are_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"words: .*: expected a folder with an encoder"):
        open_encoders(tmp_path / "none", None)
    with pytest.raises(ModelError, match="expected Wav2Vec2Model as safetensors"):
        open_encoders(None, tmp_path)
    with pytest.raises(ModelError, match="expected UMT5EncoderModel as safetensors"):
        open_encoders(tmp_path, None)


def test_damaged_encoders_and_such_of_another_width_are_one_line(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder / "wav2vec", tmp_path / "wav2vec")
    file = tmp_path / "wav2vec" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(ModelError, match="expected Wav2Vec2Model as safetensors"):
        open_encoders(None, tmp_path / "wav2vec")
    save_file({"other": torch.zeros(1)}, file, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"\d+ are missing or of another shape, such as"):
        open_encoders(None, tmp_path / "wav2vec")
    recipe = replace(read_recipe(folder / "wan.toml"), sound=None)
    with pytest.raises(ModelError, match="sound: expected an encoder of 16 numbers a token"):
        open_session(recipe, Accelerator(cpu=True))


def test_footage_keeps_its_samples(folder: Path) -> None:
    from cogportrait.train.footage import read_footage

    clips: list[Footage] = [read_footage(folder / "footage" / f"{n}.safetensors") for n in "ab"]
    assert [len(clip.samples) for clip in clips] == [0, round(FRAMES / 25 * 16_000)]
