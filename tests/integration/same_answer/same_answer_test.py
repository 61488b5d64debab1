# SPDX-License-Identifier: Apache-2.0
"""One corpus of requests, through nginx's door and the proxy's: same verdict, same answer, same words to the service."""
import base64
import os
import pathlib
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


def corpus():
    """(what it is, method, header lines)"""
    for user in ("anna", "alias-carol", "member-red-blue-a,b", "odd", "nobody", "forbidden", "down", "wide", "x" * 512,
                 "x" * 513, "j\u00f6rg", "a b", "a:b"):
        for password in ("right", "wrong", ""):
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


class SameAnswer(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.nginx = Nginx(f"gatehouse staff; location / {{ proxy_pass {cls.upstream.url}; proxy_set_header Host $http_host; "
                          'proxy_set_header Connection ""; }',
                          "gatehouse_config actors.toml; underscores_in_headers on; ignore_invalid_headers off; "
                          "large_client_header_buffers 4 32k;")
        cls.nginx.write_actors(f'[proxy]\nrealm = "staff"\nlisten = "127.0.0.1:0"\nupstream = "{cls.upstream.url}"\n')
        cls.nginx.start()
        with open(cls.nginx.path("logs/proxy.log"), "w") as log:
            cls.proxy = subprocess.Popen([os.environ["GATEHOUSE"], "serve", "--config", cls.nginx.path("actors.toml")],
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         pass_fds=(cls.nginx.gate_reads,))
        line = wait_for("the proxy", lambda: next((line for line in cls.nginx.read("logs/proxy.log").splitlines()
                                                   if "listening on http://" in line), None))
        host, port = line.split("listening on http://")[1].strip().rstrip("/").rsplit(":", 1)
        cls.doors = {"nginx": cls.nginx.address, "proxy": (host, int(port))}

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
    def through(address, method, lines):
        """What can be told from outside, and what the service was told."""
        with Client(address) as client:
            answer = client.ask("/asked?a=b", method, lines)
        fields = sorted((name.title(), value) for name, value in answer.fields)
        if answer.status == 200:
            head = answer.body.decode("latin-1").split("\n\n")[0].splitlines()
            told = sorted(line for line in head if not line.lower().startswith(
                ("connection:", "x-forwarded-", "via:", "accept:", "content-length:", "forwarded:")))
            return {"status": 200, "told": told}
        if answer.status == 400:
            return {"status": 400}  # two Authorization fields: nginx itself answers, before any module sees them
        ours = ("Www-Authenticate", "Retry-After", "Cache-Control", "Content-Type", "Content-Length",
                "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")
        return {"status": answer.status, "fields": [field for field in fields if field[0] in ours], "body": answer.body}

    def test_corpus(self):
        granted = 0
        for what, method, lines in corpus():
            with self.subTest(what, method=method):
                answers = {door: self.through(address, method, lines) for door, address in self.doors.items()}
                self.assertEqual(answers["nginx"], answers["proxy"])
                granted += answers["nginx"]["status"] == 200
                self.assertNotIn("imposter", str(answers["nginx"]))
        self.assertGreater(granted, 20)


if __name__ == "__main__":
    unittest.main()
