"""Fixtures of the tests of files: `world`, a fresh installation per test; `files`, an empty store of each kind."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from engine.files import FileStore, LocalFiles, open_files
from engine.settings import Settings
from tests.api.conftest import shared_app, world, world_template

__all__ = ["shared_app", "world", "world_template"]


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    """A server on this machine that speaks S3, as long as the tests run."""
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def s3_settings(s3_address: str, tmp_path: Path) -> Settings:
    """Settings with an empty bucket."""
    bucket = f"facet-{uuid.uuid4().hex}"
    boto3.client(
        "s3", endpoint_url=s3_address, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    ).create_bucket(Bucket=bucket)
    return Settings(
        data_dir=tmp_path,
        files_url=f"s3://{bucket}/facet/files",
        files_endpoint=s3_address,
        files_key="key",
        files_secret="secret",
        files_region="us-east-1",
    )


@pytest.fixture(params=["local", "memory", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty store."""
    if request.param == "local":
        return LocalFiles(tmp_path / "files")
    if request.param == "memory":
        return open_files(Settings(data_dir=tmp_path, files_url=f"memory://{uuid.uuid4().hex}/files"))
    return open_files(request.getfixturevalue("s3_settings"))
