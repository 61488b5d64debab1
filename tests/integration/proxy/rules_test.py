# SPDX-License-Identifier: Apache-2.0
"""Rules at the proxy door: who is let in where, and that no other spelling of a path is."""
import os
import subprocess
import tempfile
import unittest

from support import ALICE, BOB, LIMIT, WRONG, Gatehouse, Upstream

RULES = """
[[http.rules]]
path = ["/health", "/public/**"]
require = "anyone"

[[http.rules]]
path = "/admin/**"
require = ["group:ops", "user:nobody"]

[[http.rules]]
path = "/near"
from = "192.0.2.0/24"
require = "anyone"

[[http.rules]]
path = "/named"
host = "*.open.example"
require = "anyone"

[[http.rules]]
path = "/data/**"
methods = ["POST", "PUT", "DELETE"]
require = "group:writers"

[[http.rules]]
path = "/alice"
require = "user:alice"
"""

# Each could be read as /admin by some service; none may get there, or anywhere.
OTHER_SPELLINGS = [
    "/public/../admin", "/public/%2e%2e/admin", "/public/%2E%2E/admin", "/public/.%2e/admin", "/./admin", "/admin/.",
    "/%2e/admin", "//admin", "///admin", "/public//../admin", "/public%2fadmin", "/public%2F..%2fadmin",
    "/public/%5c../admin", "/public/..%5cadmin", "/public/%zz", "/%u002e", "/public/%c0%ae%c0%ae/admin",
    "/public/%e0%80%af", "/public/%00", "/admin%00.png", "/public/%0a", "/public/%0d", "/public/%09", "/admin%20",
    "/public;/admin", "/public/..;/admin", "/public%3b", "/public/%3f", "/public/%23", "/%61dmin", "/public/%252e%252e/admin",
    "/public\\..\\admin", "/public/a{b}", "/public/caf\xe9",
]


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.gatehouse = Gatehouse(cls.upstream.url, http=RULES)

    @classmethod
    def tearDownClass(cls):
        cls.upstream.close()
        cls.gatehouse.stop()

    def setUp(self):
        self.upstream.requests.clear()

    def ask(self, path, method="GET", lines="", host="public.example", client=None):
        def once(client):
            client.send(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode("latin-1"))
            return client.response(method)
        if client is not None:
            return once(client)
        with self.gatehouse.client() as fresh:
            return once(fresh)

    def statuses(self, path, method="GET", **more):
        return [self.ask(path, method, lines, **more).status for lines in ("", WRONG, ALICE, BOB)]

    def test_anyone_is_let_in_without_a_look_at_the_credential(self):
        forged = "Remote-User: root\r\nX-Remote.Groups: ops\r\nX-Forwarded-User: root\r\n"
        for lines in ("", WRONG, ALICE, "Authorization: Basic\r\n", ALICE + WRONG):
            with self.subTest(lines=lines):
                response = self.ask("/health", lines=lines + forged)
                self.assertEqual(response.status, 200)
                told = response.body.decode("latin-1").lower()
                for name in ("remote-user", "remote.groups", "forwarded-user", "authorization"):
                    self.assertNotIn(name, told)

    def test_a_kept_connection_tells_each_request_its_own_caller(self):
        with self.gatehouse.client() as client:
            for _ in range(3):
                self.assertIn(b"Remote-User: alice", self.ask("/x", lines=ALICE, client=client).body)
                self.assertNotIn(b"Remote-User", self.ask("/public/x", lines=ALICE, client=client).body)
                self.assertIn(b"Remote-User: bob", self.ask("/x", lines=BOB, client=client).body)
                self.assertEqual(self.ask("/alice", lines=BOB, client=client).status, 403)
                self.assertNotIn(b"Remote-User", self.ask("/health", client=client).body)

    def test_requirements(self):
        self.assertEqual(self.statuses("/other"), [401, 401, 200, 200])
        self.assertEqual(self.statuses("/admin"), [401, 401, 403, 403])
        self.assertEqual(self.statuses("/admin/x"), [401, 401, 403, 403])
        self.assertEqual(self.statuses("/admin/"), [401, 401, 403, 403])
        self.assertEqual(self.statuses("/adminx"), [401, 401, 200, 200])
        self.assertEqual(self.statuses("/alice"), [401, 401, 200, 403])
        self.assertEqual(self.statuses("/alice?x=/public"), [401, 401, 200, 403])
        self.assertEqual(self.statuses("/alice", "HEAD"), [401, 401, 200, 403])
        self.assertEqual(self.statuses("/data/1"), [401, 401, 200, 200])
        self.assertEqual(self.statuses("/data/1", "DELETE"), [401, 401, 403, 403])
        self.assertEqual(self.statuses("/data/1", "delete"), [501, 501, 501, 501])  # no service shall take it for DELETE
        self.assertEqual(self.statuses("/near"), [401, 401, 200, 200])
        self.assertEqual(self.statuses("/named"), [401, 401, 200, 200])
        for host in ("a.open.example", "A.OPEN.EXAMPLE:8080", "a.open.example."):
            self.assertEqual(self.statuses("/named", host=host), [200, 200, 200, 200])
        for host in ("open.example", "xopen.example", "a.open.example.evil", "[::1]"):
            self.assertEqual(self.statuses("/named", host=host), [401, 401, 200, 200])

    def test_a_refused_request_never_reaches_the_service_and_says_why_to_the_operator_only(self):
        response = self.ask("/alice", lines=BOB + "Accept: text/html\r\n")
        self.assertEqual(response.status, 403)
        self.assertEqual(self.upstream.requests, [])
        self.assertNotIn(b"alice", response.body)
        self.assertNotIn(b"rule", response.body)
        line = self.gatehouse.wait_for_log("may not GET /alice: rule 6 (")
        self.assertIn('"bob" may not', line)
        self.assertIn("asks for user:alice", line)

    def test_other_spellings_of_a_path_are_refused(self):
        for path in OTHER_SPELLINGS:
            for lines in ("", ALICE):
                with self.subTest(path=path), self.gatehouse.client() as client:
                    self.assertEqual(self.ask(path, lines=lines, client=client).status, 400)
                    self.assertTrue(client.is_closed())
        self.assertEqual(self.upstream.requests, [])

    def test_the_path_that_was_judged_is_passed_on_byte_for_byte(self):
        for path in ("/public/a%20b", "/public/%C3%A9%c3%a9", "/public/~a%7Eb", "/public/x/?a=%2f..//;b&c=%zz", "/public/",
                     "/public/100%25"):
            body = self.ask(path).body.decode("latin-1")
            self.assertEqual(body.split("\n")[0], f"GET {path} HTTP/1.1")
        absolute = self.ask("http://public.example/alice", lines=BOB)
        self.assertEqual(absolute.status, 403)

    def test_fields_that_would_change_what_was_judged(self):
        for name in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Original-Method", "X-Forwarded-Method"):
            body = self.ask("/public/x", lines=f"{name}: /admin\r\n").body.decode("latin-1")
            self.assertNotIn("/admin", body)
            self.assertEqual(self.ask("/admin", lines=f"{name}: /public/x\r\n").status, 401)
        for name in ("X-HTTP-Method-Override", "X_HTTP_Method_Override", "X-HTTP-Method", "X-Method-Override"):
            self.assertEqual(self.ask("/public/x", "POST", lines=f"{name}: DELETE\r\nContent-Length: 0\r\n").status, 400)

    def test_options_of_the_whole_server(self):
        self.assertEqual(self.statuses("*", "OPTIONS"), [401, 401, 200, 200])

    def test_byte_by_byte_says_the_same(self):
        for path, lines, status in (("/alice", BOB, 403), ("/public/../admin", ALICE, 400), ("/health", "", 200)):
            with self.gatehouse.client() as client:
                for byte in f"GET {path} HTTP/1.1\r\nHost: public.example\r\n{lines}\r\n".encode():
                    client.send(bytes([byte]))
                self.assertEqual(client.response().status, status)


