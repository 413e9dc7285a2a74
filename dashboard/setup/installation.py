"""What ``./run`` and ``./test`` do before the program itself can start.

Runs on the system's bare Python, so it (and what it imports of ours) uses the standard library
only. Each step is skipped when its result is there already.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes.util import find_library
from pathlib import Path

from dashboard.setup import bundle, vendor
from data.embedded.programs import MAJOR_MIN, has_extension, installed_releases

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = PROJECT / ".venv"
CANNOT = 2
REQUIREMENTS = ("requirements.txt", "requirements-test.txt")
# Debian's package would otherwise make a cluster of its own and leave it running.
NO_CLUSTER = "/etc/postgresql-common/createcluster.d/getu.conf"
SHELL = "chromium-headless-shell"
CJK_FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",)


class InstallationError(Exception):
    """A step that could not be done; the message says what to do."""


def say(text: str) -> None:
    """Tell the person what is going on."""
    print(text, flush=True)


# System packages --------------------------------------------------------------------------------


def missing_packages(*, database: bool, tests: bool) -> list[str]:
    """Return the Debian packages that are needed and not there."""
    missing = []
    if not importlib.util.find_spec("ensurepip"):
        ours = sys.executable.startswith("/usr/bin")
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        missing.append("python3-venv" if ours else f"python{version}-venv")
    releases = {m: f for m, f in installed_releases().items() if m >= MAJOR_MIN}
    spatial = [major for major, folder in releases.items() if has_extension(folder)]
    if database and not spatial:
        newest = max(releases, default=None)
        missing += (
            ["postgresql", "postgresql-postgis"]
            if newest is None
            else [f"postgresql-{newest}-postgis-3"]
        )
    # What PDF sheets are set with: WeasyPrint loads Pango, and Chinese needs a font of its own.
    if not all(find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")):
        missing += ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
    if not any(Path(font).exists() for font in CJK_FONTS):
        missing.append("fonts-noto-cjk")
    if tests:
        newest = max(spatial or releases, default=None)
        if newest is None or not has_extension(releases[newest], "pgrouting"):
            missing.append(f"postgresql-{newest}-pgrouting" if newest else "postgresql-pgrouting")
        if not any(map(shutil.which, (SHELL, "chromium", "chromium-browser"))):
            missing.append("chromium")
        if not shutil.which("ogr2ogr"):
            missing.append("gdal-bin")
    return missing


def install_shell() -> None:
    """Install Chromium without windows, where apt knows it and nobody need be asked.

    Tests of pages are a third cheaper with it. They run without it too, so a failure only costs
    time.
    """
    if shutil.which(SHELL) or not shutil.which("apt-cache"):
        return
    if os.geteuid() != 0 and not (shutil.which("sudo") and _sudo_without_password()):
        return
    known = subprocess.run(["apt-cache", "show", SHELL], capture_output=True, check=False)
    if known.returncode == 0:
        try:
            install_packages([SHELL])
        except InstallationError:
            say(f"{SHELL} cannot be installed; tests use the whole Chromium, which takes longer")


def apt_line(packages: Sequence[str]) -> str:
    """Return the shell line that installs these packages, for root."""
    install = (
        "apt-get update -q && DEBIAN_FRONTEND=noninteractive "
        f"apt-get install -y -q --no-install-recommends --no-remove {' '.join(packages)}"
    )
    if "postgresql" not in packages:
        return install
    return (
        f"mkdir -p {Path(NO_CLUSTER).parent} && echo 'create_main_cluster = false' > {NO_CLUSTER}"
        f" && {install}; code=$?; rm -f {NO_CLUSTER}; exit $code"
    )


def install_packages(packages: Sequence[str]) -> None:
    """Install Debian packages as root or by sudo; else raise with the one line to paste."""
    if not packages:
        return
    line = apt_line(packages)
    paste = f'sudo sh -c "{line.replace("$", chr(92) + "$")}"'
    if not shutil.which("apt-get"):
        raise InstallationError(
            f"missing: {' '.join(packages)} (Debian's names); install them and run this again"
        )
    if os.geteuid() == 0:
        command = ["sh", "-c", line]
    elif shutil.which("sudo") and (sys.stdin.isatty() or _sudo_without_password()):
        command = ["sudo", "sh", "-c", line]
    else:
        raise InstallationError(f"these system packages are missing; paste this line:\n{paste}")
    say(f"installing system packages: {' '.join(packages)}")
    _quietly(command, f"the packages could not be installed; this is the line to try:\n{paste}")


def _sudo_without_password() -> bool:
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def _quietly(command: Sequence[str | Path], failure: str) -> None:
    """Run a command; show what it said only when it fails."""
    answer = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=PROJECT,
        check=False,
    )
    if answer.returncode != 0:
        lines = answer.stdout.strip().splitlines()
        if any("No space left on device" in line for line in lines):
            raise InstallationError(f"the disk is full ({command[0]}): free some space, try again")
        raise InstallationError("\n".join([*lines[-12:], failure]))


# Python environment ------------------------------------------------------------------------------


def _marks(*, tests: bool) -> dict[Path, str]:
    """Return the files that mark a whole environment, with what they must hold."""
    digest = hashlib.sha256(f"{ENVIRONMENT} {sys.version}".encode())
    marks = {}
    for name in REQUIREMENTS if tests else REQUIREMENTS[:1]:
        digest.update((PROJECT / name).read_bytes())
        marks[ENVIRONMENT / f".{name}"] = digest.hexdigest()
    return marks


def _holds(mark: Path, wanted: str) -> bool:
    return (
        (ENVIRONMENT / "bin" / "python").exists() and mark.exists() and mark.read_text() == wanted
    )


def environment_is_whole(*, tests: bool) -> bool:
    """Tell whether ``.venv`` holds the pinned versions for this place and this Python."""
    return all(_holds(mark, wanted) for mark, wanted in _marks(tests=tests).items())


def install_environment(*, tests: bool) -> Path:
    """Make ``.venv`` from the pinned versions, unless it is that already; return its Python.

    Its marks name the pins and the place, so a changed file, another Python, a moved checkout or
    an interrupted attempt is made again.
    """
    python = ENVIRONMENT / "bin" / "python"
    if environment_is_whole(tests=tests):
        return python
    marks = _marks(tests=tests)
    say(f"making the Python environment in {ENVIRONMENT.name} (some minutes the first time)")
    if not environment_is_whole(tests=False):
        _quietly(
            [sys.executable, "-m", "venv", "--clear", ENVIRONMENT],
            f"the environment could not be made: remove {ENVIRONMENT} and try again",
        )
    pinned = REQUIREMENTS[1 if tests else 0]
    _quietly(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", pinned],
        "the Python packages could not be installed: check the network and try again",
    )
    _install_ourselves(python)
    for mark, wanted in marks.items():
        mark.write_text(wanted)
    return python


def _install_ourselves(python: Path) -> None:
    """Put the checkout on the environment's path, and the ``getu`` program beside its Python."""
    packages = next((ENVIRONMENT / "lib").glob("python3*/site-packages"))
    (packages / "getu.pth").write_text(f"{PROJECT}\n")
    program = ENVIRONMENT / "bin" / "getu"
    program.write_text(f"#!{python}\n{(PROJECT / 'app.py').read_text(encoding='utf-8')}")
    program.chmod(0o755)


