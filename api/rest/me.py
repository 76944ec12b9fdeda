"""`/api/v1/session`, `/me`, `/sessions`, `/tokens`: signing in and out, and what belongs to the caller."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from api.auth import CallDep, Secured, allow, cookies, public
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, problem_answers
from api.rest.models import people as m
from engine.commands.sessions import CreateToken, EndSession, EndSessions, RevokeToken
from engine.commands.users import ChangeUser
from engine.errors import InvalidInput
from engine.queries import users as q
from engine.sign_in import change_password, sign_in

router = APIRouter(prefix=V1, tags=["account"], route_class=Secured, responses=EVERYWHERE)


@router.post("/session", response_model=m.SignedIn, status_code=201, responses=problem_answers(429), summary="Sign in")
@public
def open_session(call: CallDep, body: m.SignIn) -> Json:
    """Opens a session: the answer sets its cookie. 5 failures per account and address in 15 minutes are too many."""
    lifetime = timedelta(minutes=call.settings.session_absolute_minutes)
    opened = sign_in(call.services, body.username, body.password, call.origin, lifetime=lifetime)
    answer = Json({"csrf_token": opened.csrf, "expires_at": opened.expires_at}, 201)
    cookies.set_session(answer, call.request, call.settings, opened.cookie)
    return answer


@router.delete("/session", status_code=204, response_model=None, summary="Sign out")
@allow("account")
def close_session(call: CallDep) -> Json:
    """Ends the session of the cookie; nothing happens to API tokens."""
    if call.session_digest is not None:
        call.run(EndSession(call.session_digest))
    answer = Json(status_code=204)
    cookies.drop_session(answer, call.request, call.settings)
    return answer


@router.get("/me", response_model=m.Me, summary="Who am I")
@allow("account")
def get_me(call: CallDep) -> Json:
    """The caller, with groups, roles, and the token against forged requests."""
    return Json(_me(call))


def _me(call: CallDep) -> dict[str, object]:
    caller = call.caller
    assert caller is not None
    actor = caller.actor
    return {
        "username": actor.username,
        "name": actor.name,
        "groups": sorted(actor.groups),
        "roles": sorted(actor.roles),
        "scopes": sorted(actor.scopes),
        "language": caller.language,
        "zone": caller.zone,
        "theme": caller.theme,
        "csrf_token": call.csrf_token,
    }


@router.patch("/me", status_code=204, response_model=None, summary="Change my choices")
@allow("account")
def change_me(call: CallDep, body: m.MeChange) -> Json:
    """Language, time zone, theme."""
    if body.zone is not None:
        check_zone(body.zone)
    call.run(ChangeUser(call.actor.username, language=body.language, zone=body.zone, theme=body.theme))
    return Json(status_code=204)


def check_zone(name: str) -> None:
    """InvalidInput for what is no IANA time zone."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise InvalidInput(f"There is no time zone “{name}”.", f"没有时区“{name}”。") from error


@router.put(
    "/me/password", status_code=204, response_model=None, responses=problem_answers(429), summary="Change my password"
)
@allow("account")
def change_my_password(call: CallDep, body: m.PasswordChange) -> Json:
    """Needs the old one; all other sessions end."""
    change_password(call.services, call.actor, body.old, body.new, call.origin, keep_session=call.session_digest)
    return Json(status_code=204)


@router.get("/sessions", response_model=list[m.Session], summary="List my sessions")
@allow("account")
def list_sessions(call: CallDep) -> Json:
    """Where I am signed in, newest first."""
    with call.read() as connection:
        return Json(q.list_sessions(connection, call.actor, call.session_digest, call.now))


@router.delete("/sessions", status_code=204, response_model=None, summary="End my other sessions")
@allow("account")
def end_sessions(call: CallDep) -> Json:
    """Signs out everywhere but here."""
    call.run(EndSessions(call.actor.username, keep=call.session_digest))
    return Json(status_code=204)


@router.delete("/sessions/{id}", status_code=204, response_model=None, summary="End a session of mine")
@allow("account")
def end_session(call: CallDep, id: Id) -> Json:
    """Signs out one of my sessions."""
    call.run(EndSession(id))
    return Json(status_code=204)


@router.get("/tokens", response_model=list[m.Token], summary="List my API tokens")
@allow("account")
def list_tokens(call: CallDep) -> Json:
    """My API tokens, without what opens doors."""
    with call.read() as connection:
        return Json(q.list_tokens(connection, call.actor))


@router.post("/tokens", status_code=201, response_model=m.IssuedToken, summary="Make an API token")
@allow("account")
def create_token(call: CallDep, body: m.NewToken) -> Json:
    """The token is in this answer and nowhere else."""
    expires = timedelta(days=body.expires_in_days) if body.expires_in_days is not None else None
    issued = call.run(CreateToken(body.name, tuple(body.scopes), expires, body.username))
    return Json({"id": issued.id, "token": issued.secret}, 201)


@router.delete("/tokens/{id}", status_code=204, response_model=None, summary="Revoke an API token")
@allow("account")
def revoke_token(call: CallDep, id: Id) -> Json:
    """It ends at once. Administrators may revoke anybody's."""
    call.run(RevokeToken(id))
    return Json(status_code=204)
