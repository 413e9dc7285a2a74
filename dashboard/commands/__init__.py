"""The command line: one file per command, found by itself, imported only when it is called.

A command module has ``NAME: str``, ``HELP: str`` (one line), ``add_arguments(parser) -> None``,
``run(args) -> int`` (0 done, 1 findings, 2 cannot) and maybe ``EXAMPLE: str`` for its ``--help``.
``args.lang`` is the language of what it says; sentences are English here and become Chinese in
``dashboard/text``. What takes time to import is imported by ``run``.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from logging import DEBUG, Logger, StreamHandler, getLogger
from pathlib import Path
from typing import Any, Final, NoReturn

from dashboard.events import event, keep_events
from dashboard.text import Language, text
from dashboard.text.help import Parser, command_help, spoken
from dashboard.text.refusals import full
from data.importers.reading.child.trust import files_of_others, own_files
from layers.kit import clock
from layers.kit.errors import GetuError

DONE, FINDINGS, CANNOT, INTERRUPTED = 0, 1, 2, 130
DESCRIPTION = "格图 Getu: a map desk for county grid governance"


@dataclass(frozen=True, slots=True)
class Command:
    """What a command's file says about itself, read without importing it."""

    name: str
    help: str
    example: str
    module: str


def commands(folder: Path | None = None) -> dict[str, Command]:
    """Return the commands in this folder by name, from the constants at the top of each file."""
    found = {}
    for path in sorted((folder or Path(__file__).parent).glob("*.py")):
        if path.stem.startswith("_"):
            continue
        texts = _constants(path)
        name = texts.get("NAME", path.stem.strip("_"))
        module = f"{__name__}.{path.stem}"
        found[name] = Command(name, texts.get("HELP", ""), texts.get("EXAMPLE", ""), module)
    return dict(sorted(found.items()))


def _constants(path: Path) -> dict[str, str]:
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
    except (SyntaxError, UnicodeDecodeError):
        return {"HELP": "(this command's file is broken)"}
    texts = {}
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if (
            isinstance(node, (ast.Assign, ast.AnnAssign))
            and isinstance(target, ast.Name)
            and isinstance(value, ast.Constant)
            and isinstance(value.value, str)
        ):
            texts[target.id] = value.value
    return texts


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises, never shows a traceback."""
    if argv is None:  # a process of its own: what is imported is not looked at as garbage
        gc.disable()
    lang, arguments = spoken(sys.argv[1:] if argv is None else argv, os.environ)
    try:
        return _dispatch(arguments, lang, frozen=argv is None)
    except SystemExit as stop:  # argparse, and gunicorn's arbiter
        return stop.code if isinstance(stop.code, int) else CANNOT if stop.code else DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # getu demo --list | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except GetuError as error:
        _complain(full(error, lang))
        return CANNOT
    except Exception as error:
        _complain(unexpected(error, lang))
        return CANNOT
    finally:
        if argv is None:  # the end would look through all that is left: a quarter of a second
            gc.freeze()


_TRUST: Final[Mapping[str, Callable[[], AbstractContextManager[None]]]] = {
    "serve": nullcontext,
    "import": files_of_others,
}
"""Who else's files a command reads; the others read those of whoever runs them."""


def _dispatch(arguments: list[str], lang: Language, *, frozen: bool) -> int:
    known = commands()
    if not arguments or arguments[0] not in known:
        parser = Parser(prog="getu", description=DESCRIPTION, lang=lang)
        listed = parser.add_subparsers(
            title="commands", metavar="COMMAND", parser_class=argparse.ArgumentParser
        )
        for command in known.values():
            listed.add_parser(
                command.name, help=command_help(command.help, lang).replace("%", "%%")
            )
        parser.speak()
        parser.parse_args(arguments or ["--help"])
        return CANNOT
    command = known[arguments[0]]
    module = importlib.import_module(command.module)
    parser = Parser(
        prog=f"getu {command.name}", description=command.help, lang=lang, example=command.example
    )
    module.add_arguments(parser)
    parser.speak()
    parsed = parser.parse_args(arguments[1:])
    _configure_logging()
    _note_in(lang)
    # Files of a command belong to whoever runs it; those that are imported, strangers sent.
    trust = _TRUST.get(command.name, own_files)()
    if frozen:
        if command.name != "serve":  # which lives long; the others import more and end soon
            gc.set_threshold(100_000, 50, 50)
        gc.freeze()
        gc.enable()
    began, code = time.monotonic(), CANNOT
    try:
        with _interruptible(), trust:
            code = module.run(parsed)
    finally:
        _note(command.name, code, time.monotonic() - began)
    return code


def _note(name: str, code: int, seconds: float) -> None:
    """Write the line of a command, where the program has a state folder already."""
    from dashboard.settings import read_settings

    path = read_settings().events
    if path.parent.is_dir():
        keep_events(path)
        event("command", name=name, code=code, ms=round(seconds * 1000))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal leave by one door: the server is stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        handlers[signal.SIGHUP] = _terminate
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _terminate(number: int, frame: object) -> NoReturn:  # noqa: ARG001
    raise KeyboardInterrupt


def _complain(message: str) -> None:
    print(f"getu: {' '.join(message.split())}", file=sys.stderr)


class _Terminal(StreamHandler):
    """Writes to standard error as it is now: tests and embedders exchange it."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _: Any) -> None:
        pass


def _configure_logging() -> None:
    """Show the program's own notes on the terminal, once per process."""
    from dashboard.settings import read_settings

    root: Logger = getLogger()
    if any(isinstance(handler, _Terminal) for handler in root.handlers):
        return
    root.addHandler(_Terminal())
    level = read_settings().log_level
    for name in ("dashboard", "layers", "data"):
        getLogger(name).setLevel(level)
    if level == "DEBUG":
        root.setLevel(DEBUG)


def _note_in(lang: Language) -> None:
    """Let the notes on the terminal be in the language of this command."""
    from dashboard.text.notes import Notes

    for handler in getLogger().handlers:
        if isinstance(handler, _Terminal):
            handler.setFormatter(Notes(lang))


def unexpected(error: BaseException, lang: Language = "en") -> str:
    """Write an unforeseen exception's traceback to the log and return the line to show."""
    lines = traceback.format_exception(error)
    values = {"kind": type(error).__name__, "error": str(error)}
    try:
        from dashboard.settings import read_settings

        log = read_settings().log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{clock.now().isoformat()} getu\n{''.join(lines)}\n")
    except (OSError, GetuError):
        where = traceback.extract_tb(error.__traceback__)
        place = f" ({where[-1].filename}:{where[-1].lineno})" if where else ""
        return text("command.unexpected_without_log", lang, values | {"place": place})
    return text("command.unexpected", lang, values | {"log": str(log)})