def install_front_end(*, tests: bool) -> None:
    """Fill ``assets/vendor`` and ``assets/built``, unless they hold what pins and sources say.

    ``tests``: with the programs that check the scripts.
    """
    if tests:
        vendor.packages(PROJECT, vendor.npm_programs(), development=True)
    if not vendor.is_complete(PROJECT):
        say("fetching front-end libraries and fonts")
        vendor.install(PROJECT, vendor.npm_programs())
    bundle.ensure(PROJECT)


def prepare(*, tests: bool) -> Path:
    """Install all that is missing and return the environment's Python.

    Two processes at once take turns, by a lock on the file of requirements.
    """
    with (PROJECT / "requirements.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        database = tests or not os.environ.get("DATABASE_URL")
        install_packages(missing_packages(database=database, tests=tests))
        if tests:
            install_shell()
        python = install_environment(tests=tests)
        install_front_end(tests=tests)
    return python


# The two commands --------------------------------------------------------------------------------


def run(arguments: Sequence[str]) -> int:
    """Do what ``./run`` does: prepare, then become ``getu serve``."""
    python = prepare(tests=False)
    os.execv(python, [str(python), str(PROJECT / "app.py"), "serve", *arguments])  # noqa: S606


CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def _check(tools: Path, environ: dict[str, str]) -> list[str]:
    """Run lint, types and import rules; return the names of those that fail, and say why."""
    failed = []
    for name, *more in CHECKS:
        answer = subprocess.run(
            [tools / name, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=PROJECT,
            env=environ,
            check=False,
        )
        if answer.returncode:
            failed.append(name)
            say(f"== {' '.join((name, *more))}\n{answer.stdout}")
    say(f"failed: {', '.join(failed)}" if failed else "lint, types and import rules hold")
    return failed


def test(arguments: Sequence[str]) -> int:
    """Do what ``./test`` does: prepare, then lint, types and import rules beside the tests.

    With ``--quick`` alone: those, and the tests that need neither database nor browser, with few
    examples a property. With other arguments: only pytest, with these arguments.
    """
    tools = prepare(tests=True).parent
    environ = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    # Compiled tests and modules are kept: else every worker, and every program that tests start,
    # compiles them all anew.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # What mypy knows of files by their content serves every checkout.
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    environ.setdefault("MYPY_CACHE_DIR", str(home / "getu-tests" / "mypy"))
    quick = list(arguments) == ["--quick"]
    chosen = list(arguments)
    if quick or not arguments:
        # A file stays with one worker; tests/durations.py puts the longest files first.
        # One worker more than the two cores: tests of pages wait for the browser now and then.
        chosen += ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
        if quick:
            environ.setdefault("GETU_TEST_PROFILE", "quick")
    say(f"== pytest {' '.join(chosen)}")
    with ThreadPoolExecutor(1) as beside:
        checked = beside.submit(_check, tools, environ) if quick or not arguments else None
        command = ("-m", "pytest", *chosen)
        answer = subprocess.run([tools / "python", *command], cwd=PROJECT, env=environ, check=False)
        failed = checked.result() if checked else []
    return answer.returncode or (1 if failed else 0)


def main(arguments: Sequence[str]) -> int:
    """Run ``run`` or ``test`` with the remaining arguments; print failures without a traceback."""
    try:
        return run(arguments[1:]) if arguments[0] == "run" else test(arguments[1:])
    except (InstallationError, vendor.VendorError, bundle.BundleError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return CANNOT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
