"""A small OIDC provider of the tests' own: a page to choose a person, tokens, keys."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENT, SECRET = "cxr-triage", "the client's secret"
PEOPLE: dict[str, dict[str, object]] = {
    "rita": {"sub": "1", "email": "Rita@Example.org", "email_verified": True},
    "adele": {"sub": "2", "email": "adele@example.org", "email_verified": True},
    "stranger": {"sub": "3", "email": "stranger@example.org", "email_verified": True},
    "pretender": {"sub": "4", "email": "adele@example.org", "email_verified": False},
}


class _Provider(BaseHTTPRequestHandler):
    issuer: ClassVar[str]
    key: ClassVar[RSAKey]
    codes: ClassVar[dict[str, dict[str, str]]]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(self._metadata())
        elif parts.path == "/keys":
            self._json({"keys": [self.key.as_dict(private=False)]})
        elif parts.path == "/authorize" and "person" in asked:
            self._let_in(asked)
        elif parts.path == "/authorize":
            assert asked["client_id"] == CLIENT
            assert asked["response_type"] == "code"
            links = "".join(
                f'<p><a href="/authorize?{escape(urlencode(asked | {"person": name}))}">'
                f"{name}</a></p>"
                for name in PEOPLE
            )
            self._answer(links.encode(), "text/html")
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length)).items()}
        asked = {name.decode(): value.decode() for name, value in form.items()}
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        kept = self.codes.pop(asked.get("code", ""), None)
        proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if (
            kept is None
            or self.headers.get("Authorization") != f"Basic {basic}"
            or challenge != kept["code_challenge"]
            or asked["redirect_uri"] != kept["redirect_uri"]
        ):
            self.send_error(400)
            return
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": kept["nonce"]} | PEOPLE[kept["person"]]
        header = {"alg": "RS256", "kid": self.key.kid}
        token = jwt.encode(header, claims, self.key)
        access = secrets.token_hex()
        self._json({"access_token": access, "token_type": "Bearer", "id_token": token})

    def _let_in(self, asked: dict[str, str]) -> None:
        code = secrets.token_hex()
        self.codes[code] = asked
        query = urlencode({"code": code, "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{query}")
        self.end_headers()

    def _metadata(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _json(self, value: object) -> None:
        self._answer(json.dumps(value).encode(), "application/json")

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def running_provider() -> Iterator[str]:
    """Serve on a port of this machine: the issuer's address."""
    key = RSAKey.generate_key(2048, {"kid": "tests", "use": "sig"})
    kind = type("Provider", (_Provider,), {"key": key, "codes": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        kind.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield kind.issuer
        finally:
            server.shutdown()
            thread.join()


def write_secrets(path: Path, issuer: str) -> Path:
    """Write what `.streamlit/secrets.toml` would hold; {port} is the application's."""
    path.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{secrets.token_hex()}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""
    )
    return path
