"""The lock files: hashes, and no addresses."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_hashed_and_names_no_host(lock):
    """A lock says what, exactly, and never from where."""
    text = lock.read_text()
    assert "://" not in text
    requirements = text.replace("\\\n", "").splitlines()
    for line in requirements:
        if line and not line.lstrip().startswith("#"):
            assert "==" in line, line
            assert "--hash=sha256:" in line, line


def test_the_npm_lock_has_integrity_and_no_registry():
    """Every JavaScript package is checked against its hash, from whichever registry it comes."""
    packages = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        if path:
            assert "resolved" not in package, path
            assert package.get("integrity", "").startswith("sha512-"), path


def test_there_is_no_second_lock():
    """`uv.lock` would name hosts and resolve anew."""
    assert "uv.lock" in (ROOT / ".gitignore").read_text().splitlines()
