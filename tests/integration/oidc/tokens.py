# SPDX-License-Identifier: Apache-2.0
"""Tokens that are signed by the openssl command, and the real gatehouse in front of a service with a backend `oidc`."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "proxy"))
import support as proxy  # noqa: E402

LIMIT = proxy.LIMIT


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bearer(token):
    return f"Authorization: Bearer {token}\r\n"


class Key:
    """An RSA key on disk, for RS256."""

    def __init__(self, folder, kid="k1"):
        self.kid = kid
        self.path = os.path.join(folder, kid + ".pem")
        subprocess.run(["openssl", "genrsa", "-out", self.path, "2048"], check=True, capture_output=True)
        text = subprocess.run(["openssl", "rsa", "-in", self.path, "-noout", "-modulus"], check=True,
                              capture_output=True, text=True).stdout
        self.modulus = bytes.fromhex(text.strip().split("=")[1])

    def jwk(self):
        return {"kty": "RSA", "kid": self.kid, "use": "sig", "alg": "RS256", "n": b64(self.modulus), "e": "AQAB"}

    def pem(self):
        return subprocess.run(["openssl", "rsa", "-in", self.path, "-pubout"], check=True, capture_output=True,
                              text=True).stdout

    def sign(self, claims, header=None):
        head = {"alg": "RS256", "kid": self.kid} if header is None else header
        message = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.path], input=message.encode(),
                                   check=True, capture_output=True).stdout
        return message + "." + b64(signature)


def claims(issuer, audience="https://api.example", lifetime=600, **more):
    now = int(time.time())
    return {"iss": issuer, "aud": audience, "sub": "alice", "iat": now, "exp": now + lifetime, **more}


class Gatehouse(proxy.Gatehouse):
    """`backends` is what stands in the file from [realms.test] on, up to the sections of the door."""

    def __init__(self, upstream, backends):
        self.backends = backends
        self.secrets = []
        super().__init__(upstream)

    def write_config(self, upstream, proxy="", listen="127.0.0.1:0", http=""):
        with open(self.config, "w") as file:
            file.write(f'{self.backends}\n[http]\n{http}\n[proxy]\nlisten = "{listen}"\nupstream = "{upstream}"\n{proxy}\n')
        os.chmod(self.config, 0o600)

    def get(self, lines="", path="/"):
        with self.client() as client:
            return client.ask(path, lines=lines)

    def wait_for(self, holds):
        deadline = time.monotonic() + LIMIT
        while not holds():
            assert time.monotonic() < deadline, "it did not come true:\n" + self.log_text()
            time.sleep(0.05)

    def stop(self):
        text = self.log_text()
        super().stop()
        for secret in self.secrets:
            assert secret not in text, "a token is in the log"


def realm(chain, **backends):
    """TOML for one realm of these backends."""
    text = f"[realms.test]\nchain = {json.dumps(chain)}\nsubjects = \"shared\"\n"
    for name, options in backends.items():
        text += f"[backends.{name}]\nplugin = \"oidc\"\n"
        text += "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
    return text


def folder():
    return tempfile.TemporaryDirectory()
