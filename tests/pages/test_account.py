"""One's own account, and the administration of people and groups."""

from __future__ import annotations

import pytest

from api.pages.account import device
from tests.pages.reading import following, see, send
from tests.support import PASSWORD, World


def test_zone_and_language_are_kept_and_used(world: World):
    world.purchase(business_key="PO-1")
    ann = world.client("ann")
    assert "4 Mar 09:00" in see(ann, "/inbox?view=groups").text
    send(ann, "/account", {"language": "zh", "zone": "America/New_York", "theme": "dark"})
    page = see(ann, "/inbox?view=groups")
    assert "3月3日 20:00" in page.text
    assert page.tree.get("data-theme") == "dark"
    assert send(ann, "/account", {"language": "xx", "zone": "Mars/Base", "theme": "dark"}).status == 422


def test_a_new_password_needs_the_old_one(world: World):
    lin = world.client("lin")
    wrong = send(lin, "/account/password", {"old": "nonsense", "new": "another horse", "again": "another horse"})
    assert wrong.status == 422
    assert "not right" in wrong.text
    differs = send(lin, "/account/password", {"old": PASSWORD, "new": "another horse", "again": "another house"})
    assert "not the same" in differs.text
    done = send(lin, "/account/password", {"old": PASSWORD, "new": "another horse", "again": "another horse"})
    assert "Your password was changed." in following(lin, done).text
    assert send(world.client(), "/sign-in", {"username": "lin", "password": "another horse"}).status == 303


def test_other_devices_can_be_signed_out(world: World):
    other = world.client()
    send(other, "/sign-in", {"username": "lin", "password": PASSWORD})
    lin = world.client("lin")
    page = see(lin, "/account")
    assert len(page.tree.xpath("//*[@id='devices']//li")) == 2
    action = page.tree.xpath("//*[@id='devices']//li//form/@action")[0]
    assert "signed out" in following(lin, send(lin, action)).text
    assert see(other, "/inbox").status == 303
    assert see(lin, "/inbox").status == 200


def test_a_token_is_shown_once_and_works_until_it_is_revoked(world: World):
    lin = world.client("lin")
    page = send(lin, "/account/tokens", {"name": "Robot", "days": "30", "scope": ["tasks", "read"]})
    secret = page.texts("//*[@id='secret']")[0]
    assert secret.startswith("facet_")
    again = see(lin, "/account")
    assert secret not in again.response.text
    assert "Robot" in again.text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert world.client().get("/api/v1/tasks", headers=bearer).status_code == 200
    action = again.tree.xpath("//form[contains(@action, '/account/tokens/')]/@action")[0]
    assert "Robot no longer works" in following(lin, send(lin, action)).text
    assert world.client().get("/api/v1/tasks", headers=bearer).status_code == 401
    assert send(lin, "/account/tokens", {"name": " ", "days": "30"}).status == 422


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("curl/8.5.0", "curl"),
        (None, ""),
    ],
)
def test_devices_have_names_that_people_know(agent: str | None, name: str):
    assert device(agent) == name


# --- administration --------------------------------------------------------------------------------------------------------


def test_an_administrator_adds_changes_and_disables_people(world: World):
    ada = world.client("ada")
    person = {"username": "neu", "name": "Neu Mann", "password": "first password", "groups": ["office"]}
    assert "Neu Mann was added." in following(ada, send(ada, "/admin/users/new", person)).text
    assert send(ada, "/admin/users/new", person).status == 409
    newcomer = world.client()
    assert send(newcomer, "/sign-in", {"username": "neu", "password": "first password"}).status == 303
    changed = send(ada, "/admin/users/neu", {"name": "Neu Frau", "email": "n@example.com", "groups": ["approver"]})
    assert "Neu Frau" in following(ada, changed).text
    assert "Approvers" in see(ada, "/admin/users?q=neu").text
    send(ada, "/admin/users/neu/disable")
    assert see(newcomer, "/inbox").status == 303
    assert "Nobody found" in see(ada, "/admin/users?q=neu&state=active").text
    send(ada, "/admin/users/neu/enable")
    send(ada, "/admin/users/neu/password", {"password": "second password"})
    assert send(newcomer, "/sign-in", {"username": "neu", "password": "second password"}).status == 303
    assert send(ada, "/admin/users/neu/password", {"password": "short"}).status == 422


def test_what_was_typed_stays_when_a_person_cannot_be_added(world: World):
    seen = send(world.client("ada"), "/admin/users/new", {"username": "a b", "name": "Typo", "password": "long enough"})
    assert seen.status == 422
    assert seen.tree.xpath("//input[@name='name']/@value") == ["Typo"]
    assert "long enough" not in seen.response.text


def test_groups_are_made_changed_and_removed(world: World):
    ada = world.client("ada")
    group = {"key": "drivers", "name": "Drivers", "name_zh": "司机", "role": "staff", "head": "max"}
    assert "Drivers" in following(ada, send(ada, "/admin/groups", group)).text
    page = see(ada, "/admin/groups?key=drivers")
    assert page.tree.xpath("//input[@name='name_zh']/@value") == ["司机"]
    assert "司机" in see(ada, "/admin/groups", **{"Accept-Language": "zh"}).text
    assert send(ada, "/admin/groups/office/delete").status == 409
    assert "was deleted" in following(ada, send(ada, "/admin/groups/drivers/delete")).text
    assert send(world.client("max"), "/admin/groups", group).status == 403
