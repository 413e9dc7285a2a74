"""gunicorn's threads, before which requests wait until they are there.

A thread is given to a request whose head has come, and its body too where that is small. Until
then its bytes gather in the worker's one loop, which costs no thread, for at most ``HEAD_S``.

1. A head that is not complete in time is answered 408; so is a small body.
2. A large body, and one of unknown length, is read by a thread: by at most half of them at once,
   at no less than ``SLOWEST_BYTES_S`` on average after ``BODY_S``. More are told to come again.
3. Who takes longer than ``SEND_S`` to take an answer is let go.
"""

from __future__ import annotations

import re
import selectors
import time
from contextlib import suppress
from functools import partial
from threading import BoundedSemaphore
from typing import Any, Final

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

HEAD_S: Final = 10.0
BODY_S: Final = 10.0
SEND_S: Final = 120.0
IDLE_S: Final = 20.0
SLOWEST_BYTES_S: Final = 20_000
MOST_HEAD: Final = 64 * 1024
MOST_GATHERED: Final = 1024 * 1024
PIECE: Final = 64 * 1024
END: Final = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)


def missing(gathered: bytes | bytearray) -> int | None:
    """Return how many bytes more a thread wants before it begins; None while that is unknown.

    0 where it may begin: the request is whole, its body is to be read by the thread itself, or
    the head is too long to be one, which gunicorn refuses.
    """
    end = gathered.find(END)
    if end < 0:
        return None if len(gathered) < MOST_HEAD else 0
    head = bytes(gathered[: end + len(END)])
    length = _LENGTH.search(head)
    if length is None or _CHUNKED.search(head) or _EXPECTS.search(head):
        return 0
    body = int(length[1])
    return 0 if body > MOST_GATHERED else max(0, body - (len(gathered) - len(head)))


def is_long(length: str | None, *, unknown: bool) -> bool:
    """Tell whether a thread reads the body itself; ``length`` as ``Content-Length`` says it."""
    return unknown or (length is not None and length.isdecimal() and int(length) > MOST_GATHERED)


class _TimedUnreader(SocketUnreader):
    """A connection's bytes, which must come at some speed while a thread waits for them."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self.begin()

    def begin(self) -> None:
        """Count from now: another request begins."""
        self._until, self._got = time.monotonic() + BODY_S, 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        left = self._until + self._got / SLOWEST_BYTES_S - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request came too slowly")
        self.sock.settimeout(min(left, BODY_S))
        try:
            piece: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(SEND_S)
        self._got += len(piece)
        return piece


class PatientWorker(ThreadWorker):
    """gunicorn's threaded worker that gives no thread to a request which is still to come."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gathering: dict[Any, tuple[bytearray, float]] = {}
        self._long_bodies = BoundedSemaphore(max(1, self.cfg.threads // 2))

    def enqueue_req(self, conn: Any) -> None:
        """Gather a request; with TLS, where bytes are not to be seen here, give it a thread."""
        if self.cfg.is_ssl or conn.is_http2:
            super().enqueue_req(conn)
            return
        early = b""
        if conn.initialized:
            early = conn.parser.unreader.take_buffered()
        conn.sock.setblocking(False)
        wait_s = HEAD_S if early or conn.initialized else IDLE_S
        self._gathering[conn] = (bytearray(early), time.monotonic() + wait_s)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._gather, conn))
        if early and missing(early) == 0:
            self._begin(conn)
        elif conn.initialized:
            self._gather(conn, conn.sock)

    def _gather(self, conn: Any, sock: Any) -> None:
        gathered, until = self._gathering[conn]
        try:
            piece = sock.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        if not piece:
            self._let_go(conn)
            return
        if not gathered:
            until = time.monotonic() + HEAD_S
        gathered += piece
        self._gathering[conn] = (gathered, until)
        if missing(gathered) == 0:
            self._begin(conn)

    def _begin(self, conn: Any) -> None:
        """Give a request to a thread, with what was gathered of it."""
        gathered, _ = self._gathering.pop(conn)
        self.poller.unregister(conn.sock)
        if not conn.initialized:
            conn.init()
            conn.parser.unreader = _TimedUnreader(conn.sock)
        conn.parser.unreader.begin()
        conn.parser.unreader.unread(bytes(gathered))
        super().enqueue_req(conn)

    def _let_go(self, conn: Any, answer: bytes = b"") -> None:
        del self._gathering[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        if answer:
            with suppress(OSError):  # it may be gone already
                conn.sock.send(answer)
        conn.close()

    def murder_pending(self) -> None:
        """Let those go whose time is over."""
        super().murder_pending()
        now = time.monotonic()
        for conn, (gathered, until) in list(self._gathering.items()):
            if until + len(gathered) / SLOWEST_BYTES_S <= now:
                self._let_go(conn, _short(408, "Request Timeout") if gathered else b"")

    def _cap_keepalive(self, deadline: float) -> None:
        """Wait for nobody beyond ``deadline``: the worker ends."""
        super()._cap_keepalive(deadline)
        for conn, (gathered, until) in list(self._gathering.items()):
            self._gathering[conn] = (gathered, min(until, deadline))

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Answer a request, in a thread."""
        conn.sock.settimeout(SEND_S)
        headers = {name.upper(): value for name, value in req.headers}
        unknown = "TRANSFER-ENCODING" in headers or "EXPECT" in headers
        if not is_long(headers.get("CONTENT-LENGTH"), unknown=unknown):
            return bool(super().handle_request(req, conn))
        if not self._long_bodies.acquire(blocking=False):
            conn.sock.send(_short(503, "Service Unavailable", "Retry-After: 10\r\n"))
            return False
        try:
            return bool(super().handle_request(req, conn))
        finally:
            self._long_bodies.release()


def _short(status: int, why: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} {why}\r\nContent-Length: 0\r\nConnection: close\r\n{more}\r\n"
    return head.encode("ascii")
