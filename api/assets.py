"""Browser files by their logical names: "app.js" becomes "/static/dist/app-JBKVFGOJ.js"; and the serving of them.

Built names carry a digest of their content, so browsers may keep them for ever (`CACHE_FOREVER`).
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).resolve().parent / "static" / "dist"
"""Directory that the frontend build writes and the application serves under `/static/dist`."""

CACHE_FOREVER = "public, max-age=31536000, immutable"
"""Cache-Control value for everything in `DIST`."""


_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
"""Not left to the machine's own table, which may know none of them or call scripts plain text."""


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


class BuiltFiles(StaticFiles):
    """ASGI application for `DIST`, mounted at `/static/dist`: cached for ever, gzip as the build made it."""

    def __init__(self, directory: Path = DIST) -> None:
        super().__init__(directory=directory)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or its `.gz` twin for who takes that; anything but a file raises HTTPException 404 or 405."""
        packed = "gzip" in Headers(scope=scope).get("accept-encoding", "") and self.lookup_path(f"{path}.gz")[1]
        response = await super().get_response(f"{path}.gz" if packed else path, scope)
        kind = _TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "text/plain"
        response.headers["Content-Type"] = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        response.headers["Cache-Control"] = CACHE_FOREVER
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        return response
