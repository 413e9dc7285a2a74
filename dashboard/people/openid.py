"""Signing in by an OpenID Connect provider: authorization code with PKCE (RFC 6749, 7636).

1. What a browser must bring back (state, nonce, verifier) it carries itself, sealed with the key of
   the state folder, for ten minutes; no process has to remember it.
2. The ID token is believed when a key of the provider signed it, for this client, now, with our
   nonce; never one that says it needs no signature, or a shared one.
3. A person is whose account has this subject; the first time, the account with this login that
   an administrator entered and that has no subject yet.
4. Nobody gets an account by himself, unless the settings say which group is which role.
5. Whoever approves or administers still needs our second step, unless the provider says (``amr``)
   that it asked for one.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Final, TypedDict
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Connection, Engine

from dashboard.access.principal import from_here
from dashboard.people.second_factor import Vault
from dashboard.people.sessions import Caller, Step, account_faults, begin, needed
from dashboard.settings import OpenId
from data.access.audit import record
from data.engine import people_session
from data.people import openid, read, write
from data.people.read import Account
from layers.kit.errors import InputError, ServerError
from layers.kit.json import Json, JsonObject, parsed
from layers.kit.principal import system

WAIT_S: Final = 10
CARRIED_S: Final = 600
LEEWAY_S: Final = 60
MOST_BYTES: Final = 1_000_000
SIGNED: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
TWO_STEPS: Final = frozenset(("mfa", "otp", "hwk", "swk", "sc", "pop"))
"""What ``amr`` (RFC 8176) says of a sign-in with more than a password."""
_SEAL: Final = "openid connect"


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider says of itself, and its keys."""

    authorization: str
    token: str
    keys: KeySet


class Carried(TypedDict):
    """What a browser carries to the provider and back. ``until``: Unix time."""

    state: str
    nonce: str
    verifier: str
    onwards: str
    until: int


