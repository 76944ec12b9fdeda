"""`/api/v1/users`, `/groups`: who there is; administrators change it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Key, sorted_by
from api.rest.models import people as m
from api.rest.models.common import Created, PageOf, Str
from engine.commands.sessions import EndSessions
from engine.commands.users import (
    KEY_PATTERN,
    ChangeUser,
    CreateUser,
    DeleteGroup,
    DisableUser,
    EnableUser,
    SaveGroup,
    SetPassword,
)
from engine.passwords import PASSWORDS
from engine.queries import users as q
from engine.queries.paging import PageRequest

NewKey = Annotated[str, Path(pattern=KEY_PATTERN, description="Key.")]
router = APIRouter(prefix=V1, tags=["people"], route_class=Secured, responses=EVERYWHERE)


@router.get("/users", response_model=PageOf[m.User], summary="List people")
@allow("users")
def list_users(
    call: CallDep,
    page: Annotated[PageRequest, sorted_by("username", "name")],
    text: Annotated[Str | None, Query(max_length=200, description="In username or name.")] = None,
    group: Annotated[Str | None, Query(max_length=200)] = None,
    disabled: Annotated[bool | None, Query(description="Administrators only.")] = None,
) -> Json:
    """People by username. Sorts: username, name. Addresses and disabled people are shown to administrators."""
    with call.read() as connection:
        return Json(q.list_users(connection, call.actor, page, text=text, group=group, disabled=disabled))


@router.get("/users/{key}", response_model=m.User, summary="Get a person")
@allow("users")
def get_user(call: CallDep, key: Key) -> Json:
    """One person by username."""
    with call.read() as connection:
        return Json(q.get_user(connection, call.actor, key))


@router.post("/users", status_code=201, response_model=Created, summary="Create a person")
@allow("users", "admin")
def create_user(call: CallDep, body: m.NewUser) -> Json:
    """With groups, which say what the person may do."""
    hashed = PASSWORDS.hash(body.password) if body.password is not None else None
    command = CreateUser(body.username, body.name, hashed, body.email, tuple(body.groups), body.language)
    return Json({"id": call.run(command)}, 201)


@router.patch("/users/{key}", status_code=204, response_model=None, summary="Change a person")
@allow("users", "admin")
def change_user(call: CallDep, key: Key, body: m.UserChange) -> Json:
    """Name, address, groups, password; disabling ends all sessions and tokens at once. What is left out stays."""
    groups = tuple(body.groups) if body.groups is not None else None
    if body.name is not None or body.email is not None or groups is not None:
        call.run(ChangeUser(key, body.name, body.email, groups))
    if body.password is not None:
        call.run(SetPassword(key, PASSWORDS.hash(body.password)))
    if body.disabled is not None:
        call.run(DisableUser(key) if body.disabled else EnableUser(key))
    return Json(status_code=204)


@router.delete("/users/{key}/sessions", status_code=204, response_model=None, summary="Sign a person out")
@allow("users", "admin")
def end_user_sessions(call: CallDep, key: Key) -> Json:
    """Ends all sessions of the person."""
    call.run(EndSessions(key))
    return Json(status_code=204)


@router.get("/groups", response_model=list[m.Group], summary="List groups")
@allow("users")
def list_groups(call: CallDep, text: Annotated[Str | None, Query(max_length=200)] = None) -> Json:
    """All groups by key."""
    with call.read() as connection:
        return Json(q.list_groups(connection, text))


@router.put("/groups/{key}", status_code=204, response_model=None, summary="Create or change a group")
@allow("users", "admin")
def save_group(call: CallDep, key: NewKey, body: m.GroupChange) -> Json:
    """The group is as the body says."""
    call.run(SaveGroup(key, body.name, body.name_zh, body.role, body.head))
    return Json(status_code=204)


@router.delete("/groups/{key}", status_code=204, response_model=None, summary="Delete a group")
@allow("users", "admin")
def delete_group(call: CallDep, key: Key) -> Json:
    """Only without members."""
    call.run(DeleteGroup(key))
    return Json(status_code=204)
