"""A small OpenID Connect provider on this computer. It logs in the account that a test names."""

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

__all__ = ["Provider", "provider", "write_secrets"]

CLIENT, SECRET = "nn-lab", "the client's own secret"


class Provider(ThreadingHTTPServer):
    """Discovery, the authorization code flow with PKCE, and the key that its tokens are signed with."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256", "use": "sig"})
        self.user: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}  # what each code was given for

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """For a code, once. Raises KeyError for any other, AssertionError for who is not the one that asked for it."""
        asked = self.asked.pop(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        assert challenge.decode() == asked["code_challenge"]
        now = int(time.time())
        claims = {
            **{"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 3600, "nonce": asked["nonce"], "sub": "1"},
            **self.user,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "id_token": signed}


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, _fields(urlsplit(self.path).query)
        url = self.server.url
        if path == "/.well-known/openid-configuration":
            self._say(
                {
                    **{"issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token"},
                    **{"jwks_uri": f"{url}/keys", "code_challenge_methods_supported": ["S256"]},
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            )
        elif path == "/keys":
            self._say({"keys": [self.server.key.as_dict(private=False)]})
        elif path == "/authorize" and query["client_id"] == CLIENT:
            code = secrets.token_urlsafe()
            self.server.asked[code] = query
            self.send_response(302)
            self.send_header(
                "Location", f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
            )
            self.end_headers()

    def do_POST(self) -> None:
        given = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        assert given == f"{CLIENT}:{SECRET}"
        self._say(self.server.token(_fields(self.rfile.read(int(self.headers["Content-Length"])).decode())))

    def _say(self, answer: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    with Provider() as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


def write_secrets(folder: Path, served: Provider) -> tuple[Path, int]:
    """The secrets.toml of an app with this provider, and the port that the app must have, for the provider sends people there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = folder / "secrets.toml"
    file.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{secrets.token_hex()}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
server_metadata_url = "{served.url}/.well-known/openid-configuration"
"""
    )
    return file, port


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}
