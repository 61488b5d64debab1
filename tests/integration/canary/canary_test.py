# SPDX-License-Identifier: Apache-2.0
"""Secrets that are searched for in every log, at level debug: of every kind, through every door of `gatehouse serve`,
with every plugin behind it, while the peers work and while they are down."""
import base64
import http.client
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "ldap"), str(TESTS / "oidc")]
os.environ.setdefault("TEST_PLUGINS", "/nowhere")
import slapd  # noqa: E402
from tokens import Key, claims  # noqa: E402

sys.path.insert(0, str(TESTS / "cli"))
for name in ("support",):  # each folder has one of that name
    sys.modules.pop(name, None)
from support import PATIENCE, Served  # noqa: E402

ISSUER = "https://issuer.example"
PASSWORD = "canary-file-password"
LDAP_PASSWORD = "canary-ldap-password"
CLIENT_SECRET = "canary-client-secret"


def text(value):
    return struct.pack(">H", len(value.encode())) + value.encode()


class Canary(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-canary-"))
        self.folder.chmod(0o711)
        self.addCleanup(shutil.rmtree, self.folder)
        self.directory = slapd.Slapd(slapd.person("carol", password=LDAP_PASSWORD))
        self.addCleanup(self.directory.close)
        self.key = Key(str(self.folder))
        self.write("keys.json", json.dumps({"keys": [self.key.jwk()]}))
        self.write("bind", slapd.SERVICE_PASSWORD + "\n")
        self.write("client", CLIENT_SECRET + "\n")
        subprocess.run([os.environ["APACHE_HTPASSWD"], "-cbs", str(self.folder / "users"), "alice", PASSWORD], check=True,
                       capture_output=True, timeout=PATIENCE)
        # Nobody answers there.
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        self.config = self.write("app.toml", f"""[realms.app]
chain = ["staff", "sso", "opaque", "corp"]
subjects = "shared"
[backends.staff]
plugin = "htpasswd"
file = "{self.folder}/users"
[backends.corp]
plugin = "ldap"
uri = "{self.directory.url}"
base = "{slapd.PEOPLE}"
bind_dn = "{slapd.SERVICE}"
bind_password_file = "{self.folder}/bind"
[backends.sso]
plugin = "oidc"
issuer = "{ISSUER}"
audience = ["https://api.example"]
keys = "{self.folder}/keys.json"
[backends.opaque]
plugin = "oidc"
issuer = "{ISSUER}/opaque"
audience = ["https://api.example"]
keys = "{self.folder}/keys.json"
introspection = "opaque"
introspection_endpoint = "https://127.0.0.1:{port}/introspect"
client_id = "gatehouse"
client_secret_file = "{self.folder}/client"
[throttle]
failures = 0
source_failures = 0
subject_failures = 0
[auth_socket]
path = "{self.folder}/auth"
[proxy]
listen = "127.0.0.1:0"
forward_auth = "127.0.0.1:0"
upstream = "whoami:"
access_log = "{self.folder}/access.log"
[log]
level = "debug"
audit = "all"
sink = "{self.folder}/audit.log"
""")
        self.secrets = [PASSWORD, LDAP_PASSWORD, CLIENT_SECRET, slapd.SERVICE_PASSWORD,
                        (self.folder / "users").read_text().split("}")[1].strip()]

    def write(self, name, content):
        (self.folder / name).write_text(content)
        (self.folder / name).chmod(0o600)
        return self.folder / name

    def fresh(self, kind):
        self.secrets.append(f"canary-{kind}-{len(self.secrets)}")
        return self.secrets[-1]

    def token(self, **changes):
        token = self.key.sign({**claims(ISSUER), **changes})
        self.secrets += token.split(".")[1:]
        return token

    def basic(self, user, password):
        word = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.secrets += [word, password]
        return {"Authorization": "Basic " + word}

    def credentials(self):
        yield self.basic("alice", PASSWORD)
        yield self.basic("carol", LDAP_PASSWORD)
        yield {"Authorization": "Bearer " + self.token()}
        for user in ("alice", "carol", "nobody"):
            yield self.basic(user, self.fresh("wrong"))
        # A password where the name belongs.
        yield self.basic(self.fresh("name"), self.fresh("wrong"))
        yield self.basic(self.fresh("n\u00e4me"), self.fresh("wrong"))
        yield self.basic(f"{self.fresh('name')}\\domain@x", self.fresh("wrong"))
        yield self.basic(self.fresh("long") * 60, self.fresh("wrong"))
        yield {"Authorization": "Bearer " + self.token(exp=1)}
        yield {"Authorization": "Bearer " + self.token(aud=self.fresh("audience"), sub=self.fresh("subject"))}
        token = self.token()
        yield {"Authorization": "Bearer " + token[:-8] + "AAAAAAAA"}
        yield {"Authorization": "Bearer " + self.fresh("opaque")}
        yield {"Authorization": "Bearer " + self.fresh("jwt") + "." + self.fresh("jwt") + "." + self.fresh("jwt")}
        yield {"Authorization": "DPoP " + self.fresh("dpop"), "DPoP": self.fresh("proof")}
        yield {"Authorization": "Basic " + self.fresh("odd") + "!"}
        yield {"Authorization": self.fresh("scheme") + " x"}
        yield {"Cookie": "session=" + self.fresh("cookie"), "X-Api-Key": self.fresh("key")}

    def through_http(self, served):
        forward = served.wait_for(r"forward-auth on http://127\.0\.0\.1:(\d+)")
        statuses = set()
        for port in (served.port, int(forward.group(1))):
            for lines in self.credentials():
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
                connection.request("GET", f"/?code={self.fresh('code')}", headers={
                    "X-Forwarded-Method": "GET", "X-Forwarded-Uri": f"/a?state={self.fresh('state')}",
                    **{name: value.encode() for name, value in lines.items()}})
                response = connection.getresponse()
                response.read()
                connection.close()
                statuses.add(response.status)
        return statuses

    def through_socket(self):
        codes = set()
        for user, password in (("alice", PASSWORD), ("carol", LDAP_PASSWORD), ("alice", self.fresh("wrong")),
                               (self.fresh("name"), self.fresh("wrong")), (self.fresh("name"), self.fresh("wrong"))):
            body = b"\1\1" + text("") + text(user) + text(password) + text("") + text("192.0.2.1") + b"\0"
            with socket.socket(socket.AF_UNIX) as caller:
                caller.settimeout(PATIENCE)
                caller.connect(str(self.folder / "auth"))
                caller.sendall(struct.pack(">I", len(body)) + body)
                codes.add(caller.recv(65536)[5])
        return codes

    def test_no_secret(self):
        served = Served("--config", self.config)
        self.addCleanup(served.end)
        self.assertEqual({200, 401} - self.through_http(served), set())
        if os.getuid() == 0:  # who may ask about anybody
            self.assertEqual({1, 6} - self.through_socket(), set())
        self.directory.stop()
        self.assertIn(503, self.through_http(served))
        self.assertEqual(served.end(), 0)
        logs = {"log": served.log(), **{path.name: path.read_text() for path in self.folder.glob("*.log")}}
        self.assertEqual(set(logs), {"log", "access.log", "audit.log"})
        records = [json.loads(line) for line in logs["audit.log"].splitlines()]
        self.assertGreater(len(records), 60)
        doors = {"proxy", "forward-auth"} | ({"auth-socket"} if os.getuid() == 0 else set())
        self.assertEqual({record["door"] for record in records}, doors)
        self.assertEqual({r["backend"] for r in records if r["decision"] == "granted"}, {"staff", "corp", "sso"})
        self.assertIn("(a name that is not shown)", logs["log"])
        for name, log in logs.items():
            for secret in self.secrets:
                self.assertNotIn(secret, log, name)
            # Not in another spelling either.
            self.assertNotIn("canary", log.lower().replace("gatehouse-canary-", ""), name)


if __name__ == "__main__":
    unittest.main()
