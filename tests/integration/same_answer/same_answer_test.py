# SPDX-License-Identifier: Apache-2.0
"""One corpus of requests through every door: same verdict, same answer, same words to the service. What is not HTTP, the
auth socket that PAM asks and the library, is asked the same names and passwords."""
import base64
import os
import pathlib
import socket
import struct
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS / "integration/nginx"))
from nginx_support import LIMIT, Client, Nginx, Upstream, login, wait_for  # noqa: E402

PERSON = "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n"
PROTECTED = ("Remote-User", "REMOTE-GROUPS", "Remote.Email", "X-Remote-User", "X-Forwarded-User", "X-WebAuth-Role",
             "X-Auth-Request-Email", "X!Remote'User")


def raw(text):
    return "Authorization: Basic " + base64.b64encode(text).decode() + "\r\n"


USERS = ("anna", "alias-carol", "member-red-blue-a,b", "odd", "nobody", "forbidden", "down", "wide", "x" * 512, "x" * 513,
         "j\u00f6rg", "a b", "a:b")
PASSWORDS = ("right", "wrong", "")
# What a decision is to HTTP, to who asks at the auth socket, and to who calls `gatehouse login`.
STATUS = {"granted": 200, "denied": 401, "forbidden": 403, "unavailable": 503}
CODE = {"granted": 6, "denied": 1, "forbidden": 5, "unavailable": 0}
EXIT = {"granted": 0, "denied": 1, "forbidden": 5, "unavailable": 3}


def corpus():
    """(what it is, method, header lines)"""
    for user in USERS:
        for password in PASSWORDS:
            yield f"{user[:20]}, password {password!r}", "GET", raw(f"{user}:{password}".encode())
    for text in (b"", b":", b"anna", b":right", b"anna:ri\0ght", b"anna\n:right", b"\xff:right", b"anna:\xc3\x28",
                 b"anna:" + b"x" * 4096, b"anna:" + b"x" * 4097, b"anna:right ", b"ANNA:right"):
        yield f"text {text[:20]!r}", "GET", raw(text)
    for path in sorted((TESTS / "fuzz/corpus/authorization_header").iterdir()):
        value = path.read_bytes()
        if value and all(byte >= 0x20 and byte != 0x7F for byte in value) and len(value) < 6000:
            yield f"corpus {path.name}", "GET", "Authorization: " + value.decode("latin-1") + "\r\n"
    yield "none", "GET", ""
    yield "none, HEAD", "HEAD", ""
    yield "two", "GET", login("anna") + login("anna")
    yield "two, one wrong", "GET", login("anna") + login("anna", "wrong")
    yield "Proxy-Authorization", "GET", login("anna").replace("Authorization", "Proxy-Authorization")
    yield "lower case", "GET", login("anna").replace("Authorization: Basic", "authorization: bAsIc")
    yield "two spaces", "GET", login("anna").replace("Basic ", "Basic  ")
    for lines in ("", login("anna", "wrong"), login("forbidden"), login("down")):
        yield "a person", "GET", PERSON + lines
        yield "a script of a page", "GET", PERSON + lines + "Sec-Fetch-Mode: cors\r\n"
        yield "XMLHttpRequest", "GET", PERSON + lines + "X-Requested-With: XMLHttpRequest\r\n"
        yield "a person, HEAD", "HEAD", PERSON + lines
        yield "POST", "POST", PERSON + lines + "Content-Length: 0\r\n"
    for name in PROTECTED:
        yield f"{name} of the caller", "GET", login("anna") + f"{name}: imposter\r\n"
        yield f"{name} of the caller, many", "GET", f"{name}: imposter\r\n" * 30 + login("alias-bea") + f"{name}: imposter\r\n"
    yield "cookies", "GET", login("anna") + "Cookie: a=b; session=c\r\nX-Own: kept\r\n"


