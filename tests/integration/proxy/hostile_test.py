# SPDX-License-Identifier: Apache-2.0
"""Requests that two programs could read differently, or that say who the caller is: each case whole, byte by byte and cut
in the middle, with the same outcome. Nothing of a refused request may reach the service, and the next one is served."""
import os
import unittest

from support import ALICE, WRONG, Gatehouse, Upstream, value

A = ALICE.rstrip("\r\n")
GET = f"GET / HTTP/1.1\r\nHost: a\r\n{A}\r\n"
POST = f"POST / HTTP/1.1\r\nHost: a\r\n{A}\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
BEHIND = f"GET /behind HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"

# (name, bytes): answered 400 or not at all, then the connection ends.
REFUSED = [
    # HT-01 Content-Length with Transfer-Encoding
    ("HT-01", POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("HT-01", POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    ("HT-01", POST + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("HT-01", POST + "cOnTeNt-LeNgTh: 5\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n"),
    ("HT-01", POST + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"),
    ("HT-01", POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"),
    ("HT-01", POST + "Content-Length: 5, 5\r\n\r\nabcde"),
    # HT-02, HT-04, HT-05 transfer codings
    *[("HT-02", POST + f"Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n") for coding in (
        "gzip", "identity", "chunked, identity", "xchunked", "chunked;q=1", "", "gzip, chunked", "deflate", "\"chunked\"",
        "chunked,", ",chunked", "chunk ed", "chunke", "chunkedx")],
    ("HT-02", POST + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde"),
    ("HT-04", POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("HT-04", POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ("HT-04", POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    ("HT-04", POST + "Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n"),
    ("HT-04", POST + "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n"),
    ("HT-04", POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    ("HT-04", POST + "Transfer-Encoding: chunked\r\n\x0bX: 1\r\n\r\n0\r\n\r\n"),
    ("HT-05", f"POST / HTTP/1.0\r\nHost: a\r\n{A}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    # HT-07 lengths
    *[("HT-07", POST + f"Content-Length: {length}\r\n\r\nabcde") for length in (
        "+5", "-5", "0x5", "5 5", "", "5.0", "9223372036854775808", "18446744073709551616", "1" * 30, "5;", "٥", "5\t5",
        "0b1", "5e0", "''", "\"5\"")],
    # HT-10, HT-11 line ends and folds
    ("HT-10", GET.replace("\r\n", "\n") + "\n"),
    ("HT-10", f"GET / HTTP/1.1\nHost: a\r\n{A}\r\n\r\n"),
    ("HT-10", f"GET / HTTP/1.1\r\nHost: a\r\n{A}\n\r\n"),
    ("HT-10", GET + "\n"),
    ("HT-10", GET + "X: a\rb\r\n\r\n"),
    ("HT-10", GET + "X: a\r\r\n\r\n"),
    ("HT-10", GET + "X: a\rContent-Length: 5\r\n\r\nabcde"),
    ("HT-10", "\n\n" + GET + "\r\n"),
    ("HT-10", "\r\n\r\n" + GET + "\r\n"),
    ("HT-10", "\r" + GET + "\r\n"),
    ("HT-11", GET + "X: a\r\n b\r\n\r\n"),
    ("HT-11", GET + "X: a\r\n\tb\r\n\r\n"),
    ("HT-11", f"GET / HTTP/1.1\r\n Host: a\r\n{A}\r\n\r\n"),
    ("HT-11", GET + "X: a\r\n \r\n\r\n"),
    ("HT-11", POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    # HT-13, HT-14 host and target
    ("HT-13", f"GET / HTTP/1.1\r\n{A}\r\n\r\n"),
    ("HT-13", GET + "Host: a\r\n\r\n"),
    ("HT-13", GET + "Host: b\r\n\r\n"),
    *[("HT-13", f"GET / HTTP/1.1\r\nHost: {host}\r\n{A}\r\n\r\n") for host in (
        "a, b", "a/b", "a@b", "", "a:99999", "a\0b", "a b", "a:", "a:b", "[::1", "::1", "[::1]x", "a?b", "a#b", "a\\b", "ä",
        "http://a", "a%00", "a:-1", "a:80:80", "[1.2.3.4]")],
    *[("HT-14", f"GET {target} HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n") for target in (
        "https://a/", "a:80", "*", "a", "ftp://a/", "http://", "http:///x", "http://u@a/", "http://a b/", "//a b", "/a b",
        "/a#b", "/a\\b", "/ä", "/a\x01", "/a\x7f", "/<a>", '/"', "?x", "/a\tb", "")],
    ("HT-14", f"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"),
    ("HT-14", f"OPTIONS ** HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"),
    # HT-26 other protocols and versions
    ("HT-26", "GET /\r\n"),
    ("HT-26", "GET / HTTP/0.9\r\n\r\n"),
    ("HT-26", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("HT-26", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\x11" * 64),
    *[("HT-26", f"GET / {version}\r\nHost: a\r\n{A}\r\n\r\n") for version in (
        "HTTP/1.2", "HTTP/9.9", "HTTP/2.0", "HTTP/1.10", "HTTP/01.1", "http/1.1", "HTTP/1,1", "HTTP /1.1", "HTTP/1.1 ", "XTTP/1.1",
        "HTTP/1", "HTTP/1.")],
    ("HT-26", f"GET  / HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"),
    ("HT-26", f"GET / HTTP/1.1 x\r\nHost: a\r\n{A}\r\n\r\n"),
    ("HT-26", f" GET / HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"),
    ("HT-26", f"G\x01T / HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"),
    ("HT-26", f"G@T / HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"),
    ("HT-26", f"GET\t/\tHTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n"),
    # field names and values
    *[("9112-5", GET + line + "\r\n\r\n") for line in (
        "X y: 1", "X : 1", ": 1", "X", "X\0: 1", "X: \0", "X: a\x08", "X: \x7f", "X(: 1", "Xä: 1", "X\t: 1", "\xa0X: 1", "X;y: 1")],
    ("HS-13", GET + "Connection: " + ",".join(["x"] * 10000) + "\r\n\r\n"),
    ("HS-13", GET + "Connection: a b\r\n\r\n"),
    ("HS-13", GET + "Connection: (x)\r\n\r\n"),
]

# Bodies that are broken after a good head: answered 400 or cut; what stands behind is never taken for a request.
BROKEN_BODIES = [
    *[("HT-17", CHUNKED + chunk + BEHIND) for chunk in (
        "0x5\r\nabcde\r\n0\r\n\r\n", "5;ext=\"\n\r\nabcde\r\n0\r\n\r\n", "-1\r\n", "FFFFFFFFFFFFFFFF1\r\n", "FFFFFFFFFFFFFFFF\r\n",
        "8000000000000000\r\n", "0" * 10000 + "5\r\nabcde\r\n0\r\n\r\n", "5\r\nabcde0\r\n\r\n", "5\nabcde\n0\n\n",
        "5\r\nabcde\n0\r\n\r\n", "5\r\nabcdeX\r\n0\r\n\r\n", " 5\r\nabcde\r\n0\r\n\r\n", "5 \r\nabcde\r\n0\r\n\r\n", "+5\r\nabcde\r\n0\r\n\r\n",
        "\r\n", ";\r\n", "5\rX\nabcde\r\n0\r\n\r\n", "5;\0\r\nabcde\r\n0\r\n\r\n", "g\r\n", "5\r\nabcde\r\n0\r\nX y: 1\n\r\n",
        "5\r\nabcde\r\n0\r\n X: 1\r\n\r\n", "5\r\nabcde\r\n0\r\nX: 1\r\rX\n\r\n", "5\r\nabcde\r\n0\r\n\rX")],
    ("HT-22", CHUNKED + "0\r\n" + "X: 1\r\n" * 10000 + "\r\n"),
    ("HT-22", CHUNKED + "0\r\nX: " + "y" * 100_000 + "\r\n\r\n"),
    ("HT-17", CHUNKED + "1;" + "e" * 100_000 + "\r\nx\r\n0\r\n\r\n"),
]

# (name, bytes, status): too large, or not supported.
LIMITED = [
    ("HT-31", GET + "X: 1\r\n" * 1000 + "\r\n", 431),
    ("HT-31", GET + "X: " + "y" * (1 << 20) + "\r\n\r\n", 431),
    ("HT-31", GET + "X: " + "y" * (32 * 1024) + "\r\n\r\n", 431),
    ("HT-31", GET + "X" * 65536 + ": y\r\n\r\n", 431),
    ("HT-31", f"GET /{'x' * 8192} HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n", 414),
    ("HT-31", f"{'G' * 10000} / HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n", 414),
    ("HT-31", f"{'G' * 33} / HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n", 501),
    ("HT-14", f"TRACE / HTTP/1.1\r\nHost: a\r\n{A}\r\n\r\n", 501),
    ("HT-29", POST + "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", 417),
    ("HT-29", POST + "Expect: 100-continue, x\r\nContent-Length: 5\r\n\r\n", 417),
]

IDENTITY_NAMES = ["Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name", "X-Remote-User", "X-Remote-Groups", "X-Remote-Any",
                  "X-Forwarded-User", "X-Forwarded-Groups", "X-Forwarded-Email", "X-Auth-Request-User", "X-Auth-Request-Any",
                  "X-WebAuth-User", "X-Forwarded-Preferred-Username"]
FORWARDING_NAMES = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix",
                    "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Server", "X-Forwarded-Ssl", "Forwarded", "X-Real-IP",
                    "X-Original-URL", "X-Original-URI", "X-Original-Method", "X-Rewrite-URL", "True-Client-IP", "CF-Connecting-IP"]


def spellings(name):
    """Other spellings that a service might fold to the same name."""
    yield name
    yield name.upper()
    yield name.lower()
    for other in "_.!'~+|*`^#$%&":
        yield name.replace("-", other)


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.gatehouse = Gatehouse(cls.upstream.url)

    @classmethod
    def tearDownClass(cls):
        cls.upstream.close()
        cls.gatehouse.stop()

    def setUp(self):
        self.upstream.answers.clear()
        self.upstream.requests.clear()

    def outcome(self, data, step):
        """What comes back until the connection ends."""
        with self.gatehouse.client() as client:
            try:
                for i in range(0, len(data), step):
                    client.send(data[i:i + step])
            except (BrokenPipeError, ConnectionResetError):
                pass  # it was refused before its end
            try:
                client.sock.shutdown(1)
            except OSError:
                pass
            return client.reader.rest()

    def steps(self, data):
        yield len(data)
        if len(data) < 2000:
            yield 1
            yield max(1, len(data) // 2)
        else:
            yield 4093

    def served(self):
        with self.gatehouse.client() as client:
            self.assertEqual(client.ask("/alive").status, 200)
        self.assertEqual(self.upstream.requests.pop().path, "/alive")

    def test_refused(self):
        for name, text in REFUSED:
            data = text.encode("utf-8" if "٥" in text else "latin-1")
            first = None
            for step in self.steps(data):
                with self.subTest(name=name, data=data[:120], step=step):
                    answer = self.outcome(data, step)
                    status = answer.split(b" ")[1] if answer else b""
                    self.assertIn(status, (b"", b"400", b"501"), answer[:200])
                    self.assertLessEqual(answer.count(b"HTTP/1.1 "), 1)
                    first = status if first is None else first
                    self.assertEqual(status, first, "the outcome depends on how the bytes are cut")
            self.assertEqual(self.upstream.requests, [], (name, data[:120]))
        self.served()

    def test_broken_bodies(self):
        for name, text in BROKEN_BODIES:
            data = text.encode("latin-1")
            for step in self.steps(data):
                with self.subTest(name=name, data=data[-120:], step=step):
                    answer = self.outcome(data, step)
                    self.assertLessEqual(answer.count(b"HTTP/1.1 "), 1)
                    self.assertNotIn(b"HTTP/1.1 200", answer)
                    self.assertNotIn("/behind", [request.path for request in self.upstream.requests])
        self.upstream.requests.clear()
        self.served()

    def test_limited(self):
        for name, text, status in LIMITED:
            data = text.encode("latin-1")
            for step in self.steps(data):
                with self.subTest(name=name, data=data[:80], step=step):
                    answer = self.outcome(data, step)
                    # A caller that went on writing may lose the answer to a reset.
                    self.assertIn(answer.split(b" ")[1] if answer else b"", (b"", str(status).encode()), answer[:200])
        self.assertEqual(self.upstream.requests, [])
        self.served()

    def test_ht16_escapes_are_never_decoded(self):
        for path in ("/%0d%0aHost:%20evil", "/?a=%0d%0aX-Remote-User:%20root", "/%00", "/%2e%2e/%2f", "/%", "/%zz"):
            with self.gatehouse.client() as client:
                self.assertEqual(client.ask(path).status, 200)
            self.assertEqual(self.upstream.requests[-1].path, path)
            self.assertEqual(self.upstream.requests[-1].value("Host"), "public.example")

    def test_ht19_a_million_chunks_of_one_byte(self):
        count = int(os.environ.get("GATEHOUSE_CHUNKS", "200000" if "GATEHOUSE_SANITIZED" not in os.environ else "20000"))
        seen = []

        def count_bytes(exchange):
            seen.append(len(exchange.body()))
            exchange.send("HTTP/1.1 204 X\r\n\r\n")

        self.upstream.answers = {"/": count_bytes}
        with self.gatehouse.client() as client:
            client.send(CHUNKED)
            client.send(b"1\r\nx\r\n" * count + b"0\r\n\r\n")
            self.assertEqual(client.response().status, 204)
        self.assertEqual(seen, [count])

    def test_ht20_trailers(self):
        for name in IDENTITY_NAMES + ["Authorization", "Cookie", "Host", "Content-Length", "Transfer-Encoding"]:
            for step in (1, 10000):
                self.upstream.requests.clear()
                data = (CHUNKED + f"5\r\nabcde\r\n0\r\n{name}: root\r\n\r\n").encode()
                with self.gatehouse.client() as client:
                    for i in range(0, len(data), step):
                        client.send(data[i:i + step])
                    response = client.response()
                    self.assertEqual(response.status, 200)
                    self.assertNotIn(b"root", response.body)
                    self.assertEqual(client.ask("/next").status, 200)
        # And a login that comes as a trailer is none.
        with self.gatehouse.client() as client:
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + ALICE + "\r\n")
            self.assertEqual(client.response().status, 401)

    def test_ht28_a_refusal_before_the_body(self):
        body = b"GET /inside HTTP/1.1\r\nHost: a\r\n" + ALICE.encode() + b"\r\n"
        for lines in ("", WRONG):
            self.upstream.requests.clear()
            with self.gatehouse.client() as client:
                response = client.ask("/", "POST", lines + f"Content-Length: {len(body)}\r\n", body)
                self.assertEqual(response.status, 401)
                self.assertEqual(client.ask("/after").status, 200)
            with self.gatehouse.client() as client:
                client.send(f"POST / HTTP/1.1\r\nHost: a\r\n{lines}Transfer-Encoding: chunked\r\n\r\n".encode() +
                            b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
                self.assertEqual(client.response().status, 401)
            self.assertEqual([request.path for request in self.upstream.requests], ["/after"])

    def test_ht29_no_100_for_who_is_not_let_in(self):
        for lines, statuses in (("", [401]), (WRONG, [401]), (ALICE, [100, 200])):
            with self.gatehouse.client() as client:
                client.send(f"POST / HTTP/1.1\r\nHost: a\r\n{lines}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
                response = client.response(informational=True)
                self.assertEqual(response.status, statuses[0])
                if response.status == 100:
                    client.send(b"abcde")
                    self.assertTrue(client.response().body.endswith(b"abcde"))
                else:
                    self.assertTrue(client.is_closed())
        with self.gatehouse.client() as client:  # HTTP/1.0 knows no 100
            client.send("POST / HTTP/1.0\r\nHost: a\r\n" + ALICE + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde")
            self.assertEqual(client.response().status, 200)

    def test_ht32_codings_are_not_looked_into(self):
        bomb = b"\x1f\x8b\x08\0" + b"\0" * 500
        with self.gatehouse.client() as client:
            lines = ALICE + f"Content-Encoding: gzip, gzip\r\nRange: bytes=0-,0-,0-\r\nContent-Length: {len(bomb)}\r\n"
            self.assertTrue(client.ask("/", "POST", lines, bomb).body.endswith(bomb))

    def test_hs_identity_fields_in_every_spelling(self):
        for names, ours in ((IDENTITY_NAMES, {"remoteuser": "alice"}), (FORWARDING_NAMES, None)):
            for name in names:
                lines = "".join(f"{spelling}: forged\r\n" for spelling in set(spellings(name))) + f"{name}: forged\r\n" * 20
                for path, extra in (("/", ALICE), ("/", ""), ("/", WRONG), ("http://b/", ALICE)):
                    self.upstream.requests.clear()
                    with self.gatehouse.client() as client:
                        response = client.ask(path, lines=lines + extra)
                    self.assertEqual(response.status, 200 if extra == ALICE else 401)
                    self.assertNotIn(b"forged", response.body)
                    if ours and extra == ALICE:
                        self.assertEqual(self.upstream.requests[0].value("Remote-User"), "alice")

    def test_hs07_what_is_not_known_is_not_there(self):
        with self.gatehouse.client() as client:
            client.ask(lines=ALICE + "Remote-Groups: admin\r\nRemote-Email: a@b\r\nRemote-Name: x\r\n")
        fields = self.upstream.requests[0].fields
        for name in ("Remote-Groups", "Remote-Email", "Remote-Name"):
            self.assertIsNone(value(fields, name))

    def test_hs10_connection_takes_nothing_away(self):
        for connection in ("Authorization, Cookie, X-Forwarded-For, Host, Content-Length", "close, Remote-User", "Cookie,Cookie,,",
                           "Transfer-Encoding, Origin, Content-Type, Accept"):
            self.upstream.requests.clear()
            with self.gatehouse.client() as client:
                lines = ALICE + "".join(f"Connection: {part}\r\n" for part in connection.split(", ")) + "Cookie: c=1\r\nOrigin: o\r\n"
                self.assertEqual(client.ask("/", "POST", lines + "Content-Length: 3\r\n", b"abc").status, 200)
            request = self.upstream.requests[0]
            self.assertEqual((request.value("Host"), request.value("Cookie"), request.value("Content-Length"),
                              request.value("Remote-User"), request.value("X-Forwarded-For"), request.value("Origin")),
                             ("public.example", "c=1", "3", "alice", "127.0.0.1", "o"))

    def test_hs22_other_bytes_in_values_change_nothing(self):
        with self.gatehouse.client() as client:
            for junk in ("\xff\xfe", "\xe2\x80\xae", "a" * 5000, "'; --", "${jndi:x}"):
                self.assertEqual(client.ask(lines=ALICE + f"X-Any: {junk}\r\nUser-Agent: {junk}\r\n").status, 200)
                self.assertEqual(client.ask(lines=f"X-Any: {junk}\r\nCookie: {junk}\r\n").status, 401)

    def test_ht23_a_hundred_pipelined(self):
        requests = "".join(f"GET /{i} HTTP/1.1\r\nHost: a\r\n{(ALICE, '', WRONG)[i % 3]}\r\n" for i in range(100)).encode()
        for step in (1, 997, len(requests)):
            self.upstream.requests.clear()
            with self.gatehouse.client() as client:
                for i in range(0, len(requests), step):
                    client.send(requests[i:i + step])
                for i in range(100):
                    self.assertEqual(client.response().status, (200, 401, 401)[i % 3])
            self.assertEqual([request.path for request in self.upstream.requests], [f"/{i}" for i in range(0, 100, 3)])


if __name__ == "__main__":
    unittest.main()
