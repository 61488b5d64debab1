# SPDX-License-Identifier: Apache-2.0
"""A provider that lies, stalls, floods, redirects and forgets; and two issuers in one chain."""
import http.server
import json
import os
import threading
import time
import unittest
import urllib.parse

import tokens
from tokens import bearer, claims


class HostileProvider:
    """Answers /.well-known/openid-configuration, /keys and /introspect as `discovery`, `keys` and `introspection` say:
    each gets the handler, and the form that came."""

    def __init__(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(provider.keys if self.path == "/keys" else provider.discovery)

            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.answer(lambda handler: provider.introspection(handler, form["token"][0]))

            def answer(self, how):
                provider.asked.append(self.path)
                try:
                    how(self)
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

    def secret(self):
        path = os.path.join(self.folder.name, "secret")
        with open(path, "w") as file:
            file.write("a secret of the client")
        os.chmod(path, 0o600)
        return path

    def test_who_asks_about_tokens_that_hang_does_not_hold_up_the_others(self):
        stalling = threading.Event()

        def introspection(handler, token):
            if stalling.is_set():
                self.provider.ending.wait(tokens.LIMIT)
            reply(handler, {"active": True, "token_type": "Bearer", **claims(self.provider.issuer, sub=token)})

        self.provider.introspection = introspection
        gatehouse = self.serve(introspection="opaque", introspection_endpoint=self.provider.issuer + "/introspect", client_id="gate",
                               client_secret_file=self.secret(), fetch_timeout="1m", timeout="1m", workers=8)
        first = gatehouse.get(bearer("opaque"))
        self.assertIn("Remote-User: opaque\n", first.body.decode())
        good = [self.token(gatehouse, jti=str(i)) for i in range(10)]
        stalling.set()
        statuses = []
        # Four hang for longer than a provider may that is not slow; then as many as there are workers, and more.
        hanging = [threading.Thread(target=lambda i=i: statuses.append(gatehouse.get(bearer(f"hanging-{i}")).status)) for i in range(16)]
        for thread in hanging[:4]:
            thread.start()
        gatehouse.wait_for(lambda: self.provider.asked.count("/introspect") == 5)
        time.sleep(0.6)
        for thread in hanging[4:]:
            thread.start()
        gatehouse.wait_for(lambda: statuses == [503] * 12)
        for token in good:
            self.assertEqual(gatehouse.get(bearer(token)).status, 200)
        self.assertEqual(len(statuses), 12, "the four are answered too: this says nothing")
        self.assertEqual(self.provider.asked.count("/introspect"), 5)
        self.provider.ending.set()
        for thread in hanging:
            thread.join()

    def test_tokens_that_are_no_access_tokens_and_answers_that_contradict(self):
        told = {"active": True, "token_type": "Bearer"}
        self.provider.introspection = lambda handler, token: reply(handler, told)
        gatehouse = self.serve(introspection="all", introspection_endpoint=self.provider.issuer + "/introspect", client_id="gate",
                               client_secret_file=self.secret())
        ask = lambda number: gatehouse.get(bearer(self.token(gatehouse, jti=str(number)))).status
        self.assertEqual(ask(0), 200, gatehouse.log_text())
        for number, more in enumerate(({"token_use": "refresh_token"}, {"typ": "Refresh"}, {"token_type": "refresh_token"}, {"aud": "x"},
                                       {"sub": "bob"}, {"iss": "https://other.example"}, {"exp": 1}, {"cnf": {"jkt": "x"}}), 1):
            told = {"active": True, "token_type": "Bearer", **more}
            self.assertEqual(ask(number), 401, more)

    def test_it_ends_while_the_provider_stalls(self):
        def stall(handler, *_):
            self.provider.ending.wait(tokens.LIMIT)

        self.provider.keys = self.provider.introspection = stall
        gatehouse = self.serve(introspection="opaque", introspection_endpoint=self.provider.issuer + "/introspect", client_id="gate",
                               client_secret_file=self.secret(), fetch_timeout="50s")
        waiting = [gatehouse.client() for _ in range(3)]
        for client, token in zip(waiting, (self.token(gatehouse), self.token(gatehouse, jti="2"), "opaque")):
            client.send(f"GET / HTTP/1.1\r\nHost: app\r\n{bearer(token)}\r\n")
        gatehouse.wait_for(lambda: {"/keys", "/introspect"} <= set(self.provider.asked))
        waiting[1].sock.close()  # one of them does not even wait
        gatehouse.backends = gatehouse.backends.replace("50s", "49s")
        gatehouse.write_config(self.upstream.url)
        gatehouse.signal(tokens.proxy.signal.SIGHUP)
        gatehouse.wait_for_log("the new configuration serves")
        gatehouse.signal(tokens.proxy.signal.SIGTERM)
        gatehouse.process.wait(tokens.LIMIT)
        for client in waiting:
            client.sock.close()

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
