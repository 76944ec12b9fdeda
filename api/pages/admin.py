"""Administration: people and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.people import choices
from api.pages.typed import PostedDep
from engine.commands.sessions import EndSessions
from engine.commands.users import (
    ROLES,
    ChangeUser,
    CreateUser,
    DeleteGroup,
    DisableUser,
    EnableUser,
    SaveGroup,
    SetPassword,
)
from engine.errors import FacetError, InvalidInput
from engine.passwords import PASSWORDS
from engine.queries import naming, users
from engine.queries.paging import PageRequest

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50
ROLE_NAMES: Final[Mapping[str, str]] = {
    "staff": mark("Staff: their own tasks and cases"),
    "owner": mark("Process owner: deploys, sees all cases"),
    "manager": mark("Manager: sees and steers all cases"),
    "admin": mark("Administrator: everything"),
    "integration": mark("Integration: messages and external tasks"),
}
ROLE_TITLES: Final[Mapping[str, str]] = {
    "staff": mark("Staff"),
    "owner": mark("Process owner"),
    "manager": mark("Manager"),
    "admin": mark("Administrator"),
    "integration": mark("Integration"),
}
assert set(ROLE_NAMES) == set(ROLE_TITLES) == set(ROLES)

Text = Annotated[str, Form(max_length=320)]


@router.get("/admin")
@allow("users", "admin")
def show_admin(call: CallDep) -> Response:
    """Administration begins with the people."""
    return shell.redirect(call, "/admin/users")


# --- people --------------------------------------------------------------------------------------------------------------


@router.get("/admin/users")
@allow("users", "admin")
def show_users(
    call: CallDep,
    q: Annotated[str, Query(max_length=200)] = "",
    group: Annotated[str, Query(max_length=200)] = "",
    state: str = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Everybody, active and disabled."""
    disabled = {"active": False, "disabled": True}.get(state)
    with call.read() as connection:
        found = users.list_users(
            connection,
            call.actor,
            PageRequest(PAGE, cursor),
            text=q.strip() or None,
            group=group or None,
            disabled=disabled,
        )
        groups = naming.groups(connection)
    values: dict[str, Any] = {"found": found, "groups": groups, "q": q.strip(), "group": group, "state": state}
    if shell.is_htmx(call):
        return shell.part(call, "admin/user_list.html", **values)
    return shell.page(call, "admin/users.html", "admin", **values)


@router.get("/admin/users/new")
@allow("users", "admin")
def show_new_user(call: CallDep) -> Response:
    """The form for a new person."""
    return _user_form(call, None, {})


@router.post("/admin/users/new")
@allow("users", "admin")
def create_user(call: CallDep, posted: PostedDep) -> Response:
    """Adds a person."""
    typed: dict[str, Any] = {name: str(posted.get(name, "")).strip() for name in ("username", "name", "email")}
    typed["groups"] = [str(key) for key in posted.getlist("groups")]
    try:
        if not typed["name"]:
            raise InvalidInput("Give the person's name.", "请填写姓名。")
        hashed = PASSWORDS.hash(str(posted.get("password", "")))
        call.run(
            CreateUser(typed["username"], typed["name"], hashed, typed["email"] or None, groups=tuple(typed["groups"]))
        )
    except FacetError as error:
        return _user_form(call, None, typed, _sentence(call, error), error.status)
    return shell.redirect(call, "/admin/users", "user-made", name=typed["name"])


@router.get("/admin/users/{username}")
@allow("users", "admin")
def show_user(call: CallDep, username: str) -> Response:
    """One person: name, groups, password, devices."""
    return _user_form(call, username, {})


@router.post("/admin/users/{username}")
@allow("users", "admin")
def change_user(call: CallDep, username: str, posted: PostedDep) -> Response:
    """Name, address and groups."""
    typed: dict[str, Any] = {name: str(posted.get(name, "")).strip() for name in ("name", "email")}
    typed["groups"] = [str(key) for key in posted.getlist("groups")]
    try:
        if not typed["name"]:
            raise InvalidInput("Give the person's name.", "请填写姓名。")
        call.run(ChangeUser(username, name=typed["name"], email=typed["email"], groups=tuple(typed["groups"])))
    except FacetError as error:
        return _user_form(call, username, typed, _sentence(call, error), error.status)
    return shell.redirect(call, f"/admin/users/{username}", "user-changed", name=typed["name"])


