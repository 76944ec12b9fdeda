"""What is shipped is whole: the wheel runs without the checkout it was built from."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory with the content of a freshly built wheel."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(out), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = out.glob("facet-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out / "content")
    return out / "content"


def test_the_browser_files_are_in_the_wheel(unpacked: Path):
    dist = unpacked / "api/static/dist"
    files = json.loads((dist / "manifest.json").read_text("utf-8"))
    assert {"app.js", "app.css", "viewer.js", "viewer.css", "icons.svg", "favicon.svg"} <= set(files)
    assert all((dist / name).stat().st_size > 0 for name in files.values())
    assert "bpmn-js" in (dist / "THIRD_PARTY_LICENSES.txt").read_text("utf-8")


def test_everything_that_is_no_python_is_in_the_wheel(unpacked: Path):
    def names(folder: Path, pattern: str) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob(pattern)}

    for folder, pattern in (("api/templates", "*.html"), ("api/locale", "*.po"), ("forms/templates", "*.jinja")):
        assert names(unpacked / folder, pattern) == names(ROOT / folder, pattern) != set()
    bundled = unpacked / "engine/bundled"
    assert names(bundled / "migrations", "*.py") == names(ROOT / "migrations", "*.py") != set()
    assert names(bundled / "processes", "*.bpmn") == names(ROOT / "processes", "*.bpmn") != set()


def test_sources_and_tests_stay_at_home(unpacked: Path):
    top = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}
    assert top == {"engine", "forms", "api"}
    assert not (unpacked / "api/frontend").exists()


def test_an_installed_wheel_finds_its_files(unpacked: Path, tmp_path: Path):
    program = (
        "from api.assets import load_assets; from api.i18n import translator; from engine import places; "
        "print(load_assets()('app.js'), translator('zh')('Inbox'), places.MIGRATIONS, places.PROCESSES, sep='\\n')"
    )
    command = [sys.executable, "-c", program]
    run = subprocess.run(
        command, env={"PYTHONPATH": str(unpacked), "PYTHONUTF8": "1"}, cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    script, inbox, migrations, processes = run.stdout.splitlines()
    assert script.startswith("/static/dist/app-")
    assert inbox == "待办"
    assert Path(migrations) == unpacked / "engine/bundled/migrations"
    assert Path(processes) == unpacked / "engine/bundled/processes"
