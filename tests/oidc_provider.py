"""A small OpenID Connect provider that speaks real HTTP: discovery, keys, authorization code flow with PKCE. It insists on
what a provider insists on, and lies about one thing where a test asks it to."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "emmap", "a secret with : and %"
Forge = Callable[["OidcProvider", dict[str, Any]], str]


class OidcProvider:
    """`person`: the claims of whoever signs in next. `forge` makes the ID token instead of the right key."""

    def __init__(self) -> None:
        self.issuer = ""
        self.person: dict[str, Any] = {}
        self.forge: Forge | None = None
        self.error = ""
        self.padding = ""
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.turn_key()
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def turn_key(self) -> None:
        """A new key; tokens by the old one are no more."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """As it should be."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid} | header, claims, self.key)

    def _discovery(self, request: Request) -> Response:
        self.asked.append("discovery")
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "padding": self.padding,
            }
        )

    def _keys(self, request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": [self.key.as_dict(private=False), {"kty": "strange", "kid": "x"}]})

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        right = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        if right.items() - asked.items() or "openid" not in asked["scope"].split():
            return Response("wrong request", 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        given = {"error": self.error} if self.error else {"code": code}
        return RedirectResponse(
            f"{asked['redirect_uri']}?{urlencode(given | {'state': asked['state']})}", 303
        )

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        pair = base64.b64encode(b"emmap:a+secret+with+%3A+and+%25").decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.pop(str(form["code"]), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest())
        if (
            asked is None
            or form["redirect_uri"] != asked["redirect_uri"]
            or proof.decode().rstrip("=") != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = (self.forge or OidcProvider.signed)(self, claims | self.person)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})