class UnixCallers(unittest.TestCase):
    def test_a_caller_over_a_unix_socket_is_in_no_network_but_unix(self):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        with tempfile.TemporaryDirectory() as folder:
            http = ('[[http.rules]]\npath = "/net"\nfrom = ["0.0.0.0/0", "::/0"]\nrequire = "anyone"\n'
                    '[[http.rules]]\npath = "/unix"\nfrom = "unix"\nrequire = "anyone"\n')
            gatehouse = Gatehouse(upstream.url, listen=f"unix:{folder}/s", http=http)
            try:
                for path, status in (("/net", 401), ("/unix", 200)):
                    with gatehouse.client() as client:
                        self.assertEqual(client.ask(path, lines="").status, status)
            finally:
                gatehouse.stop()


class BehindAnother(unittest.TestCase):
    """What a proxy in front says of host and caller, and what it leaves as the caller wrote it."""
    HOSTS = '[[http.rules]]\npath = "/h"\nhost = "public.example"\nrequire = "anyone"\n'

    def serve(self, proxy, http=HOSTS):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        gatehouse = Gatehouse(upstream.url, proxy, http=http)
        self.addCleanup(gatehouse.stop)
        return gatehouse

    def status(self, gatehouse, path, lines, host="public.example", first=b""):
        with gatehouse.client() as client:
            client.send(first + f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode())
            return client.response().status

    def test_rules_of_hosts_hold_for_the_host_that_the_service_sees_too(self):
        gatehouse = self.serve('trusted_proxies = ["127.0.0.1"]')
        public = "X-Forwarded-Host: public.example\r\n"
        self.assertEqual(self.status(gatehouse, "/h", public), 200)
        self.assertEqual(self.status(gatehouse, "/h", "X-Forwarded-Host: PUBLIC.example:443\r\n"), 200)
        self.assertEqual(self.status(gatehouse, "/h", public, "admin.example"), 401)
        self.assertEqual(self.status(gatehouse, "/h", public + ALICE, "admin.example"), 200)
        self.assertEqual(self.status(gatehouse, "/h", "X-Forwarded-Host: admin.example\r\n"), 401)
        self.assertEqual(self.status(gatehouse, "/h", ""), 200)
        gatehouse.wait_for_log("rules of hosts say different things of X-Forwarded-Host public.example and Host admin.example")

    def test_who_may_on_one_host_only_may_not_on_the_other(self):
        gatehouse = self.serve('trusted_proxies = ["127.0.0.1"]',
                               '[[http.rules]]\nhost = "admin.example"\nrequire = "group:ops"\n')
        self.assertEqual(self.status(gatehouse, "/", ALICE + "X-Forwarded-Host: public.example\r\n", "admin.example"), 403)
        self.assertEqual(self.status(gatehouse, "/", ALICE + "X-Forwarded-Host: admin.example\r\n"), 403)
        self.assertEqual(self.status(gatehouse, "/", ALICE + "X-Forwarded-Host: public.example\r\n", "inner"), 200)

    def test_a_service_that_is_told_a_fixed_host_has_no_other(self):
        gatehouse = self.serve('trusted_proxies = ["127.0.0.1"]\nupstream_host = "inner"')
        self.assertEqual(self.status(gatehouse, "/h", "X-Forwarded-Host: public.example\r\n", "127.0.0.1:8080"), 200)

    NEAR = '[[http.rules]]\npath = "/n"\nfrom = "127.0.0.0/8"\nrequire = "anyone"\n'

    def test_a_proxy_is_not_the_caller_of_whom_it_does_not_tell(self):
        gatehouse = self.serve('trusted_proxies = ["127.0.0.1"]', self.NEAR)
        for lines, status in (("", 200), ("X-Forwarded-For: 127.0.0.9\r\n", 200), ("X-Forwarded-For: 192.0.2.7\r\n", 401),
                              ("X-Forwarded-For: junk\r\n", 401), ("X-Forwarded-For: \r\n", 401),
                              ("X-Forwarded-For: 192.0.2.7, junk, 127.0.0.1\r\n", 401), ("X-Forwarded-For: junk\r\n" + ALICE, 200)):
            with self.subTest(lines=lines):
                self.assertEqual(self.status(gatehouse, "/n", lines), status)

    def test_a_balancer_is_not_the_caller_of_whom_it_does_not_tell(self):
        gatehouse = self.serve('trusted_proxies = ["127.0.0.1"]\nproxy_protocol = true', self.NEAR)
        local = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"
        unknown = b"\r\n\r\n\0\r\nQUIT\n\x21\x00\x00\x00"
        for first, status in ((local, 200), (unknown, 401), (b"PROXY UNKNOWN\r\n", 401),
                              (b"PROXY TCP4 192.0.2.7 10.0.0.1 1 80\r\n", 401)):
            with self.subTest(first=first):
                self.assertEqual(self.status(gatehouse, "/n", "", first=first), status)