RULES = """
[http]
name_header = "X-Who"
[[http.rules]]
path = "/open/**"
require = "anyone"
[[http.rules]]
path = "/red/*/x"
methods = ["GET", "PUT"]
require = ["group:red", "user:anna"]
[[http.rules]]
path = "/host"
host = "public.example"
require = "user:carol"
[[http.rules]]
path = "/from/**"
from = "127.0.0.0/8"
require = "anyone"
"""


def ruled():
    """(method, target)"""
    for target in ("/", "/open", "/open/", "/open/a%20b", "/open/caf%C3%A9", "/open/%2e%2e/red/a/x", "/open/..%2fred/a/x",
                   "/open/../red/a/x", "/open//a", "//open/a", "/op%65n/a", "/open/a;b", "/open/%2541", "/open/%c0%af",
                   "/open/a%00b", "/open/%", "/open/a?b=%2e%2e", "/openly", "/OPEN/a", "/red/a/x", "/red/a/x/", "/red/a",
                   "/red/a/x/y", "/red/%61/x", "/host", "/from/a", "/open/a" + "b" * 9000, "/open" + "/a" * 200):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            yield method, target
    for path in sorted((TESTS / "fuzz/corpus/judged_path").iterdir()):
        target = path.read_bytes().split(b"\n")[0]
        if target.startswith(b"/") and all(0x20 < byte < 0x7F for byte in target):
            yield "GET", target.decode()


