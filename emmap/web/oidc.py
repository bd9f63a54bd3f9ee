"""An OpenID Connect provider as a relying party sees it: the authorization code flow (OpenID Connect Core 1.0, 3.1) with
PKCE (RFC 7636), and the checks of an ID token (3.1.3.7). Nothing is asked of the network before somebody signs in."""

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import anyio
import httpx
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from emmap import __version__
from emmap.settings import Settings

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures that are taken: none by the client's secret (HS256), and never `none`."""
PATIENCE_S = 8.0
"""All that one answer of the provider may take, to its last byte."""
LARGEST_ANSWER = 256 << 10
METADATA_LIFE_S = 3600.0
"""Discovery and keys are asked for again after so long; keys at once where a token names one that is not known."""
CLOCK_SKEW_S = 60
ATTEMPT_LIFE_S = 600
"""How long somebody may take to sign in at the provider."""
LONGEST_TARGET = 2000
"""A longer path to go to afterwards does not fit a cookie; the front page is shown."""


class Refused(Exception):
    """Somebody is not let in. `word` is the sentence for them in the table of words, `why` what the audit and the log say,
    `name` the account where it is known."""

    def __init__(self, word: str, why: str, name: str = "") -> None:
        super().__init__(why)
        self.word = word
        self.why = why
        self.name = name


def _down(why: str) -> Refused:
    return Refused("sign_in_oidc_down", why)