def ask_provider(settings: OpenId) -> Provider:
    """Return what the provider says of itself now. Raises ServerError."""
    about = _get(f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration")
    if about.get("issuer") != settings.issuer:
        raise ServerError("the sign-in provider calls itself otherwise than GETU_OIDC_ISSUER")
    try:
        keys = KeySet.import_key_set(_get(str(about["jwks_uri"])))  # type: ignore[arg-type]
        return Provider(str(about["authorization_endpoint"]), str(about["token_endpoint"]), keys)
    except (KeyError, ValueError, TypeError, JoseError) as error:
        raise _silent() from error


def leave(settings: OpenId, vault: Vault, back: str, onwards: str) -> tuple[str, str]:
    """Return the provider's address to go to, and what the browser carries until it is back.

    ``back``: our address to return to; ``onwards``: where the person goes after it. ServerError.
    """
    provider = ask_provider(settings)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    until = int(time()) + CARRIED_S
    carried = Carried(state=state, nonce=nonce, verifier=verifier, onwards=onwards, until=until)
    client = _client(settings, back)
    address, _ = client.create_authorization_url(
        provider.authorization, state=state, nonce=nonce, code_verifier=verifier
    )
    return str(address), vault.seal(json.dumps(carried).encode(), _SEAL).hex()


def come_back(
    engine: Engine,
    settings: OpenId,
    vault: Vault,
    back: str,
    carried: str,
    sent: Mapping[str, str],
    caller: Caller,
) -> tuple[Step, str]:
    """Sign a person in who comes back; return the step and where to go. InputError, ServerError.

    ``sent``: what the provider's address said: ``code``, ``state``, or ``error``.
    """
    kept = _carried(vault, carried, sent)
    if not sent.get("code"):
        raise InputError("the sign-in provider let nobody in: try again")
    provider = ask_provider(settings)
    try:
        answer = _client(settings, back).fetch_token(
            provider.token,
            code=sent["code"],
            code_verifier=kept["verifier"],
            timeout=WAIT_S,
            allow_redirects=False,
        )
    except (AuthlibBaseError, requests.RequestException, ValueError) as error:
        raise InputError("the sign-in provider let nobody in: try again") from error
    try:
        claims = _claims(settings, provider, str(answer.get("id_token", "")), kept["nonce"])
    except InputError:
        with people_session(engine, from_here(system())) as c:
            _note_refusal(c, None, "?", "provider answer")
        raise
    with people_session(engine, from_here(system())) as c:
        login = _login(settings, claims)
        account = _account(c, settings, claims, login)
        if account is not None and account.is_active:
            has_two_steps = bool(TWO_STEPS & set(_texts(claims.get("amr"))))
            step = begin(c, account, caller, None if has_two_steps else needed(account))
            return step, kept["onwards"]
        _note_refusal(c, account, login or "?", "closed" if account else "provider account")
    raise InputError("there is no account for you here: ask an administrator for one")


def _client(settings: OpenId, back: str) -> OAuth2Session:
    return OAuth2Session(
        settings.client,
        settings.secret_file.read_text(encoding="utf-8").strip() if settings.secret_file else None,
        scope=settings.asks_for,
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _get(address: str) -> JsonObject:
    """Return a JSON object of the provider. Raises ServerError."""
    if urlsplit(address).scheme not in ("https", "http"):
        raise _silent()
    try:
        with requests.get(address, timeout=WAIT_S, allow_redirects=False, stream=True) as answer:
            answer.raise_for_status()
            found = json.loads(answer.raw.read(MOST_BYTES, decode_content=True))
    except (requests.RequestException, ValueError, OSError) as error:
        raise _silent() from error
    if not isinstance(found, dict):
        raise _silent()
    return found


def _silent() -> ServerError:
    return ServerError("the sign-in provider does not answer: try again in a minute")


def _carried(vault: Vault, carried: str, sent: Mapping[str, str]) -> Carried:
    """Return what the browser carried, where the provider's answer belongs to it. InputError."""
    over = InputError("this took too long: sign in again")
    try:
        kept = parsed(Carried, json.loads(vault.open(bytes.fromhex(carried), _SEAL)), "carried")
    except (InputError, ValueError) as error:
        raise over from error
    same = hmac.compare_digest(str(kept["state"]).encode(), sent.get("state", "").encode())
    if not same or kept["until"] < time():
        raise over
    return kept


def _claims(settings: OpenId, provider: Provider, token: str, nonce: str) -> JsonObject:
    """Return what a token says, when it may be believed. Raises InputError."""
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": settings.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": settings.client},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, provider.keys, algorithms=list(SIGNED)).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InputError("the sign-in provider let nobody in: try again") from error
    # Meant for several clients: then it must say that we are the one that asked (OpenID, 3.1.3.7).
    if len(_texts(claims["aud"])) > 1 and claims.get("azp") != settings.client:
        raise InputError("the sign-in provider let nobody in: try again")
    return claims


def _note_refusal(c: Connection, account: Account | None, by: str, step: str) -> None:
    subject = f"user:{account.id}" if account else None
    record(c, "session.refused", None if account else "", subject, {"step": step}, by=by[:80])


def _login(settings: OpenId, claims: JsonObject) -> str:
    return str(claims.get(settings.login_claim, "")).strip().lower()


def _account(c: Connection, settings: OpenId, claims: JsonObject, login: str) -> Account | None:
    """Return whose account it is, None where it is nobody's; one that is closed as it is."""
    subject = f"{settings.issuer} {claims['sub']}"
    found = openid.login_of(c, subject)
    account = read.account(c, found or login)
    if account is None and not found:
        account = _made(c, settings, claims, login)
    if account is None or found or not account.is_active:
        return account
    if not openid.take_subject(c, account.id, subject):
        return None  # somebody else of the provider has it
    record(c, "user.changed", None, f"user:{account.id}", {"by": "provider"}, by=account.name)
    return account


def _made(c: Connection, settings: OpenId, claims: JsonObject, login: str) -> Account | None:
    """Make the account that a person's groups stand for, where the settings say so."""
    groups = set(_texts(claims.get(settings.groups_claim)))
    role = next((role for group, role in settings.roles if group in groups), None)
    name = str(claims.get("name") or login)[:40]
    if role is None or any(account_faults(login, name, role)):
        return None
    scope = settings.scope or read.widest_code(c)
    made = write.add_account(c, login, name, role, scope)
    told = {"role": role, "scope": scope, "by": "provider"}
    record(c, "user.added", None, f"user:{made.id}", told, by=name)
    return made


def _texts(value: Json) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