class Reload(unittest.TestCase):
    def test_new_rules_are_taken_and_wrong_ones_are_not(self):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        gatehouse = Gatehouse(upstream.url)
        self.addCleanup(gatehouse.stop)

        def status(path):
            with gatehouse.client() as client:
                return client.ask(path, lines="").status
        self.assertEqual(status("/health"), 401)
        gatehouse.write_config(upstream.url, http='[[http.rules]]\npath = "/health"\nrequire = "anyone"\n')
        gatehouse.signal(1)
        gatehouse.wait_for_log("the new configuration serves")
        self.assertEqual(status("/health"), 200)
        gatehouse.write_config(upstream.url, http='[[http.rules]]\npath = "/health"\nrequire = "everyone"\n')
        gatehouse.signal(1)
        gatehouse.wait_for_log("the old one goes on serving")
        self.assertEqual(status("/health"), 200)


class Sizes(unittest.TestCase):
    def test_ten_thousand_rules_decide_as_one_does(self):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        for count in (1, 100, 101, 10_000):
            rules = "".join(f'[[http.rules]]\npath = "/t{i}/**"\nrequire = "group:t{i}"\n' for i in range(count - 1))
            rules += '[[http.rules]]\npath = "/open/**"\nrequire = "anyone"\n'
            gatehouse = Gatehouse(upstream.url, http=rules)
            try:
                for path, lines, status in (("/open/x", "", 200), ("/openx", "", 401), ("/x", ALICE, 200),
                                            ("/open/../x", ALICE, 400), (f"/t{count - 2}/x", ALICE, 403 if count > 1 else 200)):
                    with self.subTest(count=count, path=path), gatehouse.client() as client:
                        self.assertEqual(client.ask(path, lines=lines).status, status)
            finally:
                gatehouse.stop()


