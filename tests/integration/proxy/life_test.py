# SPDX-License-Identifier: Apache-2.0
"""Large streams in little memory, reloads, drains and limits."""
import os
import select
import signal
import socket
import tempfile
import threading
import time
import unittest

from support import ALICE, LIMIT, Exchange, Gatehouse, Upstream, basic, sha_line

MIB = 1024 * 1024
STREAM = int(os.environ.get("GATEHOUSE_STREAM_MIB", "1024")) * MIB
BLOCK = b"0123456789abcdef" * (MIB // 16)


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.gatehouse = Gatehouse(cls.upstream.url)

    @classmethod
    def tearDownClass(cls):
        cls.upstream.close()
        cls.gatehouse.stop()

    def tearDown(self):
        if "GATEHOUSE_SANITIZED" not in os.environ:
            self.assertLess(self.gatehouse.peak_memory(), 64 * MIB)

    def read(self, reader, size):
        """Reads that many bytes of repeated BLOCKs, and looks at each."""
        offset = 0
        while offset < size:
            if not reader.buffer:
                reader.buffer = reader.sock.recv(min(MIB, size - offset))
                self.assertNotEqual(reader.buffer, b"")
            piece, reader.buffer = reader.buffer[:size - offset], reader.buffer[size - offset:]
            start = offset % MIB
            expected = BLOCK[start:start + len(piece)]
            expected += BLOCK[:len(piece) - len(expected)]
            self.assertTrue(piece == expected, f"wrong bytes at {offset}")
            offset += len(piece)

    def test_a_large_download(self):
        def large(exchange):
            exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {STREAM}\r\n\r\n")
            for _ in range(STREAM // MIB):
                exchange.send(BLOCK)

        self.upstream.answers = {"/large": large}
        with self.gatehouse.client() as client:
            client.send("GET /large HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            _, fields = client.reader.head()
            self.assertIn(("Content-Length", str(STREAM)), fields)
            self.read(client.reader, STREAM)
            self.upstream.answers = {}
            self.assertEqual(client.ask().status, 200)

    def test_a_large_upload(self):
        def large(exchange):
            self.read(exchange.reader, STREAM)
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        self.upstream.answers = {"/large": large}
        with self.gatehouse.client() as client:
            client.send(f"PUT /large HTTP/1.1\r\nHost: a\r\n{ALICE}Content-Length: {STREAM}\r\n\r\n")
            for _ in range(STREAM // MIB):
                client.send(BLOCK)
            self.assertEqual(client.response().body, b"ok")

    def test_a_large_chunked_upload_and_download_at_once(self):
        size = STREAM // 4

        def mirror(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while length := int(exchange.reader.line(), 16):
                piece = exchange.reader.take(length)
                exchange.reader.take(2)
                exchange.send(b"%x\r\n%s\r\n" % (length, piece))
            exchange.reader.line()
            exchange.send("0\r\n\r\n")

        def send():
            for _ in range(size // MIB):
                client.send(b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK))
            client.send("0\r\n\r\n")

        self.upstream.answers = {"/mirror": mirror}
        with self.gatehouse.client() as client:
            client.send("POST /mirror HTTP/1.1\r\nHost: a\r\n" + ALICE + "Transfer-Encoding: chunked\r\n\r\n")
            client.reader.head()
            sender = threading.Thread(target=send, daemon=True)
            sender.start()
            received = 0
            while length := int(client.reader.line(), 16):
                client.reader.take(length)
                client.reader.take(2)
                received += length
            self.assertEqual(received, size)
            sender.join()

    def test_a_hundred_thousand_chunks_of_one_byte(self):
        with self.gatehouse.client() as client:
            client.send("POST / HTTP/1.1\r\nHost: a\r\n" + ALICE + "Transfer-Encoding: chunked\r\n\r\n")
            client.send(b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")
            self.assertTrue(client.response().body.endswith(b"\n\n" + b"x" * 100_000))


class Life(unittest.TestCase):
    def setUp(self):
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)

    def start(self, proxy=""):
        gatehouse = Gatehouse(self.upstream.url, proxy)
        self.addCleanup(gatehouse.stop)
        return gatehouse

    def test_a_reload_changes_the_next_request_and_not_the_one_in_flight(self):
        def held(exchange):
            self.upstream.wait_for(lambda: released)
            Exchange.echo(exchange)

        released = []
        other = Upstream()
        self.addCleanup(other.close)
        self.upstream.answers = {"/held": held}
        gatehouse = self.start()
        with gatehouse.client() as first, gatehouse.client() as second:
            self.assertEqual(second.ask("/before").status, 200)
            first.send("GET /held HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            self.upstream.wait_for(lambda: any(request.path == "/held" for request in self.upstream.requests))

            gatehouse.write_config(other.url, 'upstream_host = "changed"')
            gatehouse.signal(signal.SIGHUP)
            gatehouse.wait_for_log("the new configuration serves")
            self.assertIn(b"\nHost: changed\n", second.ask("/after").body)
            self.assertEqual([request.path for request in other.requests], ["/after"])

            gatehouse.write_config("ftp://no-such-thing")
            gatehouse.signal(signal.SIGHUP)
            gatehouse.wait_for_log("the old one goes on serving")
            self.assertEqual(second.ask("/still").status, 200)

            with self.upstream.changed:
                released.append(True)
                self.upstream.changed.notify_all()
            self.assertNotIn(b"changed", first.response().body)
            self.assertEqual([request.path for request in other.requests], ["/after", "/still"])

    def test_a_user_that_was_removed_is_kept_out_on_a_kept_connection(self):
        gatehouse = self.start()
        with gatehouse.client() as client:
            self.assertEqual(client.ask().status, 200)
            with open(gatehouse.users, "w") as file:
                file.write(sha_line("bob", "hidden"))
            deadline = time.monotonic() + LIMIT
            while client.ask().status != 401:
                self.assertLess(time.monotonic(), deadline, "alice still enters")

    def test_a_drain_ends_idle_connections_and_finishes_the_others(self):
        def held(exchange):
            self.upstream.wait_for(lambda: released)
            Exchange.echo(exchange)

        released = []
        self.upstream.answers = {"/held": held}
        for threads in (1, 3):
            with self.subTest(threads=threads):
                released.clear()
                self.upstream.requests.clear()
                gatehouse = Gatehouse(self.upstream.url, f"threads = {threads}")
                with gatehouse.client() as idle, gatehouse.client() as busy:
                    self.assertEqual(idle.ask().status, 200)
                    busy.send("GET /held HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
                    self.upstream.wait_for(lambda: len(self.upstream.requests) == 2)
                    gatehouse.signal(signal.SIGTERM)
                    self.assertTrue(idle.is_closed())
                    with self.assertRaises(ConnectionRefusedError):
                        gatehouse.client()
                    with self.upstream.changed:
                        released.append(True)
                        self.upstream.changed.notify_all()
                    response = busy.response()
                    self.assertEqual((response.status, response.value("Connection")), (200, "close"))
                gatehouse.stop()

    def test_what_does_not_finish_in_time_is_cut(self):
        self.upstream.answers = {"/never": lambda exchange: exchange.reader.fill()}
        gatehouse = Gatehouse(self.upstream.url, 'drain_timeout = "1s"')
        with gatehouse.client() as client:
            client.send("GET /never HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            self.upstream.wait_for(lambda: self.upstream.requests)
            gatehouse.signal(signal.SIGTERM)
            self.assertTrue(client.is_closed())
        gatehouse.stop()

    def test_streams_that_never_wait_are_cut_too(self):
        """Where bytes are always ready, nothing is waiting that could be cancelled."""
        def endless(exchange):
            exchange.send("HTTP/1.1 200 OK\r\n\r\n")
            while True:
                exchange.send(BLOCK)

        def swallow(exchange):
            while True:
                exchange.reader.sock.recv(MIB)

        def download(client):
            client.send("GET /endless HTTP/1.0\r\nHost: a\r\n" + ALICE + "\r\n")
            while client.sock.recv(MIB):
                pass

        def upload(client):
            client.send("PUT /swallow HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % 2**60 + ALICE + "\r\n")
            while True:
                client.send(BLOCK)

        def until_cut(stream, client):
            try:
                stream(client)
            except OSError:
                return

        self.upstream.answers = {"/endless": endless, "/swallow": swallow}
        for stream in (download, upload):
            with self.subTest(stream=stream.__name__):
                gatehouse = Gatehouse(self.upstream.url)
                self.upstream.requests.clear()
                clients = [gatehouse.client() for _ in range(4)]
                threads = [threading.Thread(target=until_cut, args=(stream, client)) for client in clients]
                for thread in threads:
                    thread.start()
                self.upstream.wait_for(lambda: len(self.upstream.requests) == len(clients))
                gatehouse.signal(signal.SIGTERM)
                gatehouse.wait_for_log("told to end")
                gatehouse.signal(signal.SIGTERM)
                before = time.monotonic()
                gatehouse.stop()
                self.assertLess(time.monotonic() - before, 10 if "GATEHOUSE_SANITIZED" in os.environ else 3)
                for thread, client in zip(threads, clients):
                    thread.join(LIMIT)
                    client.sock.close()

    def test_a_response_that_was_cut_never_looks_whole(self):
        """To HTTP/1.0 only the end of the connection tells where a body without a length ends."""
        def endless(exchange):
            exchange.send("HTTP/1.1 200 OK\r\n\r\n")
            while True:
                if not select.select([], [exchange.sock], [], 0.5)[1]:
                    stalled.set()  # the caller does not read: the proxy waits for it
                exchange.send(BLOCK)

        def begun(exchange):
            exchange.send("HTTP/1.1 200 OK\r\n\r\nbegun")
            exchange.reader.fill()

        stalled = threading.Event()
        self.upstream.answers = {"/endless": endless, "/begun": begun}
        gatehouse = Gatehouse(self.upstream.url)
        with gatehouse.client() as client:
            client.send("GET /endless HTTP/1.0\r\nHost: a\r\n" + ALICE + "\r\n")
            client.reader.head()
            self.assertTrue(stalled.wait(LIMIT))
            gatehouse.signal(signal.SIGTERM)
            gatehouse.wait_for_log("told to end")
            gatehouse.signal(signal.SIGTERM)
            gatehouse.stop()
            with self.assertRaises(ConnectionResetError):
                while client.sock.recv(MIB):
                    pass
        gatehouse = self.start()
        with gatehouse.client() as client:
            client.send("GET /begun HTTP/1.0\r\nHost: a\r\n" + ALICE + "\r\n")
            client.reader.head()
            self.assertEqual(client.reader.take(5), b"begun")
            client.sock.shutdown(socket.SHUT_WR)  # taken for gone
            with self.assertRaises(ConnectionResetError):
                client.sock.recv(1)

    @unittest.skipIf("GATEHOUSE_SANITIZED" in os.environ, "too much memory to look through")
    def test_no_password_stays_in_memory(self):
        gatehouse = self.start()
        with gatehouse.client() as kept, gatehouse.client() as left:
            login = basic("bob", "a-password-to-look-for")
            for client in (kept, left):
                self.assertEqual(client.ask("/").status, 200)
                self.assertEqual(client.ask("/", lines=login).status, 401)
            left.sock.close()
            with gatehouse.client() as next_caller:  # served after what had come before
                self.assertEqual(next_caller.ask("/").status, 200)
            try:
                self.assertGreater(len(gatehouse.memory()), MIB)
                self.assertTrue(gatehouse.forgets(b"a-password-to-look-for", login.split()[2].encode()))
            except PermissionError:
                self.skipTest("the memory of a child cannot be read here")

    def test_who_waits_longest_without_a_request_makes_room(self):
        gatehouse = self.start("max_connections = 3\nthreads = 1")
        with gatehouse.client() as asked, gatehouse.client() as begun, gatehouse.client() as silent:
            for client in (begun, silent, asked):  # in the order in which they wait from now on
                self.assertEqual(client.ask().status, 200)
            begun.send("GET / HTT")
            with gatehouse.client() as fourth:
                self.assertEqual(fourth.ask().status, 200)
                self.assertTrue(begun.is_closed())
                with gatehouse.client() as fifth:
                    self.assertEqual(fifth.ask().status, 200)
                    self.assertTrue(silent.is_closed())
                    for client in (asked, fourth, fifth):
                        self.assertEqual(client.ask().status, 200)
        gatehouse.wait_for_log("who waited longest without a request was ended")

    def test_the_socket_file_of_a_successor_stays(self):
        def held(exchange):
            self.upstream.wait_for(lambda: released)
            Exchange.echo(exchange)

        released = []
        self.upstream.answers = {"/held": held}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            first = Gatehouse(self.upstream.url, listen="unix:" + path)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
            with first.client() as busy:
                busy.send("GET /held HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
                self.upstream.wait_for(lambda: self.upstream.requests)
                first.signal(signal.SIGTERM)
                deadline = time.monotonic() + LIMIT
                while os.path.exists(path):
                    self.assertLess(time.monotonic(), deadline, "the path is not given up")
                second = Gatehouse(self.upstream.url, listen="unix:" + path)
                with self.upstream.changed:
                    released.append(True)
                    self.upstream.changed.notify_all()
                self.assertEqual(busy.response().status, 200)
            first.stop()
            with second.client() as client:
                self.assertEqual(client.ask().status, 200)
            second.stop()
            self.assertFalse(os.path.exists(path))

    def test_callers_beyond_the_limit_are_told_so(self):
        def held(exchange):
            self.upstream.wait_for(lambda: released)
            Exchange.echo(exchange)

        released = []
        self.upstream.answers = {"/held": held}
        gatehouse = self.start("max_connections = 2")
        with gatehouse.client() as first, gatehouse.client() as second:
            for client in (first, second):
                client.send("GET /held HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            self.upstream.wait_for(lambda: len(self.upstream.requests) == 2)
            with gatehouse.client() as third:
                self.assertEqual(third.response().status, 503)
                self.assertTrue(third.is_closed())
            with self.upstream.changed:
                released.append(True)
                self.upstream.changed.notify_all()
            self.assertEqual(first.response().status, 200)
            self.assertEqual(second.response().status, 200)
            self.assertEqual(first.ask().status, 200)
        deadline = time.monotonic() + LIMIT  # for the proxy to notice that both left
        while time.monotonic() < deadline:
            with gatehouse.client() as client:
                try:
                    if client.ask().status == 200:
                        return
                except (ConnectionResetError, BrokenPipeError):
                    continue
        self.fail("the places of those who left were not given to others")


if __name__ == "__main__":
    unittest.main()
