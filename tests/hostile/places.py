"""What no reader may touch: a file beside, and a listener."""

from __future__ import annotations

import ctypes
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

SECRET = "s3cret-of-the-server"
_OPEN, _ACCESS = 0x20, 0x1
_NONBLOCK = 0o4000


@dataclass
class Canary:
    """A file that tells when it is opened, and a port that tells when it is called."""

    folder: Path
    file: Path = field(init=False)
    watch: int = field(init=False)
    listener: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.file = self.folder / "canary.csv"
        self.file.write_text(f"name,lon,lat\n{SECRET},1,1\n")
        libc = ctypes.CDLL(None, use_errno=True)
        self.watch = libc.inotify_init1(_NONBLOCK)
        libc.inotify_add_watch(self.watch, os.fsencode(self.file), _OPEN | _ACCESS)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)

    @property
    def url(self) -> str:
        """Return an address at which nobody may ask."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/hostile"

    def was_read(self) -> bool:
        """Tell whether anybody has opened the file since the last question."""
        try:
            return bool(os.read(self.watch, 4096))
        except BlockingIOError:
            return False

    def was_called(self) -> bool:
        """Tell whether anybody has called since the last question."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self.watch)
        self.listener.close()
