"""A request that is still to come holds no thread: reading goes on beside any number of them."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dashboard.setup.slow_clients import MOST_GATHERED, MOST_HEAD, is_long, missing
from tests.conftest import ROOT

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
# One thread for everything: a single request that held it would end the service.
SERVER = """
    import dataclasses, sys
    from dashboard.settings import read_settings
    from dashboard.setup import slow_clients
    from dashboard.setup import serve

    slow_clients.HEAD_S = 6.0

    def make():
        def application(environ, start):
            body = environ["wsgi.input"].read()
            said = str(len(body)).encode()
            start("200 OK", [("Content-Length", str(len(said)))])
            return [said]
        return application

    settings = dataclasses.replace(read_settings({}), port=int(sys.argv[1]), threads=1)
    serve.serve(settings, make, str)
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    command = [sys.executable, "-c", textwrap.dedent(SERVER), str(free)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "http://" in process.stdout.readline()
        yield free
        process.terminate()


def opened(port: int, sent: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=60)
    made.sendall(sent)
    return made


def answered(one: socket.socket) -> bytes:
    """Return the answer: until its body, of one piece, is there."""
    said = b""
    while b"\r\n\r\n" not in said or said.endswith(b"\r\n\r\n"):
        piece = one.recv(4096)
        if not piece:
            break
        said += piece
    return said


def is_open(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return one.recv(1) != b""
    except BlockingIOError:
        return True
    finally:
        one.settimeout(60)


def test_half_sent_heads_and_bodies_hold_no_thread(port: int) -> None:
    half = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
    with ExitStack() as stack:
        slow = [stack.enter_context(opened(port, half)) for _ in range(30)]
        slow += [stack.enter_context(opened(port, half + b"\r\nabc")) for _ in range(30)]
        slow += [stack.enter_context(opened(port, b"")) for _ in range(30)]
        with opened(port, GET) as quick:
            assert answered(quick).startswith(b"HTTP/1.1 200")
        assert is_open(slow[-1])  # it was answered beside them and not after them
        for one in slow[30:60]:
            one.sendall(b"defghi")
        assert answered(slow[30]).endswith(b"9")


def test_who_does_not_go_on_is_let_go(port: int) -> None:
    with opened(port, b"GET / HTTP/1.1\r\nHo") as slow:
        assert answered(slow).startswith(b"HTTP/1.1 408")


def test_one_connection_brings_several_requests_in_any_pieces(port: int) -> None:
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
    with opened(port, GET) as one:
        assert answered(one).startswith(b"HTTP/1.1 200")
        one.sendall(post[:20])
        one.sendall(post[20:-1])
        one.sendall(post[-1:] + GET[:10])  # and the next one begins already
        assert answered(one).endswith(b"3")
        one.sendall(GET[10:])
        assert answered(one).startswith(b"HTTP/1.1 200")


def test_a_large_body_is_read_by_a_thread(port: int) -> None:
    size = 3 * MOST_GATHERED
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n"
    with opened(port, head.encode() + b"x" * size) as one:
        assert answered(one).endswith(str(size).encode())


def test_a_body_of_unknown_length_is_read_to_its_end(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with opened(port, head + b"5\r\nabcde\r\n2\r\nfg\r\n0\r\n\r\n") as one:
        assert answered(one).endswith(b"7")


@pytest.mark.parametrize(
    ("gathered", "more"),
    [
        (b"", None),
        (GET[:-1], None),
        (GET, 0),
        (b"x" * MOST_HEAD, 0),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", 6),
        (b"POST / HTTP/1.1\r\ncontent-length:9\r\n\r\nabcdefghi and more", 0),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 0),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n", 0),
        (b"POST / HTTP/1.1\r\nContent-Length: -9\r\n\r\n", 0),
    ],
)
def test_a_thread_begins_when_nothing_is_missing(gathered: bytes, more: int | None) -> None:
    assert missing(gathered) == more


def test_a_long_body_is_one_that_does_not_gather() -> None:
    assert not is_long(None, unknown=False)
    assert not is_long(str(MOST_GATHERED), unknown=False)
    assert is_long(str(MOST_GATHERED + 1), unknown=False)
    assert is_long(None, unknown=True)
