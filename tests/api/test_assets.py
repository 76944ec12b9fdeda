from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.assets import AssetsMissing, UnknownAsset, load_assets


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
