# SPDX-License-Identifier: Apache-2.0
"""What forward-auth answers to the proxy that asks, over raw sockets: 200, 401, 403, 429 or 503, and nothing else."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../proxy"))
from support import ALICE, BOB, WRONG, Client, Gatehouse  # noqa: E402

RULES = """
[[http.rules]]
path = ["/health", "/public/**"]
require = "anyone"
[[http.rules]]
path = "/near"
from = "192.0.2.0/24"
require = "anyone"
[[http.rules]]
path = "/named"
host = "open.example"
require = "anyone"
[[http.rules]]
path = "/data/**"
methods = ["POST", "DELETE"]
require = "user:bob"
"""
FORMS = {"forwarded": ("X-Forwarded-Method", "X-Forwarded-Uri"), "original": ("X-Original-Method", "X-Original-URL")}


class Case(unittest.TestCase):
    form = "forwarded"
    peers = '["127.0.0.1"]'

    @classmethod
    def setUpClass(cls):
        proxy = f'forward_auth = "127.0.0.1:0"\nforward_auth_form = "{cls.form}"\nforward_auth_peers = {cls.peers}\n'
        cls.gatehouse = Gatehouse("whoami:", proxy=proxy, http=RULES)
        line = cls.gatehouse.wait_for_log("forward-auth on ")
        port = int(line.rsplit(":", 1)[1].strip().rstrip("/"))
        cls.address = ("127.0.0.1", port)

    @classmethod
    def tearDownClass(cls):
        cls.gatehouse.stop()

    def raw(self, lines, target="/", method="GET", body=b""):
        with Client(self.address) as client:
            client.send(f"{method} {target} HTTP/1.1\r\nHost: gatehouse\r\n{lines}\r\n".encode("latin-1") + body)
            return client.response(method)

    def told(self, method="GET", uri="/x", lines=""):
        name_of_method, name_of_uri = FORMS[self.form]
        return self.raw(f"{name_of_method}: {method}\r\n{name_of_uri}: {uri}\r\n{lines}")


class Forwarded(Case):
    def test_allowed_is_200_with_the_identity(self):
        response = self.told(lines=ALICE)
        self.assertEqual(response.status, 200)
        self.assertEqual(response.value("Remote-User"), "alice")
        for name in ("Remote-Groups", "Remote-Email", "Remote-Name"):
            self.assertEqual(response.value(name), "", "what is not known has to take the place of the caller's own")
        self.assertEqual(response.value("Cache-Control"), "no-store")
        self.assertEqual(response.body, b"")

    def test_denied_is_401_with_a_challenge_also_for_a_browser_that_loads_a_page(self):
        page = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
        for lines in ("", WRONG, page, WRONG + page, "Authorization: Bearer x\r\n"):
            response = self.told(lines=lines)
            self.assertEqual(response.status, 401)
            self.assertIn("Basic realm=", response.value("WWW-Authenticate"))
            self.assertIsNone(response.value("Remote-User"))

    def test_rules(self):
        for method, uri, lines, status in (
                ("GET", "/health", "", 200), ("GET", "/health", WRONG, 200), ("POST", "/public/x?y", "", 200),
                ("POST", "/data/1", ALICE, 403), ("POST", "/data/1", BOB, 200), ("GET", "/data/1", ALICE, 200),
                ("DELETE", "/data/1?x=/public/", ALICE, 403), ("OPTIONS", "*", "", 401)):
            with self.subTest(uri=uri):
                self.assertEqual(self.told(method, uri, lines).status, status)
        self.assertEqual(self.told(uri="/health", lines=ALICE).value("Remote-User"), "")

    def test_a_kept_connection_tells_each_request_its_own_caller(self):
        method, uri = FORMS[self.form]
        with Client(self.address) as client:
            for path, lines, user in (("/x", ALICE, "alice"), ("/health", ALICE, ""), ("/x", BOB, "bob"),
                                      ("/x", "", None), ("/health", "", "")):
                client.send(f"GET / HTTP/1.1\r\nHost: g\r\n{method}: GET\r\n{uri}: {path}\r\n{lines}\r\n")
                self.assertEqual(client.response().value("Remote-User"), user)

    def test_what_is_not_told_once_and_well_is_refused(self):
        method, uri = FORMS[self.form]
        other = FORMS["original" if self.form == "forwarded" else "forwarded"]
        good = f"{method}: GET\r\n{uri}: /health\r\n"
        for lines in ("", f"{method}: GET\r\n", f"{uri}: /health\r\n", good + f"{uri}: /health\r\n",
                      good + f"{method}: GET\r\n", f"{method}: \r\n{uri}: /health\r\n", f"{method}: GET\r\n{uri}: \r\n",
                      f"{method}: G ET\r\n{uri}: /health\r\n", f"{method}: GET,POST\r\n{uri}: /health\r\n",
                      f"{method}: {'G' * 40}\r\n{uri}: /health\r\n", f"{other[0]}: GET\r\n{other[1]}: /health\r\n",
                      good + "X-Forwarded-Host: a b\r\n", good + "X-Forwarded-Host: a\r\nX-Forwarded-Host: a\r\n"):
            with self.subTest(lines=lines):
                response = self.raw(lines + ALICE)
                self.assertEqual(response.status, 403)
                self.assertIsNone(response.value("Remote-User"))
        for wrong in ("health", "../health", "?x", "http://", "http:///health", "http://u@h/health", "http://u:p@h/health",
                      "ftp://h/health", "//health", "/a b", "/a#b", "/a\\b", "/caf\xe9", "*", "https://h:99999/health",
                      "https://h, http://h/health", "/" + "a" * 9000, "http://h/health, /x"):
            with self.subTest(uri=wrong):
                self.assertEqual(self.told(uri=wrong, lines=ALICE).status, 403)

    def test_a_path_with_two_readings_is_refused(self):
        for path in ("/public/../data/1", "/public/%2e%2e/x", "//x", "/public%2fx", "/public;x", "/%61dmin", "/a%00"):
            for lines in ("", ALICE):
                self.assertEqual(self.told(uri=path, lines=lines).status, 403)
        self.assertEqual(self.told("POST", "/x", ALICE + "X-HTTP-Method-Override: DELETE\r\n").status, 403)

    def test_whole_urls_bring_their_host(self):
        for uri, lines, status in (("http://open.example/named", "", 200), ("https://OPEN.example:443/named", "", 200),
                                   ("/named", "X-Forwarded-Host: open.example\r\n", 200), ("/named", "", 401),
                                   ("http://other.example/named", "X-Forwarded-Host: open.example\r\n", 401),
                                   ("http://open.example", "", 401), ("https://open.example", ALICE, 200)):
            with self.subTest(uri=uri):
                self.assertEqual(self.told(uri=uri, lines=lines).status, status)

    def test_the_caller_is_the_last_that_no_trusted_peer_told_of(self):
        for chain, status in (("192.0.2.7", 200), ("192.0.2.7, 127.0.0.1", 200), ("10.0.0.1, 192.0.2.7", 200),
                              ("192.0.2.7, 10.0.0.1", 401), ("192.0.2.7, 10.0.0.1, 127.0.0.1", 401), ("", 401),
                              ("192.0.2.7,", 401), (", ,", 401), ("unknown", 401), ("192.0.2.7:80", 401), ("unix", 401),
                              ("192.0.2.7\r\nX-Forwarded-For: 10.0.0.1", 401), ("10.0.0.1\r\nX-Forwarded-For: 192.0.2.7", 200),
                              ("1.1.1.1, " * 700 + "192.0.2.7", 200)):
            with self.subTest(chain=chain[:40]):
                self.assertEqual(self.told(uri="/near", lines=f"X-Forwarded-For: {chain}\r\n").status, status)
        self.assertEqual(self.told(uri="/near").status, 401)

    def test_whatever_asks_with_whatever_method_and_path(self):
        method, uri = FORMS[self.form]
        for own in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
            lines = f"{method}: GET\r\n{uri}: /x\r\n" + ALICE
            response = self.raw(lines + "Content-Length: 4\r\n", "/any/path?x", own, b"body")
            self.assertEqual((response.status, response.value("Remote-User")), (200, "alice"))

    def test_nothing_is_passed_on_from_there(self):
        self.assertEqual(self.raw(ALICE).status, 403)
        upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\n"
        self.assertEqual(self.told(lines=ALICE + upgrade).status, 200)


class Original(Forwarded):
    form = "original"


class Request(Case):
    """The question is itself the original request."""
    form = "request"

    def test_method_path_and_host_are_its_own(self):
        for method, path, lines, status in (
                ("GET", "/health", "", 200), ("GET", "/x", "", 401), ("GET", "/x", ALICE, 200), ("POST", "/data/1", ALICE, 403),
                ("POST", "/data/1", BOB, 200), ("GET", "/public/../x", ALICE, 403),
                ("GET", "/x", "X-Forwarded-Uri: /health\r\nX-Original-URL: /health\r\n", 401)):
            with self.subTest(path=path):
                self.assertEqual(self.raw(lines, path, method).status, status)


class Strangers(Case):
    peers = '["192.0.2.1"]'

    def test_who_is_not_named_is_told_nothing(self):
        for lines in ("", ALICE, WRONG):
            for uri in ("/x", "/health"):
                response = self.told(uri=uri, lines=lines)
                self.assertEqual(response.status, 403)
                self.assertIsNone(response.value("WWW-Authenticate"))
        self.gatehouse.wait_for_log("forward-auth was asked by 127.0.0.1")


class Places(unittest.TestCase):
    """Strangers at the door cannot take the places of the proxies that ask."""

    def test_each_listener_has_its_own(self):
        gatehouse = Gatehouse("whoami:", 'forward_auth = "127.0.0.1:0"\nmax_connections = 1\nthreads = 1')
        self.addCleanup(gatehouse.stop)
        port = int(gatehouse.wait_for_log("forward-auth on ").rsplit(":", 1)[1].strip().rstrip("/"))
        lines = "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /x\r\n" + ALICE
        with gatehouse.client() as caller, Client(("127.0.0.1", port)) as proxy:
            # In the middle of its request, which is answered before its body has come, it is no one that waits for one.
            caller.send("POST / HTTP/1.1\r\nHost: a\r\n" + ALICE + "Content-Length: 3\r\n\r\n")
            self.assertEqual(caller.response().status, 200)
            for _ in range(2):
                proxy.send(f"GET / HTTP/1.1\r\nHost: g\r\n{lines}\r\n")
                self.assertEqual(proxy.response().status, 200)
            with gatehouse.client() as more:
                self.assertEqual(more.response().status, 503)
            caller.send("abc")
            self.assertEqual(caller.ask().status, 200)


class Mistakes(unittest.TestCase):
    def test_what_is_wrong_is_said(self):
        import subprocess
        with tempfile.TemporaryDirectory() as folder:
            users = os.path.join(folder, "users")
            config = os.path.join(folder, "g.toml")
            with open(users, "w") as file:
                file.write("a:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n")
            os.chmod(users, 0o600)
            for text, expected in (('forward_auth = "here"', "forward_auth"),
                                   ('forward_auth = "127.0.0.1:1"\nforward_auth_form = "both"', "forward_auth_form"),
                                   ('forward_auth = "127.0.0.1:1"\nforward_auth_peers = ["a"]', '"a" is no network'),
                                   ('forward_auth = "127.0.0.1:1"\nforward_auth_peers = []', "forward_auth_peers")):
                with open(config, "w") as file:
                    file.write(f'[realms.r]\nchain = ["b"]\n[backends.b]\nplugin = "htpasswd"\nfile = "{users}"\n'
                               f'[proxy]\n{text}\n')
                os.chmod(config, 0o600)
                done = subprocess.run([os.environ["GATEHOUSE"], "check", "--config", config], capture_output=True,
                                      text=True, timeout=20, stdin=subprocess.DEVNULL)
                self.assertEqual(done.returncode, 2, text)
                self.assertIn(expected, done.stderr)


if __name__ == "__main__":
    unittest.main()