def _unproven(why: str) -> Refused:
    return Refused("sign_in_oidc_unproven", why)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in, held by the browser's cookie alone. State, nonce and PKCE's verifier follow from its secret, so
    an answer fits only the browser that began; `begun` is in Unix seconds and cannot be put later without another state."""

    secret: str
    begun: int
    target: str

    @classmethod
    def new(cls, target: str) -> "Attempt":
        """A fresh one; `target` is the path of this site that it leads to."""
        return cls(
            secrets.token_urlsafe(32), int(time.time()), target if len(target) <= LONGEST_TARGET else "/"
        )

    @classmethod
    def of_cookie(cls, value: str) -> "Attempt | None":
        """The one that a cookie holds, if it is not too old."""
        try:
            secret, begun, target = value.split(".")
            found = cls(secret, int(begun), base64.urlsafe_b64decode(target).decode())
        except ValueError:
            return None
        return found if 0 <= time.time() - found.begun <= ATTEMPT_LIFE_S else None

    @property
    def cookie(self) -> str:
        """As the cookie holds it."""
        return f"{self.secret}.{self.begun}.{base64.urlsafe_b64encode(self.target.encode()).decode()}"

    @property
    def state(self) -> str:
        """Comes back with the answer."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Stands in the ID token."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What the provider gets with the code, 43 characters; before it got only its hash."""
        return self._derived("verifier")

    def _derived(self, purpose: str) -> str:
        return _base64url(hmac.digest(self.secret.encode(), f"{purpose} {self.begun}".encode(), "sha256"))


class Provider:
    """The provider that the settings name. No I/O when it is made."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, list[Mapping[str, Any]]] | None = None

    async def address(self, attempt: Attempt, redirect_uri: str, lang: str) -> str:
        """Where the browser goes to sign in. `Refused` where the provider cannot be asked."""
        endpoint = self._endpoint(await self._discovered(), "authorization_endpoint")
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid profile email",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _base64url(hashlib.sha256(attempt.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "ui_locales": "en" if lang == "en" else "zh-CN",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def claims(self, code: str, attempt: Attempt, redirect_uri: str) -> Mapping[str, Any]:
        """The claims of the ID token that a code is worth, proven. `Refused` where it is not."""
        metadata = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        if self._secret is None:
            form["client_id"] = self._client_id
        elif "client_secret_basic" in metadata.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            pair = f"{quote_plus(self._client_id)}:{quote_plus(self._secret.get_secret_value())}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._client_id, "client_secret": self._secret.get_secret_value()}
        status, answer = await self._asked(
            "POST", self._endpoint(metadata, "token_endpoint"), data=form, headers=headers
        )
        if status == 400 and answer.get("error") == "invalid_grant":
            raise Refused("sign_in_oidc_late", "the code was used or is too old")
        if status != 200:
            raise _down(f"token endpoint: {status} {str(answer.get('error', ''))[:60]}")
        return await self._proven(answer.get("id_token"), attempt)

    async def _proven(self, token: Any, attempt: Attempt) -> Mapping[str, Any]:
        if not isinstance(token, str):
            raise _unproven("no ID token")
        try:
            kid = jws.extract_compact(token.encode()).headers().get("kid")
            key = jwk.import_key(dict(await self._key(kid)))
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                leeway=CLOCK_SKEW_S,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self._client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise _unproven(f"ID token: {type(error).__name__} {error}"[:200]) from None
        many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (many or "azp" in claims) and claims.get("azp") != self._client_id:
            raise _unproven("ID token: made for another client (azp)")
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), attempt.nonce.encode()):
            raise _unproven("ID token: wrong nonce")
        if not 0 < len(claims["sub"]) <= 255:
            raise _unproven("ID token: subject")
        return claims

    async def _key(self, kid: Any) -> Mapping[str, Any]:
        """The provider's key of that name, or its only one; asked for anew where the name is not known: keys change."""
        known = self._keys
        if known is not None and time.monotonic() - known[0] < METADATA_LIFE_S:
            found = _matching(known[1], kid)
            if found is not None:
                return found
        address = self._endpoint(await self._discovered(), "jwks_uri")
        status, answer = await self._asked("GET", address)
        keys = answer.get("keys")
        if status != 200 or not isinstance(keys, list):
            raise _down(f"keys: {status}")
        usable: list[Mapping[str, Any]] = [
            one
            for one in keys
            if isinstance(one, dict) and one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig"
        ]
        self._keys = (time.monotonic(), usable)
        found = _matching(usable, kid)
        if found is None:
            raise _unproven(f"ID token: no key {str(kid)[:60]}")
        return found

    async def _discovered(self) -> Mapping[str, Any]:
        known = self._metadata
        if known is not None and time.monotonic() - known[0] < METADATA_LIFE_S:
            return known[1]
        status, found = await self._asked(
            "GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        )
        if status != 200:
            raise _down(f"discovery: {status}")
        if found.get("issuer") != self.issuer:
            raise _down(f"discovery names another issuer: {str(found.get('issuer'))[:100]}")
        self._metadata = (time.monotonic(), found)
        return found

    def _endpoint(self, metadata: Mapping[str, Any], name: str) -> str:
        """An address of the provider; as safe as the issuer's own, whatever discovery says."""
        address = metadata.get(name)
        schemes = ("https://",) if self.issuer.startswith("https:") else ("https://", "http://")
        if not isinstance(address, str) or not address.startswith(schemes):
            raise _down(f"discovery: no safe {name}")
        return address

    async def _asked(self, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer."""
        content = bytearray()
        headers = {"user-agent": f"emmap/{__version__}", "accept": "application/json"} | more.pop(
            "headers", {}
        )
        # Not packed, so that the limit counts what is kept.
        headers["accept-encoding"] = "identity"
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            with anyio.fail_after(PATIENCE_S):
                async with (
                    httpx.AsyncClient(timeout=PATIENCE_S) as client,
                    client.stream(method, address, headers=headers, **more) as answer,
                ):
                    async for part in answer.aiter_raw():
                        content += part
                        if len(content) > LARGEST_ANSWER:
                            raise _down("answer over 256 KiB")
            found = json.loads(content)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _down(f"no answer: {type(error).__name__}") from None
        except (ValueError, RecursionError):
            raise _down(f"no JSON: {answer.status_code}") from None
        if not isinstance(found, dict):
            raise _down("no JSON object")
        return answer.status_code, found


def _matching(keys: list[Mapping[str, Any]], kid: Any) -> Mapping[str, Any] | None:
    """The key of that name; without a name the only key."""
    fitting = keys if kid is None else [one for one in keys if one.get("kid") == kid]
    return fitting[0] if len(fitting) == 1 else None


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
