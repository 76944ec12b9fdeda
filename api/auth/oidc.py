"""Signing in elsewhere: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636), state and nonce.

The provider's address belongs to whoever installs Facet. What was asked waits in a cookie of the browser that asked, encrypted
and good for ten minutes, so that nobody can be signed in with somebody else's answer.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from engine.commands.identities import Vouched
from engine.errors import Conflict, FacetError
from engine.keys import Keys
from engine.settings import Settings

COOKIE: Final = "facet_oidc"
LIFETIME: Final = 600
"""Seconds that somebody may take at the provider."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key; never one that anybody could make who knows the client secret, or none at all."""
KEPT: Final = 600.0
"""Seconds for which addresses and keys of the provider are kept."""
LARGEST: Final = 512 * 1024
LEEWAY: Final = 60
"""Seconds by which the provider's clock may differ."""


class NotVouched(FacetError):
    """The provider did not vouch for anybody, or what it said does not hold."""

    code = "not-vouched"
    status = 403


def refused(reason: str) -> NotVouched:
    """The answer when signing in elsewhere failed; `reason` is for administrators."""
    return NotVouched(
        "Signing in elsewhere did not work. Please try again.", "单点登录失败，请重试。", data={"reason": reason}
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What waits in the cookie until the provider answers."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: int

    def sealed(self, keys: Keys) -> str:
        """As the cookie carries it."""
        return keys.encrypt(json.dumps([self.state, self.nonce, self.verifier, self.next, self.until]))


def opened(text: str | None, keys: Keys, now: datetime) -> Asked:
    """What a cookie carries. NotVouched when it is missing, not ours, or too old."""
    try:
        asked = Asked(*json.loads(keys.decrypt(text or "")))
    except (Conflict, ValueError, TypeError) as error:
        raise refused("no cookie of the beginning") from error
    if asked.until < now.timestamp():
        raise refused("took too long")
    return asked


class Provider:
    """One OpenID Connect provider. Keeps what it says of itself for ten minutes."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._secret = client_secret
        self._known: tuple[float, Mapping[str, Any], KeySet] | None = None

    def ask(self, redirect: str, scopes: str, next: str, now: datetime) -> tuple[str, Asked]:
        """The address to send the browser to, and what has to wait for the answer."""
        asked = Asked(
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(48),
            next,
            int(now.timestamp()) + LIFETIME,
        )
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect,
            "scope": scopes,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": create_s256_code_challenge(asked.verifier),
            "code_challenge_method": "S256",
        }
        address = str(self._about()[0]["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", asked

    def claims(self, asked: Asked, code: str, state: str, redirect: str, now: datetime) -> Mapping[str, Any]:
        """What the provider says of the person who came back. NotVouched."""
        if not hmac.compare_digest(state.encode(), asked.state.encode()):
            raise refused("another state")
        about, keys = self._about()
        answer = self._token(str(about["token_endpoint"]), code, asked.verifier, redirect)
        try:
            token = self._decoded(str(answer["id_token"]), keys)
            options: dict[str, Any] = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
                "exp": {"essential": True},
                "iat": {"essential": True},
                "sub": {"essential": True},
            }
            params = {"nonce": asked.nonce, "client_id": self._client_id, "access_token": answer.get("access_token")}
            found = CodeIDToken(token.claims, token.header, options, params)
            found.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise refused(f"{type(error).__name__}: {error}") from error
        if not isinstance(found.get("nonce"), str) or not hmac.compare_digest(found["nonce"], asked.nonce):
            raise refused("another nonce")
        return dict(found)

    def _decoded(self, text: str, keys: KeySet) -> jwt.Token:
        try:
            return jwt.decode(text, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            self._known = None  # the provider may have new keys
            return jwt.decode(text, self._about()[1], algorithms=ALGORITHMS)

    def _token(self, address: str, code: str, verifier: str, redirect: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        if self._secret is not None:
            form["client_secret"] = self._secret
        return _json("POST", address, form)

    def _about(self) -> tuple[Mapping[str, Any], KeySet]:
        if self._known is None or time.monotonic() - self._known[0] > KEPT:
            about = _json("GET", self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if about.get("issuer") != self.issuer:
                raise refused("the provider calls itself otherwise")
            try:
                keys = KeySet.import_key_set(_json("GET", str(about["jwks_uri"])))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError) as error:
                raise refused("no keys of the provider") from error
            self._known = (time.monotonic(), about, keys)
        return self._known[1], self._known[2]


def _json(method: str, address: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The JSON object at an address of the provider; no redirects, ten seconds. NotVouched."""
    try:
        with (
            httpx.Client(timeout=10, follow_redirects=False, trust_env=False) as client,
            client.stream(method, address, data=form, headers={"Accept": "application/json"}) as answer,
        ):
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise refused("the answer is too large")
        found = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise refused(f"{address}: {type(error).__name__}") from error
    if answer.status_code != 200 or not isinstance(found, dict):
        raise refused(f"{address}: {answer.status_code}")
    return found


@lru_cache(maxsize=4)  # one per installation; tests have several
def _provider(issuer: str, client_id: str, client_secret: str | None) -> Provider:
    return Provider(issuer, client_id, client_secret)


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the settings name; None when none is."""
    if not settings.oidc_issuer or not settings.oidc_client_id:
        return None
    secret = settings.oidc_client_secret
    return _provider(
        settings.oidc_issuer, settings.oidc_client_id, secret.get_secret_value() if secret is not None else None
    )


def group_map(text: str) -> dict[str, str]:
    """The setting `oidc_groups`: the provider's name → our key."""
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(): key.strip() for name, _, key in pairs if name.strip() and key.strip()}


def vouched(claims: Mapping[str, Any], settings: Settings) -> Vouched:
    """The person as claims describe them. NotVouched without a user name."""
    username = claims.get(settings.oidc_username_claim)
    if not isinstance(username, str) or not username:
        raise refused(f"no claim {settings.oidc_username_claim}")
    groups = claims.get(settings.oidc_groups_claim, ())
    names = groups.split() if isinstance(groups, str) else groups if isinstance(groups, list) else ()
    email = claims.get("email")
    return Vouched(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"])[:255],
        username=username,
        name=str(claims.get("name") or username),
        email=email[:320] if isinstance(email, str) else None,
        groups=frozenset(str(name) for name in names),
    )
