"""Browser files by their logical names: "app.js" becomes "/static/dist/app-JBKVFGOJ.js".

Built names carry a digest of their content, so browsers may keep them for ever (`CACHE_FOREVER`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DIST = Path(__file__).resolve().parent / "static" / "dist"
"""Directory that the frontend build writes and the application serves under `/static/dist`."""

CACHE_FOREVER = "public, max-age=31536000, immutable"
"""Cache-Control value for everything in `DIST`."""


class AssetsMissing(Exception):
    """The browser files were never built: an installation fault, told at start-up and not at the first page."""

    def __init__(self, dist: Path) -> None:
        super().__init__(
            f"The browser files are missing: {dist} has no manifest.json. Build them with `pip install -e .` "
            "(with uv: `uv sync --reinstall-package facet`)."
        )


class UnknownAsset(KeyError):
    """A template names a file that the build does not produce."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The built files: `files` maps logical to built names, `prefix` is the URL path they are served under."""

    files: Mapping[str, str]
    prefix: str = "/static/dist/"

    def __call__(self, name: str) -> str:
        """URL path of a logical name such as "app.js"; raises UnknownAsset."""
        try:
            return self.prefix + self.files[name]
        except KeyError:
            raise UnknownAsset(f"no browser file {name!r}; there are {', '.join(sorted(self.files))}") from None


def load_assets(dist: Path = DIST, root_path: str = "") -> Assets:
    """Read the build's manifest; raises AssetsMissing when there is none.

    `root_path` is the path under which a proxy serves the whole application, without a trailing slash.
    """
    manifest = dist / "manifest.json"
    if not manifest.is_file():
        raise AssetsMissing(dist)
    return Assets(json.loads(manifest.read_text("utf-8")), f"{root_path}/static/dist/")
