# SPDX-License-Identifier: Apache-2.0
"""A provider that lies, stalls, floods, redirects and forgets; and two issuers in one chain."""
import http.server
import json
import os
import threading
import unittest

import tokens
from tokens import bearer, claims


class HostileProvider:
    """Answers /.well-known/openid-configuration and /keys as `discovery` and `keys` say: each gets the handler."""

    def __init__(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                answer = provider.keys if self.path == "/keys" else provider.discovery
                try:
                    answer(self)
                except OSError:
                    pass  # the other side has had enough

            def log_message(self, *_):
                pass

        self.asked = []
        self.ending = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.discovery = lambda handler: reply(handler, {"issuer": self.issuer, "jwks_uri": self.issuer + "/keys"})
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()


def reply(handler, body, status=200, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


class Hostile(unittest.TestCase):
    def setUp(self):
        self.folder = tokens.folder()
        self.addCleanup(self.folder.cleanup)
        self.key = tokens.Key(self.folder.name)
        self.provider = HostileProvider()
        self.addCleanup(self.provider.close)
        self.good = lambda handler: reply(handler, {"keys": [self.key.jwk()]})
        self.provider.keys = self.good
        self.upstream = tokens.proxy.Upstream()
        self.addCleanup(self.upstream.close)

    def serve(self, **options):
        usual = {"issuer": self.provider.issuer, "audience": ["https://api.example"], "http_on_loopback": True,
                 "refetch_interval": "1s", "fetch_timeout": "500ms"}
        gatehouse = tokens.Gatehouse(self.upstream.url, tokens.realm(["sso"], sso={**usual, **options}))
        self.addCleanup(gatehouse.stop)
        return gatehouse

    def token(self, gatehouse, **more):
        token = self.key.sign(claims(self.provider.issuer, **more))
        gatehouse.secrets.append(token)
        return token

    def test_lies_let_nobody_in_and_the_truth_does_then(self):
        gatehouse = self.serve()
        token = self.token(gatehouse)
        self.assertEqual(gatehouse.get(bearer(token)).status, 200)

        def slow(handler):
            self.provider.ending.wait(2)
            self.good(handler)

        def huge(handler):
            handler.send_response(200)
            handler.end_headers()
            for _ in range(10_000):
                handler.wfile.write(b" " * 10_000)

        def stolen(handler):
            reply(handler, b"", 302, Location=self.provider.issuer + "/keys")

        lies = {
            "slow": ("keys", slow),
            "huge": ("keys", huge),
            "redirecting": ("keys", lambda handler: reply(handler, b"", 302, Location=self.provider.issuer + "/other")),
            "failing": ("keys", lambda handler: reply(handler, {"keys": [self.key.jwk()]}, 500)),
            "html": ("keys", lambda handler: reply(handler, b"<html>")),
            "deep": ("keys", lambda handler: reply(handler, b'{"keys":' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
            "zipped": ("keys", lambda handler: reply(handler, b"\x1f\x8b\x08\x00" + b"\0" * 100, **{"Content-Encoding": "gzip"})),
            "hanging up": ("keys", lambda handler: handler.connection.close()),
            "no keys": ("keys", lambda handler: reply(handler, {"keys": []})),
            "other issuer": ("discovery", lambda handler: reply(handler, {"issuer": self.provider.issuer + "/", "jwks_uri": self.provider.issuer + "/keys"})),
            "file": ("discovery", lambda handler: reply(handler, {"issuer": self.provider.issuer, "jwks_uri": "file:///etc/passwd"})),
            "moved": ("discovery", stolen),
        }
        truth = self.provider.discovery
        for name, (where, lie) in lies.items():
            with self.subTest(name):
                self.provider.keys, self.provider.discovery = self.good, truth
                setattr(self.provider, where, lie)
                liar = self.serve()
                self.assertEqual(liar.get(bearer(token)).status, 503)
                self.assertNotIn("/other", self.provider.asked)
                self.provider.keys, self.provider.discovery = self.good, truth
                liar.wait_for(lambda: liar.get(bearer(token)).status == 200)
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse))).status, 200)

    def test_bad_tokens_cause_no_fetches(self):
        gatehouse = self.serve(refetch_interval="30s")
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse))).status, 200)
        stranger = tokens.Key(self.folder.name, "stranger")
        for i in range(5):
            head = {"alg": "RS256", "kid": f"unknown-{i}"}
            self.assertEqual(gatehouse.get(bearer(stranger.sign(claims(self.provider.issuer), head))).status, 401)
            head["kid"] = self.key.kid
            self.assertEqual(gatehouse.get(bearer(stranger.sign(claims(self.provider.issuer), head))).status, 401)
        self.assertEqual(self.provider.asked.count("/keys"), 1)

    def test_a_new_key_is_found_by_the_token_that_names_it(self):
        gatehouse = self.serve()
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse))).status, 200)
        rotated = tokens.Key(self.folder.name, "k2")
        self.provider.keys = lambda handler: reply(handler, {"keys": [self.key.jwk(), rotated.jwk()]})
        token = rotated.sign(claims(self.provider.issuer))
        gatehouse.wait_for(lambda: gatehouse.get(bearer(token)).status == 200)

    def test_each_issuer_has_its_own_backend_and_keys(self):
        other = tokens.Key(self.folder.name, "k1")  # the same key id at both
        path = os.path.join(self.folder.name, "other.pem")
        with open(path, "w") as file:
            file.write(other.pem())
        self.key = tokens.Key(self.folder.name, "k2")
        gatehouse = tokens.Gatehouse(self.upstream.url, tokens.realm(
            ["first", "second"],
            first={"issuer": "https://a.example", "audience": ["https://api.example"], "keys": path},
            second={"issuer": self.provider.issuer, "audience": ["https://api.example"], "http_on_loopback": True}))
        self.addCleanup(gatehouse.stop)
        second = self.key.sign(claims(self.provider.issuer))
        first = other.sign(claims("https://a.example"))
        for token, status in ((first, 200), (second, 200), (other.sign(claims(self.provider.issuer)), 401),
                              (self.key.sign(claims("https://a.example")), 401), (other.sign(claims("https://c.example")), 401),
                              ("opaque", 401)):
            self.assertEqual(gatehouse.get(bearer(token)).status, status, gatehouse.log_text())


if __name__ == "__main__":
    unittest.main()
