"""`/api/v1/users`, `/groups`: administrators change who there is; everybody else sees names."""

from __future__ import annotations

from tests.support import World

V1 = "/api/v1"


def test_a_new_person_signs_in_and_may_what_the_groups_may(world: World) -> None:
    admin = world.client("ada")
    body = {"username": "wei", "name": "王伟", "password": "a long password", "groups": ["buyer"]}
    assert admin.post(f"{V1}/users", json=body).status_code == 201
    assert admin.post(f"{V1}/users", json=body).status_code == 409
    answer = world.client().post(f"{V1}/session", json={"username": "wei", "password": "a long password"})
    assert answer.status_code == 201
    assert world.actor("wei").groups == {"buyer"}
    assert admin.patch(f"{V1}/users/wei", json={"groups": ["buyer", "managers"]}).status_code == 204
    assert world.actor("wei").roles == {"manager"}


def test_wrong_people_are_refused(world: World) -> None:
    admin = world.client("ada")
    assert admin.post(f"{V1}/users", json={"username": "a b", "name": "x"}).status_code == 422
    assert admin.post(f"{V1}/users", json={"username": "ab", "name": "x", "password": "short"}).status_code == 422
    assert admin.post(f"{V1}/users", json={"username": "ab", "name": "x", "groups": ["nope"]}).status_code == 404
    assert admin.post(f"{V1}/users", json={"username": "ab", "name": "x", "admin": True}).status_code == 422
    assert admin.patch(f"{V1}/users/nobody", json={"name": "x"}).status_code == 404


def test_an_administrator_cannot_saw_off_the_own_branch(world: World) -> None:
    admin = world.client("ada")
    assert admin.patch(f"{V1}/users/ada", json={"groups": ["office"]}).status_code == 409
    assert admin.patch(f"{V1}/users/ada", json={"disabled": True}).status_code == 403
    assert world.actor("ada").has_role("admin")


def test_addresses_are_for_administrators(world: World) -> None:
    world.client("ada").patch(f"{V1}/users/lin", json={"email": "lin@example.com"})
    staff = world.client("ann").get(f"{V1}/users", params={"text": "lin"}).json()["items"]
    assert [(one["username"], one["email"]) for one in staff] == [("lin", None)]
    admin = world.client("ada").get(f"{V1}/users", params={"text": "lin"}).json()["items"]
    assert admin[0]["email"] == "lin@example.com"
    assert world.client("lin").get(f"{V1}/users/lin").json()["email"] == "lin@example.com"


def test_disabled_people_are_shown_to_administrators_only(world: World) -> None:
    world.client("ada").patch(f"{V1}/users/bo", json={"disabled": True})
    assert world.client("ann").get(f"{V1}/users/bo").status_code == 404
    assert world.client("ada").get(f"{V1}/users/bo").json()["disabled"] is True
    assert "bo" not in [one["username"] for one in world.client("ann").get(f"{V1}/users").json()["items"]]
    world.client("ada").patch(f"{V1}/users/bo", json={"disabled": False})
    assert world.client("ann").get(f"{V1}/users/bo").status_code == 200


def test_people_come_in_pages_and_by_group(world: World) -> None:
    client = world.client("lin")
    first = client.get(f"{V1}/users", params={"limit": 4, "sort": "name"}).json()
    second = client.get(f"{V1}/users", params={"limit": 9, "sort": "name", "cursor": first["next"]}).json()
    names = [one["name"] for one in [*first["items"], *second["items"]]]
    assert names == sorted(names)
    assert len(names) == 9
    approvers = client.get(f"{V1}/users", params={"group": "approver"}).json()["items"]
    assert [one["username"] for one in approvers] == ["abe", "ann"]


def test_groups_are_made_changed_and_deleted(world: World) -> None:
    admin = world.client("ada")
    body = {"name": "Designers", "name_zh": "设计师", "head": "max"}
    assert admin.put(f"{V1}/groups/designer", json=body).status_code == 204
    assert admin.put(f"{V1}/groups/designer", json={**body, "name": "Design"}).status_code == 204
    found = {group["key"]: group for group in admin.get(f"{V1}/groups").json()}
    assert (found["designer"]["name"], found["designer"]["members"]) == ("Design", 0)
    assert admin.put(f"{V1}/groups/designer", json={"name": "x", "role": "king"}).status_code == 422
    assert admin.put(f"{V1}/groups/designer", json={"name": "x", "head": "nobody"}).status_code == 404
    assert admin.delete(f"{V1}/groups/office").status_code == 409
    assert admin.delete(f"{V1}/groups/designer").status_code == 204
    assert admin.delete(f"{V1}/groups/designer").status_code == 404
