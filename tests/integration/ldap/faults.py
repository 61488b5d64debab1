# SPDX-License-Identifier: Apache-2.0
"""Peers that misbehave: a TCP proxy that cuts, delays and swallows, and a directory server that says what a test wants."""
import contextlib
import select
import socket
import ssl
import threading
import time


class Proxy:
    """Between a client and 127.0.0.1:target. What it does to connections can be changed at any time."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cut_after = None  # bytes of the server's that still go through, then the connection is closed
        self.swallow = False  # nothing goes through any more, and nothing is closed
        self.delay = 0.0  # seconds before each piece of the server's
        self.connections = 0  # accepted so far
        self.open = 0
        self.most_open = 0
        self.sent = b""  # by clients, while `record` is set
        self.record = False
        self.lock = threading.Lock()
        self.ended = False
        self.sockets = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"ldaps://127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                self.sockets.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = None
        try:
            while self.swallow and not self.ended:
                readable, _, _ = select.select([client], [], [], 0.05)
                if readable and not client.recv(65536):
                    return
            server = socket.create_connection(("127.0.0.1", self.target), 10)
            with self.lock:
                self.sockets.add(server)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            left = self.cut_after
            while not self.ended:
                readable, _, _ = select.select([client, server], [], [], 0.05)
                for one in readable:
                    piece = one.recv(65536)
                    if not piece:
                        return
                    if self.swallow:
                        continue
                    if one is client:
                        if self.record:
                            self.sent += piece
                        server.sendall(piece)
                        continue
                    if self.delay:
                        time.sleep(self.delay)
                    if left is not None:
                        piece, left = piece[:left], left - len(piece)
                    client.sendall(piece)
                    if left is not None and left <= 0:
                        return
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.open -= 1
                self.sockets.discard(client)
                self.sockets.discard(server)
            for one in (client, server):
                if one is not None:
                    one.close()

    def drop(self):
        """Ends every connection."""
        with self.lock:
            sockets = list(self.sockets)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def refuse(self):
        """From here on nobody listens; accept_again() undoes it."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def accept_again(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.ended = True
        self.refuse()


def length(size):
    if size < 128:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def tlv(tag, content):
    return bytes([tag]) + length(len(content)) + content


def text(value, tag=0x04):
    return tlv(tag, value.encode() if isinstance(value, str) else value)


def message(number, operation, controls=b""):
    return tlv(0x30, tlv(0x02, number.to_bytes(4, "big")) + operation + controls)


def result(tag, code=0, diagnostic="", more=b""):
    return tlv(tag, tlv(0x0A, bytes([code])) + text("") + text(diagnostic) + more)


def entry(dn, **attributes):
    listed = b"".join(tlv(0x30, text(name) + tlv(0x31, b"".join(text(v) for v in values)))
                      for name, values in attributes.items())
    return tlv(0x64, text(dn) + tlv(0x30, listed))


BIND, SEARCH, EXTENDED, UNBIND = 0x60, 0x63, 0x77, 0x42
BIND_ANSWER, SEARCH_DONE, REFERENCE, EXTENDED_ANSWER = 0x61, 0x65, 0x73, 0x78


class Scripted:
    """Answers with what `answers(operation, body)` yields: operations to be sent, or raw bytes after ("raw", ...)."""

    def __init__(self, answers, context=None):
        self.answers = answers
        self.context = context
        self.asked = []  # (operation, body)
        self.accepted = 0  # connections so far
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"ldap://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError, EOFError, ssl.SSLError, IndexError), client:
            client.settimeout(60)
            if self.context is not None:
                client = self.context.wrap_socket(client, server_side=True)
            while True:
                number, operation, body = self._read(client)
                self.asked.append((operation, body))
                if operation == UNBIND:
                    break
                for answer in self.answers(operation, body):
                    if isinstance(answer, tuple):
                        client.sendall(answer[1])
                    else:
                        client.sendall(message(number, answer))
        client.close()

    @staticmethod
    def _take(client, size):
        data = b""
        while len(data) < size:
            piece = client.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def _read(self, client):
        def item():
            tag, first = self._take(client, 2)
            size = first if first < 128 else int.from_bytes(self._take(client, first & 0x7F), "big")
            return tag, self._take(client, size)

        _, whole = item()
        number_size = whole[1]
        number = int.from_bytes(whole[2:2 + number_size], "big")
        rest = whole[2 + number_size:]
        tag, first = rest[0], rest[1]
        skip = 2 if first < 128 else 2 + (first & 0x7F)
        return number, tag, rest[skip:]

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
