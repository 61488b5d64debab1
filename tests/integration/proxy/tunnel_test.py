# SPDX-License-Identifier: Apache-2.0
"""WebSocket and other upgrades: nothing before the verdict, nothing before the 101, then bytes both ways."""
import base64
import hashlib
import os
import signal
import struct
import threading
import unittest

from support import ALICE, LIMIT, WRONG, Gatehouse, Upstream

KEY = base64.b64encode(b"0123456789abcdef").decode()
UPGRADE = ("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           f"Sec-WebSocket-Key: {KEY}\r\n")


def frame(text, mask=None, opcode=1):
    """A WebSocket frame (RFC 6455), masked as a client's."""
    data = text.encode()
    length = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    if mask is None:
        return bytes([0x80 | opcode]) + length + data
    return (bytes([0x80 | opcode, length[0] | 0x80]) + length[1:] + mask +
            bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))


def read_frame(reader):
    first, second = reader.take(2)
    length = second & 0x7f
    if length == 126:
        length, = struct.unpack(">H", reader.take(2))
    mask = reader.take(4) if second & 0x80 else b"\0\0\0\0"
    data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(reader.take(length)))
    return first & 0xf, data.decode()


def websocket(exchange):
    """A service that answers each message with it and who sent it, and a close with a close."""
    digest = hashlib.sha1((exchange.request.value("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode())
    exchange.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Sec-WebSocket-Accept: {base64.b64encode(digest.digest()).decode()}\r\n\r\n")
    user = exchange.request.value("Remote-User")
    while True:
        opcode, text = read_frame(exchange.reader)
        exchange.send(frame(text if opcode == 8 else f"{user}: {text}", opcode=opcode))
        if opcode == 8:
            exchange.close()
            return


class Tunnels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.gatehouse = Gatehouse(cls.upstream.url, 'upgrades = ["websocket", "x-other/2"]')

    @classmethod
    def tearDownClass(cls):
        cls.upstream.close()
        cls.gatehouse.stop()

    def setUp(self):
        self.upstream.answers = {"/ws": websocket}
        self.upstream.requests.clear()
        self.client = self.gatehouse.client()
        self.addCleanup(self.client.sock.close)

    def open(self, client, lines=ALICE, more=b""):
        client.send(("GET /ws HTTP/1.1\r\nHost: a\r\n" + lines + UPGRADE + "\r\n").encode() + more)
        start, fields = client.reader.head()
        self.assertEqual(start, "HTTP/1.1 101 Switching Protocols")
        self.assertEqual([field for field in fields if field[0] in ("Connection", "Upgrade")],
                         [("Connection", "Upgrade"), ("Upgrade", "websocket")])
        self.assertIn("Sec-WebSocket-Accept", dict(fields))

    def test_messages_both_ways_and_a_close(self):
        self.open(self.client)
        for number in range(50):
            self.client.send(frame(f"message {number}", os.urandom(4)))
            self.assertEqual(read_frame(self.client.reader), (1, f"alice: message {number}"))
        long = "x" * 60000
        self.client.send(frame(long, b"mask"))
        self.assertEqual(read_frame(self.client.reader), (1, "alice: " + long))
        self.client.send(frame("", b"mask", 8))
        self.assertEqual(read_frame(self.client.reader)[0], 8)
        self.assertTrue(self.client.is_closed())

    def test_byte_by_byte(self):
        for byte in "GET /ws HTTP/1.1\r\nHost: a\r\n" + ALICE + UPGRADE + "\r\n":
            self.client.send(byte)
        self.assertIn("101", self.client.reader.head()[0])
        for byte in frame("slow", b"mask"):
            self.client.send(bytes([byte]))
        self.assertEqual(read_frame(self.client.reader), (1, "alice: slow"))

    def test_the_service_is_told_what_it_needs_and_nothing_forged(self):
        self.open(self.client, ALICE + "Remote-User: root\r\nX-Forwarded-For: 6.6.6.6\r\n")
        request = self.upstream.requests[0]
        self.assertEqual(request.value("Upgrade"), "websocket")
        self.assertEqual(request.value("Connection"), "Upgrade")
        self.assertEqual(request.value("Sec-WebSocket-Key"), KEY)
        self.assertEqual(request.value("Remote-User"), "alice")
        self.assertEqual(request.value("X-Forwarded-For"), "127.0.0.1")
        self.assertIsNone(request.value("Authorization"))

    def test_nothing_passes_before_the_verdict(self):
        for lines in ("", WRONG):
            with self.gatehouse.client() as client:
                client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + lines + UPGRADE + "\r\n")
                self.assertEqual(client.response().status, 401)
        self.assertEqual(self.upstream.requests, [])

    def test_bytes_after_the_request_wait_for_the_101(self):
        early = frame("early", b"mask")

        def late(exchange):
            exchange.sock.settimeout(0.3)
            try:
                seen.append(exchange.sock.recv(10))
            except TimeoutError:
                seen.append(None)
            exchange.sock.settimeout(LIMIT)
            websocket(exchange)

        seen = []
        self.upstream.answers = {"/ws": late}
        self.open(self.client, more=early)
        self.assertEqual(seen, [None])
        self.assertEqual(read_frame(self.client.reader), (1, "alice: early"))

    def test_a_request_behind_a_refused_upgrade_is_judged(self):
        def refuses(exchange):
            exchange.send("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n")

        self.upstream.answers = {"/ws": refuses}
        inner = "GET /secret HTTP/1.1\r\nHost: a\r\n\r\n"
        self.client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + ALICE + UPGRADE + "\r\n" + inner)
        self.assertEqual(self.client.response().status, 426)
        self.assertEqual(self.client.response().status, 401)
        self.assertEqual([request.path for request in self.upstream.requests], ["/ws"])

    def test_a_101_that_nobody_asked_for_or_for_another_protocol_is_502(self):
        def answer(head):
            def send(exchange):
                exchange.send("HTTP/1.1 101 X\r\n" + head + "\r\n")
                exchange.close()
            return send

        good = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        for lines, head in (("", good), (UPGRADE, "Upgrade: h2c\r\nConnection: Upgrade\r\n"), (UPGRADE, "Upgrade: websocket\r\n"),
                            (UPGRADE, "Connection: Upgrade\r\n"), (UPGRADE, good + "Transfer-Encoding: chunked\r\n"),
                            (UPGRADE, good + "Content-Length: 5\r\n"), (UPGRADE, good + "Upgrade: websocket\r\n"),
                            ("Upgrade: websocket\r\n", good), ("Connection: Upgrade\r\nUpgrade: h2c\r\n", good)):
            with self.subTest(lines=lines, head=head), self.gatehouse.client() as client:
                self.upstream.answers = {"/ws": answer(head)}
                self.assertEqual(client.ask("/ws", lines=ALICE + lines).status, 502)
                self.assertEqual(client.ask().status, 200)

    def test_protocols_that_hide_requests_are_not_changed_to(self):
        for offered in ("h2c", "h2c, websocket/1", "TLS/1.0", "HTTP/2.0", "websocketx"):
            response = self.client.ask("/", lines=ALICE + f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {offered}\r\n"
                                       "HTTP2-Settings: AA\r\n")
            self.assertEqual(response.status, 200)
            self.assertNotIn(b"Upgrade", response.body)
            self.assertNotIn(b"HTTP2-Settings", response.body)
        self.client.ask("/", "POST", ALICE + UPGRADE + "Content-Length: 2\r\n", b"ab")
        self.assertIsNone(self.upstream.requests[-1].value("Upgrade"))
        self.client.ask("/", lines=ALICE + UPGRADE, version="1.0")
        self.assertIsNone(self.upstream.requests[-1].value("Upgrade"))

    def test_the_first_allowed_protocol_is_asked_for(self):
        self.client.send("GET /x HTTP/1.1\r\nHost: a\r\n" + ALICE + "Connection: Upgrade\r\nUpgrade: h2c, X-Other/2, websocket\r\n\r\n")
        self.upstream.wait_for(lambda: self.upstream.requests)
        self.assertEqual(self.upstream.requests[0].value("Upgrade"), "X-Other/2")

    def test_an_end_of_either_side_ends_the_other(self):
        ended = []

        def waits(exchange):
            exchange.send("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello")
            ended.append(exchange.reader.rest())
            exchange.send("bye")
            exchange.close()

        self.upstream.answers = {"/ws": waits}
        self.client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + ALICE + UPGRADE + "\r\n")
        self.client.reader.head()
        self.assertEqual(self.client.reader.take(5), b"hello")
        self.client.send(b"last words")
        self.client.sock.shutdown(1)  # the caller ends its side; the service may still speak
        self.assertEqual(self.client.reader.rest(), b"bye")
        self.assertEqual(ended, [b"last words"])

    def test_many_large_bytes_both_ways_at_once(self):
        def mirror(exchange):
            exchange.send("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            while piece := exchange.sock.recv(65536):
                exchange.send(piece)
            exchange.close()

        self.upstream.answers = {"/ws": mirror}
        self.client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + ALICE + UPGRADE + "\r\n")
        self.client.reader.head()
        data = os.urandom(4_000_000)

        def write():
            self.client.send(data)
            self.client.sock.shutdown(1)

        writer = threading.Thread(target=write)
        writer.start()
        self.assertTrue(self.client.reader.rest() == data)
        writer.join(LIMIT)

    def test_tunnels_leave_nothing_behind(self):
        before = self.gatehouse.descriptors()
        for _ in range(20):
            with self.gatehouse.client() as client:
                self.open(client)
        self.upstream.wait_for(lambda: not self.upstream.sockets)
        self.assertEqual(self.client.ask().status, 200)
        self.assertLessEqual(self.gatehouse.descriptors(), before + 3)


