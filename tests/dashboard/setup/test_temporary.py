"""Temporary files of a server go with it, and at the next start when it was killed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dashboard.setup.temporary import temporary_folder
from tests.conftest import ROOT

KILLED = """
import os, signal, sys, tempfile
from pathlib import Path
from dashboard.setup.temporary import temporary_folder
with temporary_folder(Path(sys.argv[1])) as own:
    folder = tempfile.mkdtemp()
    Path(folder, "given.csv").write_text("of somebody")
    print(own, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_server_left_goes_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run = subprocess.run(
        [sys.executable, "-c", KILLED, "/srv/getu"],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env={"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    left = Path(run.stdout.strip())
    assert list(left.rglob("given.csv"))
    with temporary_folder(Path("/srv/getu")) as own:
        assert not left.exists()
        with tempfile.TemporaryDirectory() as folder:
            assert Path(folder).parent == own
        with temporary_folder(Path("/srv/getu")):  # a second one beside it
            assert own.exists()
    assert list(tmp_path.glob("getu-*")) == []