class Check(unittest.TestCase):
    """What `gatehouse check` says about rules."""

    def check(self, http):
        with tempfile.TemporaryDirectory() as folder:
            users = os.path.join(folder, "users")
            with open(users, "w") as file:
                file.write("a:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n")
            config = os.path.join(folder, "g.toml")
            with open(config, "w") as file:
                file.write(f'[realms.r]\nchain = ["b"]\n[backends.b]\nplugin = "htpasswd"\nfile = "{users}"\n{http}')
            os.chmod(users, 0o600)
            os.chmod(config, 0o600)
            done = subprocess.run([os.environ["GATEHOUSE"], "check", "--config", config], capture_output=True, text=True,
                                  timeout=LIMIT, stdin=subprocess.DEVNULL)
            return done.returncode, done.stderr.replace(config, "FILE")

    def test_mistakes_are_named_with_their_place(self):
        for text, expected in (
                ('path = "/a"', "FILE:6: http.rules[1].require: is missing"),
                ('paths = "/a"\nrequire = "login"', 'FILE:7: http.rules[1].paths: is not known here; did you mean "path"?'),
                ('path = 1\nrequire = "login"', "FILE:7: http.rules[1].path: "),
                ('path = "admin"\nrequire = "login"', 'FILE:6: http.rules[1].path: "admin" does not begin with /'),
                ('path = []\nrequire = "login"', "FILE:6: http.rules[1].path: is empty"),
                ('methods = "get"\nrequire = "login"', 'did you mean "GET"?'),
                ('host = "a:80"\nrequire = "login"', "FILE:6: http.rules[1].host: "),
                ('from = "10.0.0.1/8"\nrequire = "login"', 'the network is "10.0.0.0/8"'),
                ('require = "everyone"', 'FILE:6: http.rules[1].require: "everyone": expected anyone, login, user:NAME'),
                ('require = "group:"', "http.rules[1].require: "),
                ('require = "attribute:a"', "http.rules[1].require: "),
                ('require = ["anyone", "group:x"]', '"anyone" stands alone'),
                ('require = []', "http.rules[1].require: ")):
            with self.subTest(text=text):
                code, errors = self.check("[[http.rules]]\n" + text + "\n")
                self.assertEqual(code, 2, errors)
                self.assertIn(expected, errors)

    def test_a_rule_that_can_never_decide_is_a_warning(self):
        code, errors = self.check('[[http.rules]]\npath = "/**"\nrequire = "login"\n'
                                  '[[http.rules]]\npath = "/admin/**"\nrequire = "group:ops"\n')
        self.assertEqual(code, 0)
        self.assertIn("warning: rule 2 (FILE:9): it can never decide: rule 1 (FILE:6) comes first", errors)
        self.assertEqual(self.check('[[http.rules]]\nrequire = "login"\n'), (0, ""))


if __name__ == "__main__":
    unittest.main()
