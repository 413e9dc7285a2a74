"""Files of others are parsed in a child that can be killed and reaches nothing else.

1. The child is forked from a small server process that has the libraries loaded and no threads,
   connections or secrets of ours, so that it starts within milliseconds.
2. It has no network (a namespace of its own, where the kernel allows one), reads only the
   program, the system's libraries and the file's own folder (Landlock), and no GDAL driver
   that opens other files or addresses (``walls.DRIVERS`` lists what is let in, not what is
   kept out).
3. Its processor seconds, memory and file sizes are bounded by the size of the file that it reads.
4. What it says comes back; what kills it becomes a fault of the file.

``getu import`` reads what others sent too: its children are forked from itself, without its
connections. Other commands read the files of whoever runs them themselves (``trust.own_files``).
"""

from __future__ import annotations

import functools
import importlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from logging import getLogger
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from threading import Lock
from typing import Any, Final, ParamSpec, TypeVar

from data.importers.reading.child import walls
from data.importers.reading.child.trust import is_forked, is_own, own_files
from data.importers.reading.faults import Faults
from layers.kit.errors import GetuError, InputError

logger = getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

_WALL: Final = 8
"""Seconds of the clock per second of the processor: a loaded machine must not refuse a file."""

_starting = Lock()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a child may use: at first, and for each megabyte of the file."""

    seconds: float = 1.2
    seconds_per_mb: float = 3.0
    memory_mb: float = 250.0
    memory_mb_per_mb: float = 60.0
    most_memory_mb: float = 6000.0

    def seconds_for(self, size: int) -> float:
        """Return the processor seconds for a file of ``size`` bytes."""
        return self.seconds + self.seconds_per_mb * size / 1e6

    def memory_for(self, size: int) -> int:
        """Return the bytes of memory for a file of ``size`` bytes."""
        wanted = self.memory_mb + self.memory_mb_per_mb * size / 1e6
        return int(min(wanted, self.most_memory_mb) * 1e6)


def warm() -> None:
    """Start the server of children now, so that the first file does not wait for it.

    Where the program ends meanwhile (its children too, by the same interrupt) there is nothing to
    make ready any more; a machine too busy for a child's first seconds will say so to a reader.
    """
    if is_own():
        return
    with suppress(EOFError, OSError, InputError):
        _run(_nothing, (Path(os.devnull),), {}, Bounds(seconds=20))


def _nothing(path: Path) -> None:
    pass


def confined(bounds: Bounds | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a reader (its first argument is the file's path) run in a child.

    Faults and lists among the arguments come back as the child left them; functions among them
    are called here. Raises what the reader raises, and ``InputError`` (``file_slow``,
    ``file_memory``, ``file_crashes``) when the child had to be ended.
    """

    def wrap(reader: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(reader)
        def read(*args: P.args, **kwargs: P.kwargs) -> R:
            if is_own():
                return reader(*args, **kwargs)
            result: R = _run(reader, args, kwargs, bounds or Bounds())
            return result

        return read

    return wrap


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let a Ctrl-C wait: the server of children, born in here, leaves it to us from the start.

    A terminal sends it to every process; the server heeds it while it imports, with a traceback.
    """
    resource_tracker.ensure_running()  # its start lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_PRELOADED: Final = f"{__package__.partition('.reading')[0]}.preloaded"  # readers and kinds


def _context() -> Any:
    if is_forked():
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    return context


def _run(reader: Any, args: tuple[Any, ...], kwargs: dict[str, Any], bounds: Bounds) -> Any:
    path = Path(args[0]).resolve()
    size = path.stat().st_size if path.is_file() else 0
    context = _context()
    ours, theirs = context.Pipe()
    calls = {n: v for n, v in enumerate(args) if callable(v)}
    named = {n: v for n, v in kwargs.items() if callable(v)}
    sent = [None if n in calls else v for n, v in enumerate(args)]
    passed = {n: None if n in named else v for n, v in kwargs.items()}
    task = (reader.__module__, reader.__qualname__, sent, passed, tuple(calls), tuple(named))
    seconds = bounds.seconds_for(size)
    limits = (seconds, bounds.memory_for(size), str(path.parent))
    child = context.Process(target=_child, args=(theirs, task, limits), daemon=True)
    with _starting, _interrupts_held():
        child.start()
    theirs.close()
    try:
        said = _listen(ours, {**calls, **named}, seconds * _WALL + 10)
    finally:
        ours.close()
        if child.is_alive():
            child.kill()
        child.join()
        code = child.exitcode
        child.close()
    if said is None:
        _killed(path, code, seconds)
    kind, value, changed = said
    for place, after in changed:
        before = args[place] if isinstance(place, int) else kwargs[place]
        if isinstance(before, Faults):
            before.__dict__.update(after.__dict__)
        else:
            before[:] = after
    if kind == "refused":
        raise value.again()
    if kind == "memory":
        _refuse(path, "file_memory", megabytes=bounds.memory_for(size) / 1e6)
    if kind == "broken":
        logger.info("%s: %s", path.name, value)
        _refuse(path, "file_unreadable")
    return value


def _listen(pipe: Pipe, calls: dict[Any, Any], wall: float) -> Any:
    """Return (kind, value, changed arguments), or None when the child ended or hangs."""
    until = time.monotonic() + wall
    while pipe.poll(max(0.0, until - time.monotonic())):
        try:
            said = pipe.recv()
        except (EOFError, OSError):
            return None
        if said[0] != "call":
            return said
        calls[said[1]](*said[2])
    return None


def _killed(path: Path, code: int | None, seconds: float) -> None:
    if code in (-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGKILL, None):
        _refuse(path, "file_slow", seconds=seconds)
    _refuse(path, "file_crashes")


def _refuse(path: Path, code: str, **values: Any) -> None:
    faults = Faults(path.name)
    faults.add(code, **values)
    faults.stop()


# In the child -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An exception of ours as values: exceptions with arguments of their own do not travel."""

    kind: type[GetuError]
    said: Any
    findings: tuple[Any, ...]

    def again(self) -> GetuError:
        if issubclass(self.kind, InputError):
            return self.kind(self.said, self.findings)
        return self.kind(self.said)


def _child(pipe: Pipe, task: tuple[Any, ...], limits: tuple[float, int, str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if is_forked():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        walls.drop_connections(but=pipe.fileno())
        importlib.import_module(_PRELOADED)
        walls.keep_drivers()
    module, name, args, kwargs, calls, named = task
    reader: Any = importlib.import_module(module)
    for part in name.split("."):
        reader = getattr(reader, part)
    for place in calls:
        args[place] = functools.partial(_call, pipe, place)
    for place in named:
        kwargs[place] = functools.partial(_call, pipe, place)
    walls.close_in(*limits)
    told: tuple[str, Any]
    try:
        with own_files():  # what a reader calls in turn is read here too
            told = ("done", reader(*args, **kwargs))
    except GetuError as error:
        told = ("refused", _Refusal(type(error), error.said, getattr(error, "findings", ())))
    except MemoryError:
        told = ("memory", None)
    except Exception as error:  # a library's own: its sentence is not for the page, its name is
        told = ("broken", type(error).__name__)
    walls.let_speak()
    changed = [
        (place, value)
        for place, value in [*enumerate(args), *kwargs.items()]
        if isinstance(value, Faults | list)
    ]
    with suppress(BrokenPipeError):
        pipe.send((*told, changed))
    pipe.close()
    os._exit(0)  # libraries' own endings are nobody's concern here


def _call(pipe: Pipe, place: Any, *values: Any) -> None:
    pipe.send(("call", place, values))