def _user_form(
    call: Call, username: str | None, typed: Mapping[str, Any], problem: str = "", status: int = 200
) -> Response:
    with call.read() as connection:
        person = users.get_user(connection, call.actor, username) if username is not None else None
        groups = users.list_groups(connection)
    known = {"username": "", "name": "", "email": "", "groups": ()}
    if person is not None:
        known |= {"name": person.name, "email": person.email or "", "groups": person.groups}
    values: dict[str, Any] = {"person": person, "groups": groups, "typed": known | dict(typed), "problem": problem}
    return shell.page(call, "admin/user.html", "admin", status=status, **values)


def _sentence(call: Call, error: FacetError) -> str:
    return error.zh if call.lang == "zh" else error.message


@router.post("/admin/users/{username}/password")
@allow("users", "admin")
def reset_password(call: CallDep, username: str, password: Text = "") -> Response:
    """A new password, to be handed over in person."""
    try:
        call.run(SetPassword(username, PASSWORDS.hash(password)))
    except InvalidInput as error:
        return _user_form(call, username, {}, _sentence(call, error), error.status)
    return shell.redirect(call, f"/admin/users/{username}", "user-password", name=username)


@router.post("/admin/users/{username}/disable")
@allow("users", "admin")
def disable_user(call: CallDep, username: str) -> Response:
    """停用: no signing in any more."""
    call.run(DisableUser(username))
    return shell.redirect(call, f"/admin/users/{username}", "user-disabled", name=username)


@router.post("/admin/users/{username}/enable")
@allow("users", "admin")
def enable_user(call: CallDep, username: str) -> Response:
    """启用."""
    call.run(EnableUser(username))
    return shell.redirect(call, f"/admin/users/{username}", "user-enabled", name=username)


@router.post("/admin/users/{username}/sign-out")
@allow("users", "admin")
def sign_out_user(call: CallDep, username: str) -> Response:
    """Ends all sessions of a person."""
    call.run(EndSessions(username))
    return shell.redirect(call, f"/admin/users/{username}", "user-signed-out", name=username)


# --- groups --------------------------------------------------------------------------------------------------------------


@router.get("/admin/groups")
@allow("users", "admin")
def show_groups(call: CallDep, key: Annotated[str, Query(max_length=200)] = "") -> Response:
    """All groups, and the form for a new one, or for the group of `key`."""
    if not key:
        return _groups_page(call, {})
    with call.read() as connection:
        group = users.get_group(connection, key)
    known = {"key": group.key, "name": group.name, "name_zh": group.name_zh}
    return _groups_page(call, known | {"role": group.role or "", "head": group.head or ""})


def _groups_page(call: Call, typed: Mapping[str, str], problem: str = "", status: int = 200) -> Response:
    with call.read() as connection:
        groups = users.list_groups(connection)
        people = choices(call, connection)
        names = naming.people(connection, [group.head for group in groups])
    known = {"key": "", "name": "", "name_zh": "", "role": "", "head": ""}
    values: dict[str, Any] = {
        "groups": groups,
        "people": people,
        "names": names,
        "role_names": ROLE_NAMES,
        "role_titles": ROLE_TITLES,
        "typed": known | dict(typed),
        "problem": problem,
    }
    return shell.page(call, "admin/groups.html", "admin", status=status, **values)


@router.post("/admin/groups")
@allow("users", "admin")
def save_group(
    call: CallDep, key: Text = "", name: Text = "", name_zh: Text = "", role: Text = "", head: Text = ""
) -> Response:
    """Makes a group or changes it."""
    typed = {"key": key.strip(), "name": name.strip(), "name_zh": name_zh.strip(), "role": role, "head": head}
    try:
        command = SaveGroup(typed["key"], typed["name"] or typed["key"], typed["name_zh"], role or None, head or None)
        call.run(command)
    except FacetError as error:
        return _groups_page(call, typed, _sentence(call, error), error.status)
    return shell.redirect(call, "/admin/groups", "group-saved", name=typed["name"] or typed["key"])


@router.post("/admin/groups/{key}/delete")
@allow("users", "admin")
def delete_group(call: CallDep, key: str) -> Response:
    """Removes a group that has no members."""
    try:
        call.run(DeleteGroup(key))
    except FacetError as error:
        return _groups_page(call, {}, _sentence(call, error), error.status)
    return shell.redirect(call, "/admin/groups", "group-deleted", name=key)
