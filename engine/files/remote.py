"""Contents in a store that fsspec reaches: S3 and what speaks like it, other clouds."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, cast

import fsspec

from engine.errors import FacetError
from engine.files.store import CHUNK, FilesUnavailable, Kept, Stored, is_place, missing, path_of, write_down

log = logging.getLogger(__name__)

_BLOCK: Final = 1024 * 1024
"""Bytes that are fetched at a time while somebody downloads."""


class RemoteFiles:
    """Objects `<prefix>/ab/cd/abcd…` of a file system of fsspec. Uploads stand in a temporary file of this machine until
    they are complete; an object appears whole."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        """`url`: protocol, bucket and prefix, as `s3://bucket/facet`; `options`: what fsspec's file system takes.

        FilesUnavailable when there is no such protocol, or its package is not installed.
        """
        self._url = url
        try:
            # an instance of its own that remembers no lists: other processes write too
            found = fsspec.core.url_to_fs(url, skip_instance_cache=True, use_listings_cache=False, **options)
        except (ImportError, ValueError) as error:
            raise FilesUnavailable(
                f"FACET_FILES_URL cannot be used: {error}. For S3 install facet[s3].",
                f"FACET_FILES_URL 无法使用：{error}。使用 S3 请安装 facet[s3]。",
            ) from error
        self._system, root = found
        self._root = root.rstrip("/")

    def put(self, stream: BinaryIO, *, limit: int, keep_position: bool = False) -> Stored:
        with tempfile.NamedTemporaryFile() as draft:
            stored = write_down(stream, cast(BinaryIO, draft), limit, keep_position)
            draft.flush()
            self._upload(draft.name, stored.place)
        return stored

    def copy(self, place: str, stream: BinaryIO) -> None:
        with tempfile.NamedTemporaryFile() as draft:
            shutil.copyfileobj(stream, draft, CHUNK)
            draft.flush()
            self._upload(draft.name, place)

    def _upload(self, draft: str, place: str) -> None:
        with _answered(self._url):
            self._system.put_file(draft, self._path(place))

    def open(self, place: str) -> BinaryIO:
        with _answered(self._url):
            return cast(BinaryIO, self._system.open(self._path(place), "rb", block_size=_BLOCK))

    def remove(self, place: str) -> None:
        path = self._path(place)
        with _answered(self._url):
            try:
                self._system.rm_file(path)
            except FileNotFoundError:
                return

    def everything(self) -> Iterator[Kept]:
        for folder in self._folders():
            with _answered(self._url):
                found = self._system.find(folder, detail=True)
            for path, about in found.items():
                place = path.rpartition("/")[2]
                if is_place(place):
                    yield Kept(place, int(about["size"] or 0), _written_at(about))

    def _folders(self) -> list[str]:
        """The first level, so that a list of everything need not be in memory at once."""
        with _answered(self._url):
            try:
                return [about["name"] for about in self._system.ls(self._root, detail=True)]
            except FileNotFoundError:
                return []

    def _path(self, place: str) -> str:
        return "/".join((self._root, *path_of(place)))


def _written_at(about: Mapping[str, Any]) -> datetime:
    """Each file system has a name of its own for it; without any, it counts as written just now."""
    said = about.get("LastModified") or about.get("mtime") or about.get("created") or about.get("last_modified")
    if isinstance(said, int | float):
        return datetime.fromtimestamp(said, UTC)
    if not isinstance(said, datetime):
        return datetime.now(UTC)
    return said if said.tzinfo is not None else said.replace(tzinfo=UTC)


@contextmanager
def _answered(url: str) -> Iterator[None]:
    """NotFound for what is not there; anything else that goes wrong is the store's."""
    try:
        yield
    except FacetError:
        raise
    except FileNotFoundError as error:
        raise missing() from error
    except Exception as error:  # every file system has errors of its own
        log.exception("the file store %s does not answer", url)
        raise FilesUnavailable(
            "The file store does not answer. Please try again in a moment.", "文件存储无响应，请稍后重试。"
        ) from error
