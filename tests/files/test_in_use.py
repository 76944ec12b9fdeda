"""A store in use: the whole way from a browser into a bucket and back, and the worker that cleans it."""

from __future__ import annotations

import time

import pytest

from engine import bus
from engine.commands.attachments import RemoveAttachment
from engine.files import FilesUnavailable, open_files
from engine.settings import Settings
from engine.worker import Worker
from tests.support import World

V1 = "/api/v1"
TEXT = b"a line of text\n" * 200_000


@pytest.fixture
def bucket(world: World, s3_settings: Settings) -> World:
    """The world with its files in a bucket."""
    world.services.files = open_files(s3_settings)
    return world


def test_a_file_goes_through_the_server_into_a_bucket_and_back(bucket: World) -> None:
    ann = bucket.client("ann")
    task = bucket.task(bucket.purchase())
    made = ann.post(f"{V1}/tasks/{task}/attachments", files={"file": ("long.txt", TEXT)})
    assert made.status_code == 201
    id = made.json()["id"]
    assert ann.get(f"{V1}/attachments/{id}/content").content == TEXT
    part = ann.get(f"{V1}/attachments/{id}/content", headers={"Range": "bytes=2999985-"})
    assert (part.status_code, part.content) == (206, b"a line of text\n")
    again = ann.post(f"{V1}/tasks/{task}/attachments", files={"file": ("same.txt", TEXT)})
    assert again.status_code == 201 and bucket.services.files is not None
    assert len(list(bucket.services.files.everything())) == 1
    refused = ann.post(f"{V1}/tasks/{task}/attachments", files={"file": ("x.exe", b"MZ")})
    assert refused.status_code == 422 and len(list(bucket.services.files.everything())) == 1


def test_a_bucket_that_does_not_answer_is_said_and_nothing_is_attached(bucket: World) -> None:
    ann = bucket.client("ann")
    task = bucket.task(bucket.purchase())

    class Silent:
        def __getattr__(self, name: str) -> object:
            raise FilesUnavailable("The file store does not answer. Please try again in a moment.", "文件存储无响应。")

    bucket.services.files = Silent()  # type: ignore[assignment]
    answer = ann.post(f"{V1}/tasks/{task}/attachments", files={"file": ("a.txt", b"text")})
    assert (answer.status_code, answer.json()["code"]) == (503, "files-unavailable")
    assert ann.get(f"{V1}/tasks/{task}/attachments").json()["items"] == []


def test_the_worker_cleans_when_it_starts(bucket: World) -> None:
    ann, files = bucket.client("ann"), bucket.services.files
    assert files is not None
    task = bucket.task(bucket.purchase())
    id = ann.post(f"{V1}/tasks/{task}/attachments", files={"file": ("a.txt", b"text")}).json()["id"]
    bus.run(bucket.services, RemoveAttachment(id), bucket.actor("ann"))
    bucket.services.files_grace *= 0
    worker = Worker(bucket.services, threads=1, poll_seconds=0.05)
    worker.start()
    deadline = time.monotonic() + 20
    while list(files.everything()) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.stop()
    assert not list(files.everything())
