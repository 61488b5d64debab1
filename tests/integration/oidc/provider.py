# SPDX-License-Identifier: Apache-2.0
"""The real provider: npm's oidc-provider, with TLS on loopback."""
import base64
import json
import os
import pathlib
import ssl
import subprocess
import urllib.parse
import urllib.request

import tokens

HERE = pathlib.Path(__file__).resolve().parent / "provider"


def certify(name, certificate, key, *more):
    """A new key, and a certificate by itself."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=" + name, *more, "-keyout", key, "-out", certificate], check=True, capture_output=True)


class Provider:
    """OIDC_PROVIDER names a folder into which `npm ci` has installed the lock file of provider/."""

    def __init__(self, folder):
        self.folder = folder
        self.home = os.environ["OIDC_PROVIDER"]
        self.certificate = os.path.join(folder, "provider.crt")
        self.key = os.path.join(folder, "provider.key")
        self.client_certificate = os.path.join(folder, "gate-tls.crt")
        self.client_key = os.path.join(folder, "gate-tls.key")
        certify("provider", self.certificate, self.key, "-addext", "subjectAltName=IP:127.0.0.1")
        certify("gate-tls", self.client_certificate, self.client_key)
        self.tls = ssl.create_default_context(cafile=self.certificate)
        self.port = 0
        self.process = None
        self.new_keys("a")

    def new_keys(self, prefix):
        self.keys = os.path.join(self.folder, f"keys-{prefix}.json")
        subprocess.run(["node", str(HERE / "keys.mjs"), self.keys, prefix], check=True, capture_output=True)

    def start(self):
        log = os.path.join(self.folder, "provider.log")
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                ["node", os.path.join(self.home, "provider.mjs"), self.certificate, self.key, self.keys, str(self.port),
                 self.client_certificate],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            with open(log) as errors:
                raise AssertionError("the provider does not start: " + errors.read())
        _, self.issuer, self.refresh_token = line.split()
        self.port = int(self.issuer.rsplit(":", 1)[1])

    def stop(self):
        if self.process is None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(tokens.LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process = None

    def token(self, client="ci", resource="https://api.example", scope="use", headers=None):
        secret = f"{client}-secret-that-is-long-enough-for-hs256"
        form = {"grant_type": "client_credentials", "resource": resource, "scope": scope}
        request = urllib.request.Request(self.issuer + "/token", urllib.parse.urlencode(form).encode(), {
            "Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode(), **(headers or {})})
        with urllib.request.urlopen(request, context=self.tls, timeout=tokens.LIMIT) as response:
            return json.load(response)["access_token"]
