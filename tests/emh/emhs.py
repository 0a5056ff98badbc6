"""Manifests that tests write."""

import json
from pathlib import Path
from typing import Any

from cogportrait.bench.clips import FORMAT, Emh, EmhClip

HEAD: dict[str, Any] = {"format": FORMAT, "name": "mine", "licence": "CC0"}


def line(clip: str = "a.mp4", **more: Any) -> dict[str, Any]:
    return {"clip": clip, "seconds": 4.2, "fps": 25, "size": [512, 512], **more}


def manifest(folder: Path, *lines: Any, head: Any = HEAD, name: str = "emh.jsonl") -> Path:
    path = folder / name
    texts = [one if isinstance(one, str) else json.dumps(one) for one in (head, *lines)]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def clip(name: str, category: str | None, actor: str | None, **more: Any) -> EmhClip:
    return EmhClip(f"{name}.mp4", 4.0, 25.0, (256, 256), category, actor=actor, **more)


def emh(*clips: EmhClip) -> Emh:
    return Emh("mine", clips)
