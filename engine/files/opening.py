"""Which file store the settings mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from engine.files.local import LocalFiles
from engine.files.remote import RemoteFiles
from engine.files.store import FileStore
from engine.settings import Settings

_S3: Final = ("s3", "s3a")


def open_files(settings: Settings, url: str | None = None) -> FileStore:
    """The store of the settings, or the one at `url` with their access data: a folder, `file:///folder`, `s3://bucket/prefix`
    or another address that fsspec knows. Nothing is asked of it yet. FilesUnavailable: its package is not installed."""
    chosen = settings.files_url if url is None else url
    if not chosen:
        return LocalFiles(settings.data_dir / "attachments")
    parts = urlsplit(chosen)
    if parts.scheme == "file":
        return LocalFiles(Path(url2pathname(parts.path)))
    if "://" not in chosen:
        return LocalFiles(Path(chosen))
    return RemoteFiles(chosen, _s3(settings) if parts.scheme in _S3 else {})


def _s3(settings: Settings) -> dict[str, Any]:
    """What s3fs takes. Without key and secret it finds them as every program for S3 does: AWS_…, instance roles."""
    options: dict[str, Any] = {
        "config_kwargs": {
            "connect_timeout": 5,
            "read_timeout": 30,
            "retries": {"max_attempts": 3},
            "s3": {"addressing_style": settings.files_addressing},
            # stores that are not Amazon's often lack the newer checksums
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        }
    }
    if settings.files_endpoint:
        options["endpoint_url"] = settings.files_endpoint
    if settings.files_region:
        options["client_kwargs"] = {"region_name": settings.files_region}
    if settings.files_key and settings.files_secret is not None:
        options |= {"key": settings.files_key, "secret": settings.files_secret.get_secret_value()}
    return options
