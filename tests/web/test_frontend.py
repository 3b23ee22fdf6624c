"""The front end's own tests, run by whatever node there is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

FRONTEND = Path(__file__).parents[2] / "frontend"


def _node() -> str:
    """The machine's node, else the one Playwright brings; a bare machine has no other."""
    return shutil.which("node") or str(compute_driver_executable()[0])


def test_the_pure_modules_do_what_they_say() -> None:
    """Gaps, coverage, map geometry, states and Seoul time are right in a browser of another time zone."""
    files = [str(path) for path in sorted((FRONTEND / "tests").glob("*.test.mjs"))]
    done = subprocess.run(
        [_node(), "--test", *files],
        env=os.environ | {"TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_address_of_a_registry_is_written_down() -> None:
    """The lock file names packages and hashes, not the hosts they came from."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        text = (FRONTEND / name).read_text(encoding="utf-8")
        assert '"resolved"' not in text, name
        assert "registry." not in text, name
