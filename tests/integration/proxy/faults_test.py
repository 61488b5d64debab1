# SPDX-License-Identifier: Apache-2.0
"""Hostile callers, broken upstreams, and both of them leaving at the wrong moment."""
import contextlib
import itertools
import socket
import struct
import threading
import unittest

from support import ALICE, BOB, LIMIT, Exchange, Gatehouse, Upstream


def reset(sock):
    """Closes with a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.gatehouse = Gatehouse(
            cls.upstream.url, 'header_timeout = "1s"\nidle_timeout = "3s"\nbody_timeout = "1s"\n'
            'response_timeout = "1s"\nwrite_timeout = "1s"')

    @classmethod
    def tearDownClass(cls):
        cls.upstream.close()
        cls.gatehouse.stop()

    def setUp(self):
        self.upstream.answers.clear()
        self.upstream.requests.clear()
        self.client = self.gatehouse.client()
        self.addCleanup(self.client.sock.close)

    def works(self):
        """The next caller is served."""
        with self.gatehouse.client() as client:
            self.assertEqual(client.ask("/works").status, 200)

    def test_broken_requests_are_refused_and_the_connection_ends(self):
        start = "GET / HTTP/1.1\r\nHost: a\r\n"
        for status, data in (
                (400, start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
                (400, start + "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\n"),
                (400, start + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"),
                (400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
                (400, start + "X: a\r\n b\r\n\r\n"),
                (400, "GET / HTTP/1.1\n\n"),
                (400, "GET / HTTP/1.1\r\n\r\n"),
                (400, start + "Host: b\r\n\r\n"),
                (400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
                (400, "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
                (400, "GET /\\..\\ HTTP/1.1\r\nHost: a\r\n\r\n"),
                (400, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
                (400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
                (400, "GET /\r\n\r\n"),
                (400, start + "X: \x00\r\n\r\n"),
                (501, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
                (501, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
                (414, "GET /" + "a" * 9000 + " HTTP/1.1\r\nHost: a\r\n\r\n"),
                (431, start + "X: " + "a" * 40_000 + "\r\n\r\n"),
                (431, start + "X: a\r\n" * 200 + "\r\n"),
                (414, b"A" * 1_000_000),
        ):
            with self.subTest(data=data[:60]), self.gatehouse.client() as client:
                client.send(data)
                if isinstance(data, str) and status < 500:
                    client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
                response = client.response()
                self.assertEqual((response.status, response.value("Connection")), (status, "close"))
                self.assertTrue(client.is_closed())
        self.assertEqual(self.upstream.requests, [])
        self.works()

    def test_broken_chunks_are_refused_and_never_complete_upstream(self):
        complete = []

        def reading(exchange):
            exchange.body()
            complete.append(True)

        self.upstream.answers = {"/c": reading}
        for chunks in ("0x5\r\nhello\r\n", "5;e=\"\n\r\nhello\r\n", "-1\r\n", "FFFFFFFFFFFFFFFF1\r\n", "0" * 10_000 + "5\r\n",
                       "5\nhello\n0\n\n", "5\r\nhello0\r\n\r\n", "0\r\n" + "T: x\r\n" * 10_000 + "\r\n"):
            for together in (True, False):
                with self.subTest(chunks=chunks[:20], together=together), self.gatehouse.client() as client:
                    head = "POST /c HTTP/1.1\r\nHost: a\r\n" + ALICE + "Transfer-Encoding: chunked\r\n\r\n"
                    before = len(self.upstream.requests)
                    client.send(head + chunks if together else head)
                    if not together:
                        self.upstream.wait_for(lambda: len(self.upstream.requests) > before)
                        client.send(chunks)
                    response = client.response()
                    self.assertEqual((response.status, response.value("Connection")), (400, "close"))
                    self.assertTrue(client.is_closed())
        self.assertEqual(complete, [])
        self.works()

    def test_upstreams_that_are_not_clear_are_not_believed(self):
        answers = [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 1\n\na",
            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
            "HTTP/1.1 103 Hints\r\n\r\n" * 50,
            "HTTP/3 200\r\n\r\n",
            "hello\r\n",
            "\x00\x01\x02",
            "HTTP/1.1 200 OK\r\nX: " + "a" * 40_000,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 O",
            "",
        ]
        for text in answers:
            def answer(exchange, text=text):
                exchange.send(text)
                exchange.close()

            self.upstream.answers = {"/bad": answer}
            with self.subTest(text=text[:60]), self.gatehouse.client() as client:
                client.send("POST /bad HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
                response = client.response(informational=True)
                while response.status == 103:
                    response = client.response(informational=True)
                self.assertEqual(response.status, 502)
                self.assertNotIn(b"127.0.0.1", response.body)
        self.works()

    def test_a_response_cut_short_is_cut_for_the_caller(self):
        def short(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            exchange.close()

        def short_chunks(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            exchange.close()

        self.upstream.answers = {"/short": short, "/chunks": short_chunks}
        for path in self.upstream.answers:
            with self.subTest(path=path), self.gatehouse.client() as client, self.assertRaises(EOFError):
                client.ask(path)
        self.works()

    def test_bytes_after_a_response_are_nobodys(self):
        def talkative(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb")

        self.upstream.answers = {"/": talkative}
        for _ in range(5):
            self.assertEqual(self.client.ask().body, b"a")
        self.assertEqual(len({request.connection for request in self.upstream.requests}), 5)

    def test_bytes_that_come_after_a_response_are_not_the_next_callers(self):
        answered, sent = threading.Event(), threading.Event()

        def late(exchange):
            exchange.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            status = "200 OK" if exchange.request.method == "HEAD" else "304 Not Modified"
            exchange.send(f"HTTP/1.1 {status}\r\nContent-Length: 41\r\n\r\n")
            answered.wait(LIMIT)
            with contextlib.suppress(OSError):
                exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad")  # the "body" that has no place
            sent.set()

        self.upstream.answers = {"/late": late}
        for first, method in itertools.product(("HEAD", "GET"), ("GET", "HEAD", "OPTIONS", "POST")):
            answered.clear()
            sent.clear()
            with self.subTest(first=first, method=method), self.gatehouse.client() as other:
                self.assertIn(self.client.ask("/late", first).status, (200, 304))
                answered.set()
                self.assertTrue(sent.wait(LIMIT))
                response = other.ask("/after", method, BOB)
                self.assertNotEqual(response.body, b"bad")
                self.assertNotEqual(response.value("Content-Length"), "3")

    def test_a_kept_connection_that_the_upstream_closed_is_not_noticed(self):
        def last(exchange):
            Exchange.echo(exchange)
            exchange.close()

        def last_without_a_word(exchange):
            """Says nothing on a connection that had served before."""
            if exchange.request.connection in served:
                reset(exchange.sock)
                raise OSError
            Exchange.echo(exchange)
            served.add(exchange.request.connection)

        self.upstream.answers = {"/last": last}
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            for _ in range(5):
                self.assertEqual(self.client.ask("/last", method).status, 200)
                self.upstream.wait_for(lambda: not self.upstream.sockets)

        served = set()
        self.upstream.answers = {"/silent": last_without_a_word}
        for _ in range(5):
            self.assertEqual(self.client.ask("/silent").status, 200)
        served.update(range(self.upstream.connections + 1))
        response = self.client.ask("/silent", "POST", ALICE + "Content-Length: 1\r\n", b"x")
        self.assertEqual(response.status, 502)  # not sent twice
        self.assertEqual(len([request for request in self.upstream.requests if request.method == "POST"
                              and request.path == "/silent"]), 1)

    def test_an_upstream_that_does_not_answer_in_time(self):
        self.upstream.answers = {"/never": lambda exchange: exchange.reader.fill()}
        response = self.client.ask("/never")
        self.assertEqual(response.status, 504)
        self.upstream.wait_for(lambda: len(self.upstream.sockets) == 0)
        self.assertEqual(self.client.ask().status, 200)

    def test_a_caller_that_leaves_takes_the_upstream_with_it(self):
        def waiting(exchange):
            exchange.reader.fill()

        def endless(exchange):
            exchange.send("HTTP/1.1 200 OK\r\n\r\n")
            while True:
                exchange.send(b"x" * 65536)

        self.upstream.answers = {"/waiting": waiting, "/endless": endless}
        for path in self.upstream.answers:
            for leave in (reset, socket.socket.close):
                with self.subTest(path=path, leave=leave.__name__):
                    client = self.gatehouse.client()
                    before = len(self.upstream.requests)
                    client.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n{ALICE}\r\n")
                    self.upstream.wait_for(lambda: len(self.upstream.requests) > before)
                    leave(client.sock)
                    self.upstream.wait_for(lambda: len(self.upstream.sockets) == 0)

    def test_a_caller_that_leaves_in_the_middle_of_its_body(self):
        def reading(exchange):
            try:
                exchange.body()
                complete.append(True)
            finally:
                ended.append(True)

        complete, ended = [], []
        self.upstream.answers = {"/body": reading}
        for framing in ("Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"):
            with self.subTest(framing=framing):
                ended.clear()
                self.upstream.requests.clear()
                client = self.gatehouse.client()
                client.send("POST /body HTTP/1.1\r\nHost: a\r\n" + ALICE + framing + "\r\n3\r\nabc")
                self.upstream.wait_for(lambda: self.upstream.requests)
                client.sock.close()
                self.upstream.wait_for(lambda: len(self.upstream.sockets) == 0)
                self.assertEqual((complete, ended), ([], [True]))
        self.works()

    def test_an_upstream_that_answers_before_the_body_has_come(self):
        def early(exchange):
            exchange.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")

        self.upstream.answers = {"/early": early}
        self.client.send("POST /early HTTP/1.1\r\nHost: a\r\n" + ALICE + "Content-Length: 100000\r\n\r\n")
        response = self.client.response()
        self.assertEqual((response.status, response.body, response.value("Connection")), (413, b"no", "close"))
        self.assertTrue(self.client.is_closed())
        self.works()

    def test_slow_callers_are_not_waited_for(self):
        for name, data, status in (
                ("head", "GET / HTTP/1.1\r\nHost:", 408),
                ("body", "POST / HTTP/1.1\r\nHost: a\r\n" + ALICE + "Content-Length: 5\r\n\r\nabc", 408),
                ("refused body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", 401),
        ):
            with self.subTest(name), self.gatehouse.client() as client:
                client.send(data)
                self.assertEqual(client.response().status, status)
                self.assertTrue(client.is_closed())
        with self.gatehouse.client() as client:
            client.ask()
            self.assertTrue(client.is_closed())  # idle
        with self.gatehouse.client() as client:
            self.assertTrue(client.is_closed())  # said nothing
        self.works()

    def test_a_caller_that_does_not_read_is_not_waited_for(self):
        def endless(exchange):
            exchange.send("HTTP/1.1 200 OK\r\n\r\n")
            while True:
                exchange.send(b"x" * 65536)

        self.upstream.answers = {"/endless": endless}
        self.client.send("GET /endless HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
        self.upstream.wait_for(lambda: self.upstream.requests)
        self.upstream.wait_for(lambda: len(self.upstream.sockets) == 0)
        self.works()

    def test_nothing_is_left_behind(self):
        self.works()
        before = self.gatehouse.descriptors()
        for i in range(60):
            client = self.gatehouse.client()
            client.send(["GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n", "", "\n"][i % 4])
            reset(client.sock) if i % 2 else client.sock.close()
        self.works()
        self.works()
        self.assertLess(self.gatehouse.descriptors(), before + 30)


class Unreachable(unittest.TestCase):
    def test_nobody_listens(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # bound and not listening: refused
            gatehouse = Gatehouse("http://127.0.0.1:%d" % closed.getsockname()[1])
            self.addCleanup(gatehouse.stop)
            with gatehouse.client() as client:
                self.assertEqual(client.ask(lines="").status, 401)
                self.assertEqual(client.ask().status, 502)
                self.assertEqual(client.ask("/", "POST", ALICE + "Content-Length: 3\r\n", b"abc").status, 502)
                self.assertEqual(client.ask().status, 502)
            gatehouse.wait_for_log("answered 502")

    def test_nobody_accepts(self):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            held = []
            for _ in range(4):
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex(full.getsockname())
                held.append(sock)
            gatehouse = Gatehouse("http://127.0.0.1:%d" % full.getsockname()[1], 'connect_timeout = "1s"')
            self.addCleanup(gatehouse.stop)
            with gatehouse.client() as client:
                self.assertEqual(client.ask().status, 504)
            for sock in held:
                sock.close()


if __name__ == "__main__":
    unittest.main()
