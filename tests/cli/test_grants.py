"""`facet grant`."""

from __future__ import annotations

from tests.cli.conftest import Facet


def test_a_permission_is_given_shown_and_taken_away(facet: Facet) -> None:
    assert facet("group", "add", "auditors").exit_code == 0
    made = facet("grant", "add", "group:auditors", "read_instance")
    assert made.exit_code == 0, made.output
    listed = facet("grant", "list", "--subject", "group:auditors").output
    assert "READ_INSTANCE" in listed and "group:auditors" in listed
    id = listed.splitlines()[1].split()[0]
    assert facet("--lang", "zh", "grant", "revoke", id).output == "授权已取消。\n"
    assert "READ_INSTANCE" not in facet("grant", "list").output
    assert facet("grant", "revoke", id).exit_code == 1


def test_what_is_not_there_is_a_sentence(facet: Facet) -> None:
    assert facet("grant", "add", "auditors", "CANCEL").exit_code == 2
    assert facet("grant", "add", "user:nobody", "CANCEL").exit_code == 1
    facet("group", "add", "auditors")
    assert facet("grant", "add", "group:auditors", "FLY").exit_code == 1
    assert facet("grant", "add", "group:auditors", "CANCEL", "no-process").exit_code == 1
    assert facet("grant", "add", "group:auditors", "GRANT", "--system").exit_code == 0
    assert "(system)" in facet("grant", "list").output
