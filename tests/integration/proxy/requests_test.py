# SPDX-License-Identifier: Apache-2.0
"""Ordinary traffic: what is passed on and back, who is let in, and that connections are kept."""
import json
import os
import tempfile
import unittest

from support import ALICE, BOB, WRONG, Client, Exchange, Gatehouse, Upstream


class Requests(unittest.TestCase):
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
        self.client = self.gatehouse.client()
        self.addCleanup(self.client.sock.close)

    def echoed(self, response):
        head, body = response.body.split(b"\n\n", 1)
        start, *lines = head.decode("latin-1").split("\n")
        return start, lines, body

    def test_identity_and_forwarding_fields_are_ours(self):
        forged = (
            "Remote-User: root\r\nremote_user: root\r\nX.Remote.User: root\r\nX-Forwarded-User: root\r\n"
            "X-Auth-Request-User: root\r\nX-WebAuth-User: root\r\nRemote-Groups: admin\r\nX-Forwarded-For: 1.1.1.1\r\n"
            "X-Forwarded-Host: evil\r\nX-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n"
            "Connection: Remote-User, X-Forwarded-For, Cookie, Host, X-Mine\r\nX-Mine: 1\r\nCookie: c=1\r\n")
        start, lines, _ = self.echoed(self.client.ask("/a/../b%2f?x=%zz", lines=ALICE + forged))
        self.assertEqual(start, "GET /a/../b%2f?x=%zz HTTP/1.1")
        self.assertEqual(lines, ["Host: public.example", "Cookie: c=1", "X-Forwarded-For: 127.0.0.1",
                                 "X-Forwarded-Proto: http", "X-Forwarded-Host: public.example",
                                 "Forwarded: for=127.0.0.1;host=public.example;proto=http", "Remote-User: alice"])

    def test_without_a_login_nothing_reaches_the_service(self):
        for lines in ("", WRONG, "Authorization: Basic\r\n", "Authorization: Bearer x\r\n", "Cookie: a=b\r\n"):
            with self.subTest(lines=lines):
                response = self.client.ask(lines=lines)
                self.assertEqual(response.status, 401)
                self.assertIn("Basic realm=", response.value("WWW-Authenticate"))
                self.assertIn("error_code", json.loads(response.body))
        self.assertEqual(self.upstream.requests, [])

    def test_two_credentials_are_refused_and_the_connection_ends(self):
        for lines in (ALICE + WRONG, WRONG + ALICE, ALICE + "Authorization: Bearer x\r\n"):
            with self.gatehouse.client() as client:
                self.assertEqual(client.ask(lines=lines).status, 400)
                self.assertTrue(client.is_closed())
        self.assertEqual(self.upstream.requests, [])

    def test_both_connections_are_kept(self):
        for _ in range(50):
            self.assertEqual(self.client.ask().status, 200)
        self.assertEqual(len({request.connection for request in self.upstream.requests}), 1)

    def test_pipelined_requests_are_judged_alone(self):
        def one(lines):
            return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"

        self.client.send((one("") + one(ALICE) + one(WRONG) + one(BOB)) * 25)
        for _ in range(25):
            self.assertEqual(self.client.response().status, 401)
            self.assertIn(b"Remote-User: alice\n", self.client.response().body)
            self.assertEqual(self.client.response().status, 401)
            self.assertIn(b"Remote-User: bob\n", self.client.response().body)

    def test_one_byte_at_a_time(self):
        for byte in ("POST /x HTTP/1.1\r\nHost: a\r\n" + ALICE + "Transfer-Encoding: chunked\r\n\r\n"
                     "3;e=1\r\nabc\r\n2\r\nde\r\n0\r\nRemote-User: root\r\n\r\n"):
            self.client.send(byte)
        start, lines, body = self.echoed(self.client.response())
        self.assertEqual((start, body), ("POST /x HTTP/1.1", b"abcde"))
        self.assertEqual([line for line in lines if "root" in line], [])
        self.assertEqual(self.client.ask().status, 200)

    def test_bodies_in_both_framings_and_sizes(self):
        for size in (0, 1, 4096, 70_000, 1_000_000):
            body = os.urandom(size)
            with self.subTest(size=size, framing="length"):
                response = self.client.ask("/", "POST", ALICE + f"Content-Length: {size}\r\n", body)
                self.assertEqual(self.echoed(response)[2], body)
            with self.subTest(size=size, framing="chunked"):
                pieces = [body[i:i + 999] for i in range(0, size, 999)]
                coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
                response = self.client.ask("/", "PUT", ALICE + "Transfer-Encoding: chunked\r\n", coded)
                self.assertEqual(self.echoed(response)[2], body)

    def test_a_request_behind_a_chunked_body_is_not_lost(self):
        coded = "3\r\nabc\r\n0\r\n\r\n"
        self.client.send("POST /1 HTTP/1.1\r\nHost: a\r\n" + ALICE + "Transfer-Encoding: chunked\r\n\r\n")
        self.upstream.wait_for(lambda: len(self.upstream.requests) == 1)
        self.client.send(coded + "GET /2 HTTP/1.1\r\nHost: a\r\n" + BOB + "\r\n")
        self.assertEqual(self.echoed(self.client.response())[2], b"abc")
        start, lines, _ = self.echoed(self.client.response())
        self.assertEqual(start, "GET /2 HTTP/1.1")
        self.assertIn("Remote-User: bob", lines)

    def test_a_body_on_get_is_passed_on_and_not_taken_for_a_request(self):
        inner = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        response = self.client.ask("/", "GET", ALICE + f"Content-Length: {len(inner)}\r\n", inner)
        self.assertEqual(self.echoed(response)[2], inner)
        self.assertEqual(self.client.ask("/next").status, 200)
        self.assertEqual([request.path for request in self.upstream.requests], ["/", "/next"])

    def test_head_and_statuses_without_a_body(self):
        def no_body(status):
            def answer(exchange):
                exchange.send(f"HTTP/1.1 {status} X\r\nETag: e\r\n\r\n")
            return answer

        self.upstream.answers = {"/204": no_body(204), "/304": no_body(304)}
        response = self.client.ask("/", "HEAD")
        self.assertEqual((response.status, response.body), (200, b""))
        self.assertGreater(int(response.value("Content-Length")), 0)
        self.assertEqual(self.client.ask("/204").status, 204)
        self.assertEqual(self.client.ask("/304").status, 304)
        self.assertEqual(self.client.ask("/", "HEAD", "").status, 401)
        self.assertEqual(self.client.ask().status, 200)
        # The connection of the HEAD is not kept: some services would send that body after all.
        first, *others = [request.connection for request in self.upstream.requests]
        self.assertEqual((len(others), len(set(others))), (3, 1))
        self.assertNotIn(first, others)

    def test_responses_in_every_framing(self):
        def chunked(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n1;x=y\r\na\r\n")
            exchange.send("3\r\nbcd\r\n0\r\nT: v\r\nSet-Cookie: no\r\n\r\n")

        def until_close(exchange):
            exchange.send("HTTP/1.1 200 OK\r\n\r\nab")
            exchange.send("cd")
            exchange.close()

        def old(exchange):
            exchange.send("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nabcd")
            exchange.close()

        self.upstream.answers = {"/chunked": chunked, "/close": until_close, "/old": old}
        for path in self.upstream.answers:
            with self.subTest(path=path):
                response = self.client.ask(path)
                self.assertEqual(response.body, b"abcd")
                self.assertIsNone(response.value("Trailer"))
        for path in self.upstream.answers:
            with self.subTest(path=path, version="1.0"), self.gatehouse.client() as client:
                response = client.ask(path, version="1.0")
                self.assertEqual(response.body, b"abcd")
                self.assertIsNone(response.value("Transfer-Encoding"))
        with self.gatehouse.client() as client:
            for _ in range(3):
                response = client.ask("/old", lines=ALICE + "Connection: keep-alive\r\n", version="1.0")
                self.assertEqual(response.value("Connection"), "keep-alive")

    def test_pieces_of_a_response_come_when_they_are_there(self):
        def events(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            self.upstream.wait_for(lambda: seen)
            exchange.send("3\r\ntwo\r\n0\r\n\r\n")

        seen = []
        self.upstream.answers = {"/events": events}
        self.client.send("GET /events HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
        self.client.reader.head()
        self.assertEqual(self.client.reader.take(8), b"3\r\none\r\n")
        with self.upstream.changed:
            seen.append(True)
            self.upstream.changed.notify_all()
        self.assertEqual(self.client.reader.chunks(), [b"two"])

    def test_a_body_and_its_answer_at_the_same_time(self):
        def mirror(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while size := int(exchange.reader.line(), 16):
                piece = exchange.reader.take(size)
                exchange.reader.take(2)
                exchange.send(b"%x\r\n%s\r\n" % (size, piece))
            exchange.reader.line()
            exchange.send("0\r\n\r\n")

        self.upstream.answers = {"/mirror": mirror}
        self.client.send("POST /mirror HTTP/1.1\r\nHost: a\r\n" + ALICE + "Transfer-Encoding: chunked\r\n\r\n")
        self.client.reader.head()
        for _ in range(20):
            self.client.send("5\r\nhello\r\n")
            self.assertEqual(self.client.reader.take(10), b"5\r\nhello\r\n")
        self.client.send("0\r\n\r\n")
        self.assertEqual(self.client.reader.chunks(), [])

    def test_expect_continue(self):
        lines = "Content-Length: 3\r\nExpect: 100-continue\r\n"
        with self.gatehouse.client() as client:
            client.send("POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n")
            self.assertEqual(client.response().status, 401)  # and no 100 before it
            self.assertTrue(client.is_closed())
        self.assertEqual(self.upstream.requests, [])
        self.client.send("POST / HTTP/1.1\r\nHost: a\r\n" + ALICE + lines + "\r\n")
        self.assertEqual(self.client.response(informational=True).status, 100)
        self.client.send("abc")
        _, fields, body = self.echoed(self.client.response())
        self.assertEqual(body, b"abc")
        self.assertEqual([field for field in fields if "xpect" in field], [])
        self.assertEqual(self.client.ask(lines=ALICE + "Expect: 200-ok\r\n").status, 417)

    def test_early_hints_pass_and_a_100_nobody_asked_for_does_not(self):
        def hints(exchange):
            exchange.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            Exchange.echo(exchange)

        self.upstream.answers = {"/hints": hints}
        self.client.send("GET /hints HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
        response = self.client.response(informational=True)
        self.assertEqual((response.status, response.value("Link")), (103, "</a>"))
        self.assertEqual(self.client.response().status, 200)
        self.assertEqual(self.client.ask("/hints", version="1.0").status, 200)

    def test_a_refused_body_is_read_over_or_the_connection_ends(self):
        response = self.client.ask("/", "POST", "Content-Length: 5000\r\n", b"x" * 5000)
        self.assertEqual((response.status, response.value("Connection")), (401, None))
        self.client.send(f"POST / HTTP/1.1\r\nHost: a\r\n{WRONG}Content-Length: 60000\r\n\r\n")
        self.assertEqual(self.client.response().status, 401)  # before the body
        self.client.send(b"x" * 60_000)
        self.assertEqual(self.client.ask().status, 200)
        self.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
        self.client.send(b"x" * 5_000_000)
        response = self.client.response()
        self.assertEqual((response.status, response.value("Connection")), (401, "close"))
        self.assertTrue(self.client.is_closed())

    def test_connection_close_is_kept_to(self):
        response = self.client.ask(lines=ALICE + "Connection: close\r\n")
        self.assertEqual(response.value("Connection"), "close")
        self.assertTrue(self.client.is_closed())
        with self.gatehouse.client() as client:
            client.ask(version="1.0")
            self.assertTrue(client.is_closed())


class OtherDoors(unittest.TestCase):
    def test_whoami_tells_what_a_service_would_be_told(self):
        gatehouse = Gatehouse("whoami:")
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            told = json.loads(client.ask("/x?y", lines=ALICE + "Remote-User: root\r\nCookie: c=canary\r\n").body)
            self.assertEqual((told["user"], told["path"]), ("alice", "/x?y"))
            self.assertEqual([field for field in told["headers"] if field[0] == "Remote-User"], [["Remote-User", "alice"]])
            self.assertNotIn("canary", json.dumps(told))
            page = client.ask("/<b>".replace("<b>", "b"), lines=ALICE + "Accept: text/html\r\n")
            self.assertIn("text/html", page.value("Content-Type"))
            self.assertIn(b"alice", page.body)
            self.assertEqual(client.ask(lines="").status, 401)

    def test_unix_sockets_on_both_sides(self):
        with tempfile.TemporaryDirectory() as folder:
            upstream = Upstream(folder + "/up")
            gatehouse = Gatehouse(upstream.url, listen=f"unix:{folder}/door")
            with Client(folder + "/door") as client:
                response = client.ask(lines=ALICE + "X-Forwarded-For: 1.1.1.1\r\n")
                self.assertIn(b"Remote-User: alice\n", response.body)
                self.assertNotIn(b"X-Forwarded-For", response.body)
            gatehouse.stop()
            upstream.close()
            self.assertFalse(os.path.exists(folder + "/door"))

    def test_what_the_operator_may_change_on_the_way(self):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        gatehouse = Gatehouse(upstream.url, 'upstream_host = "inside:5000"\nupstream_origin = "strip"\nthreads = 3',
                              http="forward_authorization = true")
        self.addCleanup(gatehouse.stop)
        for _ in range(6):
            with gatehouse.client() as client:
                body = client.ask(lines=ALICE + "Origin: http://public.example\r\n").body
                self.assertIn(b"\nHost: inside:5000\n", body)
                self.assertIn(b"\nX-Forwarded-Host: public.example\n", body)
                self.assertIn(b"\nAuthorization: Basic ", body)
                self.assertNotIn(b"Origin", body)


if __name__ == "__main__":
    unittest.main()
