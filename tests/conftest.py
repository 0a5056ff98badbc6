"""Fixtures of all tests: no network, no home folder, one tracked portrait for the session."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import settings
from skimage import data

from cogportrait.types import Frame, Portrait

settings.register_profile("no clocks", deadline=None)  # a busy machine is no failure
settings.load_profile("no clocks")


@pytest.fixture(autouse=True, scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Redirect the home and XDG folders, so that no test reads or leaves anything there."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
        patch.setenv("MPLBACKEND", "agg")
        yield folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every attempt to reach another machine fail at once."""

    def refuse(*args: Any) -> NoReturn:
        raise AssertionError(f"a test tried to reach the network: {args}")

    def guarded(name: str) -> Callable[..., Any]:
        real = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            near = isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1")
            return real(self, address) if near else refuse(address)

        return connect

    resolve = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        near = host in ("127.0.0.1", "::1", "localhost", b"127.0.0.1", None)
        return resolve(host, *args, **options) if near else refuse(host)

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(name))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture(scope="session")
def astronaut() -> Frame:
    """Return the NASA portrait, [512, 512, 3]; read-only, because tests share it."""
    image = np.ascontiguousarray(data.astronaut())
    image.setflags(write=False)
    return image


@pytest.fixture(scope="session")
def portrait(astronaut: Frame) -> Portrait:
    """Return the NASA portrait through the real tracker."""
    from cogportrait.face.landmarker import track_portrait

    return track_portrait(astronaut.copy(), name="astronaut")


@pytest.fixture
def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder that may not be written into, also when the tests run as root."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        allowed = os.access

        def refuse(path: str | os.PathLike[str], mode: int) -> bool:
            return allowed(path, mode) and not (mode & os.W_OK and Path(path) == folder)

        monkeypatch.setattr(os, "access", refuse)
    yield folder
    folder.chmod(0o700)