class SameAnswer(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.nginx = Nginx(f"gatehouse staff; location / {{ proxy_pass {cls.upstream.url}; proxy_set_header Host $http_host; "
                          'proxy_set_header Connection ""; }',
                          "gatehouse_config actors.toml; underscores_in_headers on; ignore_invalid_headers off; "
                          "large_client_header_buffers 4 32k;")
        cls.nginx.write_actors(f'[proxy]\nrealm = "staff"\nlisten = "127.0.0.1:0"\nupstream = "{cls.upstream.url}"\n'
                               'forward_auth = "127.0.0.1:0"\n'
                               f'[auth_socket]\nrealm = "staff"\npath = "{cls.nginx.path("auth")}"\n'
                               + RULES)
        cls.nginx.start()
        with open(cls.nginx.path("logs/proxy.log"), "w") as log:
            cls.proxy = subprocess.Popen([os.environ["GATEHOUSE"], "serve", "--config", cls.nginx.path("actors.toml")],
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         pass_fds=(cls.nginx.gate_reads,))
        cls.doors = {"nginx": cls.nginx.address, "proxy": cls.address_of("listening on http://")}
        cls.forward_auth = cls.address_of("forward-auth on http://")

    @classmethod
    def address_of(cls, words):
        line = wait_for(words, lambda: next((line for line in cls.nginx.read("logs/proxy.log").splitlines()
                                             if words in line), None))
        host, port = line.split(words)[1].strip().rstrip("/").rsplit(":", 1)
        return host, int(port)

    @classmethod
    def tearDownClass(cls):
        cls.proxy.terminate()
        try:
            assert cls.proxy.wait(LIMIT) == 0, cls.nginx.read("logs/proxy.log")
            cls.nginx.stop()
        finally:
            cls.proxy.kill()
            cls.nginx.kill()
            cls.nginx.clean_up()
            cls.upstream.close()

    @staticmethod
    def through(address, method, lines, target="/asked?a=b"):
        """What can be told from outside, and what the service was told."""
        with Client(address) as client:
            answer = client.ask(target, method, lines)
        fields = sorted((name.title(), value) for name, value in answer.fields)
        if answer.status == 200:
            head = answer.body.decode("latin-1").split("\n\n")[0].splitlines()
            told = sorted(line for line in head if not line.lower().startswith(
                ("connection:", "x-forwarded-", "via:", "accept:", "content-length:", "forwarded:")))
            return {"status": 200, "told": told}
        # Two Authorization fields: nginx itself answers, before any module sees them. Over 8 KiB: the proxy says 414.
        if answer.status in (400, 414):
            return {"status": 400}
        ours = ("Www-Authenticate", "Retry-After", "Cache-Control", "Content-Type", "Content-Length",
                "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")
        return {"status": answer.status, "fields": [field for field in fields if field[0] in ours], "body": answer.body}

    def through_forward_auth(self, method, lines):
        """Its status, and the identity that it tells."""
        with Client(self.forward_auth) as client:
            answer = client.ask("/", "GET", lines + f"X-Forwarded-Method: {method}\r\nX-Forwarded-Uri: /asked?a=b\r\n")
        told = [f"{name}: {value}" for name, value in answer.fields if name.startswith("Remote-") and value]
        return answer.status, sorted(told) if answer.status == 200 else []

    def through_socket(self, user, password):
        def text(value):
            return struct.pack(">H", len(value.encode())) + value.encode()

        body = b"\1\1" + text("staff") + text(user) + text(password) + text("") + text("127.0.0.1") + b"\0"
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(LIMIT)
            asked.connect(self.nginx.path("auth"))
            asked.sendall(struct.pack(">I", len(body)) + body)
            return asked.recv(65536)[5]

    def through_library(self, user, password):
        return subprocess.run([os.environ["GATEHOUSE"], "login", "--config", self.nginx.path("actors.toml"), "--realm",
                               "staff", "-i", "--", user], input=password + "\n", text=True, capture_output=True,
                              timeout=LIMIT, pass_fds=(self.nginx.gate_reads,), start_new_session=True).returncode

    def test_what_is_not_http(self):
        seen = set()
        for user in USERS:
            if ":" in user:
                continue  # Basic cannot say it
            for password in PASSWORDS:
                with self.subTest(user=user[:20], password=password):
                    lines = raw(f"{user}:{password}".encode())
                    with Client(self.doors["proxy"]) as client:
                        status = client.ask("/", "GET", lines).status
                    # An identity that is too large to be told in headers is no matter to who is told none.
                    decision = "granted" if (user, password) == ("wide", "right") else next(
                        word for word, number in STATUS.items() if number == status)
                    seen.add(decision)
                    if os.getuid() == 0:  # who may ask about anybody
                        self.assertEqual(self.through_socket(user, password), CODE[decision])
                    if password:  # the tool asks for one
                        self.assertEqual(self.through_library(user, password), EXIT[decision])
        self.assertEqual(seen, set(STATUS))

    def test_corpus(self):
        granted = 0
        for what, method, lines in corpus():
            with self.subTest(what, method=method):
                answers = {door: self.through(address, method, lines) for door, address in self.doors.items()}
                self.assertEqual(answers["nginx"], answers["proxy"])
                status, identity = self.through_forward_auth(method, lines)
                # A request that is no request is the caller's fault to a server, and no business of who asks for another.
                self.assertEqual(status, {400: 403}.get(answers["proxy"]["status"], answers["proxy"]["status"]))
                if status == 200:
                    told = [line for line in answers["proxy"]["told"] if line.startswith("Remote-")]
                    self.assertEqual(identity, sorted(told))
                granted += answers["nginx"]["status"] == 200
                self.assertNotIn("imposter", str(answers["nginx"]))
        self.assertGreater(granted, 20)

    def test_rules(self):
        """What a rule says is said by both, and what is let in is passed on as it came."""
        seen = set()
        for method, target in ruled():
            for lines in ("", login("anna"), login("alias-carol"), login("member-red"), login("eve", "wrong")):
                with self.subTest(f"{method} {target[:60]}", lines=lines):
                    answers = {door: self.through(address, method, lines + "X-Who: imposter\r\n", target)
                               for door, address in self.doors.items()}
                    self.assertEqual(answers["nginx"], answers["proxy"])
                    self.assertNotIn("imposter", str(answers["nginx"]))
                    seen.add(answers["nginx"]["status"])
        self.assertEqual(seen, {200, 400, 401, 403})


if __name__ == "__main__":
    unittest.main()
