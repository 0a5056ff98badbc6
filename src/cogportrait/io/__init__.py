"""Files in and out: images, videos, sound, controls, manifests, plots."""

from cogportrait.io.atomic import atomic_path, check_output, write_bytes, write_text
from cogportrait.io.audio import audio_duration_s, read_audio
from cogportrait.io.containers import VideoOptions
from cogportrait.io.controls import read_controls, read_meta, write_controls
from cogportrait.io.images import read_image, write_png
from cogportrait.io.manifest import write_manifest
from cogportrait.io.plots import contact_sheet, plot_controls
from cogportrait.io.reader import VideoReader, read_video
from cogportrait.io.video import VideoWriter, carries_sound, check_video_output, exact_rate

__all__ = [
    "VideoOptions",
    "VideoReader",
    "VideoWriter",
    "atomic_path",
    "audio_duration_s",
    "carries_sound",
    "check_output",
    "check_video_output",
    "contact_sheet",
    "exact_rate",
    "plot_controls",
    "read_audio",
    "read_controls",
    "read_image",
    "read_meta",
    "read_video",
    "write_bytes",
    "write_controls",
    "write_manifest",
    "write_png",
    "write_text",
]
