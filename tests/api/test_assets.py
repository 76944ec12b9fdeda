from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from api.assets import DIST, AssetsMissing, BuiltFiles, UnknownAsset, load_assets


def test_a_logical_name_becomes_the_address_of_the_built_file(tmp_path: Path):
    (tmp_path / "manifest.json").write_text(json.dumps({"app.js": "app-ABCD1234.js"}))
    assert load_assets(tmp_path)("app.js") == "/static/dist/app-ABCD1234.js"
    assert load_assets(tmp_path, root_path="/facet")("app.js") == "/facet/static/dist/app-ABCD1234.js"


def test_an_unknown_name_says_what_there_is(tmp_path: Path):
    (tmp_path / "manifest.json").write_text(json.dumps({"app.js": "a.js", "app.css": "a.css"}))
    with pytest.raises(UnknownAsset, match=r"'nope.js'; there are app.css, app.js"):
        load_assets(tmp_path)("nope.js")


def test_files_that_were_never_built_are_told_with_the_remedy(tmp_path: Path):
    with pytest.raises(AssetsMissing, match=r"pip install -e \."):
        load_assets(tmp_path)


def test_the_real_build_has_what_the_frame_of_all_pages_names():
    assets = load_assets()
    assert {"app.js", "app.css", "viewer.js", "viewer.css", "icons.svg", "favicon.svg"} <= set(assets.files)


def client(directory: Path) -> TestClient:
    return TestClient(Starlette(routes=[Mount("/static/dist", BuiltFiles(directory))]))


def test_a_built_file_is_kept_for_ever_and_comes_packed(tmp_path: Path):
    (tmp_path / "app-1.js").write_bytes(b"let a = 1")
    (tmp_path / "app-1.js.gz").write_bytes(gzip.compress(b"let a = 1"))
    packed = client(tmp_path).get("/static/dist/app-1.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.text == "let a = 1"
    plain = client(tmp_path).get("/static/dist/app-1.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == "let a = 1"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_a_file_without_a_packed_twin_comes_plain(tmp_path: Path):
    (tmp_path / "font.woff2").write_bytes(b"wOF2")
    answer = client(tmp_path).get("/static/dist/font.woff2", headers={"Accept-Encoding": "gzip"})
    assert (answer.content, answer.headers["content-type"]) == (b"wOF2", "font/woff2")


@pytest.mark.parametrize("path", ["nothing.js", "../assets.py", "%2e%2e/assets.py", ""])
def test_nothing_but_built_files_is_served(path: str):
    assert client(DIST).get(f"/static/dist/{path}").status_code == 404


def test_a_browser_that_has_it_gets_no_second_copy(tmp_path: Path):
    (tmp_path / "a.css").write_text("a {}")
    first = client(tmp_path).get("/static/dist/a.css")
    again = client(tmp_path).get("/static/dist/a.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
