"""The build hook: when it builds, with which node, and what it says when it cannot."""

from __future__ import annotations

import importlib.util
import json
import stat
import sys
from pathlib import Path
from types import ModuleType

import pytest

HOOK = Path(__file__).parents[1] / "hatch_build.py"


def _load() -> ModuleType:
    """Load the hook as hatchling does: from its path, and never put into `sys.modules`."""
    spec = importlib.util.spec_from_file_location("hatch_build", HOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hook = _load()


@pytest.fixture
def frontend(tmp_path: Path) -> object:
    """A front end of four files and no packages."""
    sources = tmp_path / "frontend"
    (sources / "src").mkdir(parents=True)
    for name in hook.SOURCES:
        (sources / name).write_text("{}")
    (sources / "src" / "app.js").write_text("1")
    return hook.Frontend(sources, tmp_path / "assets", tmp_path / "fonts")


def _built(frontend: object, *, digest: str | None = None) -> None:
    frontend.assets.mkdir(exist_ok=True)
    frontend.fonts.mkdir(exist_ok=True)
    (frontend.assets / "app-1.js").write_text("1")
    (frontend.fonts / "Regular.otf").write_text("1")
    files = {"app.js": "app-1.js"}
    manifest = {"hash": digest or frontend.digest(), "files": files, "fonts": ["Regular.otf"]}
    (frontend.assets / "manifest.json").write_text(json.dumps(manifest))


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_what_is_built_of_these_sources_is_fresh(frontend: object) -> None:
    """Nothing is built again until a source, its name or a built file changes."""
    assert not frontend.is_fresh()
    _built(frontend)
    assert frontend.is_fresh()
    (frontend.sources / "src" / "more.js").write_text("")
    assert not frontend.is_fresh()


def test_a_half_written_or_half_deleted_build_is_not_fresh(frontend: object) -> None:
    """The manifest alone does not count, nor does one that cannot be read."""
    _built(frontend)
    (frontend.assets / "app-1.js").unlink()
    assert not frontend.is_fresh()
    _built(frontend)
    (frontend.fonts / "Regular.otf").unlink()
    assert not frontend.is_fresh()
    _built(frontend)
    (frontend.assets / "manifest.json").write_text('{"hash": ')
    assert not frontend.is_fresh()


def test_times_do_not_matter(frontend: object) -> None:
    """A fresh clone, where every file is new, has the same digest."""
    before = frontend.digest()
    for path in frontend.files():
        path.touch()
    assert frontend.digest() == before


@pytest.mark.parametrize(
    ("version", "taken"), [("v18.19.0", False), ("v20.0.0", True), ("v24.1.0", True), ("?", False)]
)
def test_an_old_node_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    """Debian 12's node 18 is too old; the wheel is used instead."""
    _program(tmp_path / "node", f"print({version!r})")
    _program(tmp_path / "npm", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (hook.machine_node() is not None) == taken


def test_a_node_without_npm_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems package npm apart."""
    _program(tmp_path / "node", "print('v24.0.0')")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hook.machine_node() is None


def _failing(tmp_path: Path, message: str) -> object:
    npm = tmp_path / "npm"
    _program(npm, f"import sys; sys.stderr.write({message!r}); sys.exit(1)")
    return hook.Node(str(tmp_path / "node"), (str(npm),), "test")


def test_a_silent_registry_is_named_as_the_cause(frontend: object, tmp_path: Path) -> None:
    """The message says what failed and the three ways out."""
    with pytest.raises(hook.FrontendError, match=r"registry did not answer.*mirror.*wheel"):
        frontend.build(_failing(tmp_path, "npm error code ECONNREFUSED"))


def test_another_failure_is_not_blamed_on_the_network(frontend: object, tmp_path: Path) -> None:
    """A lock file that does not match the manifest is a different mistake."""
    with pytest.raises(hook.FrontendError, match="could not install"):
        frontend.build(_failing(tmp_path, "npm error code EUSAGE"))


def test_packages_are_installed_once_a_lock_file(frontend: object, tmp_path: Path) -> None:
    """`npm ci` runs again only when the lock file has changed; the bundler runs every time."""
    log = tmp_path / "log"
    _program(
        tmp_path / "npm",
        f"import os; os.makedirs('node_modules', exist_ok=True); open({str(log)!r}, 'a').write('npm ')",
    )
    _program(tmp_path / "node", f"open({str(log)!r}, 'a').write('node ')")
    node = hook.Node(str(tmp_path / "node"), (str(tmp_path / "npm"),), "test")
    frontend.build(node)
    frontend.build(node)
    (frontend.sources / "package-lock.json").write_text('{"changed": true}')
    frontend.build(node)
    assert log.read_text() == "npm node node npm node "