class Limits(unittest.TestCase):
    def test_a_silent_tunnel_ends_in_time_and_a_busy_one_does_not(self):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        upstream.answers = {"/ws": websocket}
        gatehouse = Gatehouse(upstream.url, 'tunnel_timeout = "2s"')
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as silent, gatehouse.client() as busy:
            for client in (silent, busy):
                client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + ALICE + UPGRADE + "\r\n")
                client.reader.head()
            silent.sock.settimeout(0.2)
            for _ in range(100):
                busy.send(frame("x", b"mask"))
                self.assertEqual(read_frame(busy.reader), (1, "alice: x"))
                try:
                    if silent.sock.recv(1) == b"":
                        break
                except TimeoutError:
                    continue
            else:
                self.fail("the silent tunnel stayed open")
            busy.send(frame("y", b"mask"))
            self.assertEqual(read_frame(busy.reader), (1, "alice: y"))

    def test_a_drain_ends_tunnels_at_its_limit(self):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        upstream.answers = {"/ws": websocket}
        gatehouse = Gatehouse(upstream.url, 'drain_timeout = "1s"')
        with gatehouse.client() as client:
            client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + ALICE + UPGRADE + "\r\n")
            client.reader.head()
            gatehouse.signal(signal.SIGTERM)
            self.assertEqual(client.reader.rest(), b"")
        gatehouse.stop()


if __name__ == "__main__":
    unittest.main()
