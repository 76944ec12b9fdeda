"""Settings: few, documented in both languages, wrong ones named."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.settings import Settings, misspelt, page
from engine.variables import DEFAULT_LIMITS

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FACET_{name.upper()}", raising=False)


def test_no_setting_without_a_line_in_the_docs() -> None:
    assert DOCUMENTATION.read_text(encoding="utf-8") == page(), "run: python -m engine.settings"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_is_described_in_both_languages(name: str) -> None:
    field = Settings.model_fields[name]

    assert field.description
    assert isinstance(field.json_schema_extra, dict)
    assert any("一" <= character <= "鿿" for character in str(field.json_schema_extra["zh"]))


def test_nothing_has_to_be_set() -> None:
    settings = Settings()

    assert settings.database_url == "sqlite:///data/facet.db"
    assert settings.synchronous == "FULL"
    assert settings.data_limits == DEFAULT_LIMITS


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACET_DATA_DIR", "/srv/facet")
    monkeypatch.setenv("FACET_PORT", "9000")
    monkeypatch.setenv("FACET_METRICS", "false")
    monkeypatch.setenv("FACET_ZONE", "")  # empty means unset

    settings = Settings()

    assert settings.database_url == "sqlite:////srv/facet/facet.db"
    assert (settings.port, settings.metrics, settings.zone) == (9000, False, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("name", "value"),
    [("zone", "Mars/Olympus"), ("zone", "../etc/passwd"), ("port", "0"), ("synchronous", "OFF"), ("secret", "short")],
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"FACET_{name.upper()}", value)

    with pytest.raises(ValidationError) as caught:
        Settings()

    assert caught.value.errors()[0]["loc"] == (name,)


def test_they_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


def test_a_misspelt_variable_is_found() -> None:
    assert misspelt(["FACET_DATABSE_URL", "FACET_PORT", "PATH", "FACET_XYZZY_QUUX"]) == {
        "FACET_DATABSE_URL": "FACET_DATABASE_URL",
        "FACET_XYZZY_QUUX": None,
    }


def test_the_secret_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(settings.secret_key())) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(keys)) == 1
    assert len(keys[0]) >= 32
    assert [file.name for file in settings.data_dir.iterdir()] == ["secret"]
    assert (settings.data_dir / "secret").stat().st_mode & 0o777 == 0o600
    assert Settings(data_dir=tmp_path / "data").secret_key() == keys[0]


def test_a_secret_that_is_given_is_taken_and_not_shown(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret="x" * 32)  # type: ignore[arg-type]

    assert settings.secret_key() == b"x" * 32
    assert "xxx" not in repr(settings)
    assert not (tmp_path / "secret").exists()
