# SPDX-License-Identifier: Apache-2.0
"""A scripted upstream, raw sockets, and the real gatehouse between them. Only Python's standard library."""
import base64
import contextlib
import hashlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time

LIMIT = 20.0  # seconds that any single wait may take before the test fails


def sha_line(user, password):
    digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
    return f"{user}:{{SHA}}{digest}\n"


def basic(user, password):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() + "\r\n"


ALICE = basic("alice", "secret")
BOB = basic("bob", "hidden")
WRONG = basic("alice", "wrong")


class Reader:
    """Bytes of a socket, taken by line or by count."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        sock.settimeout(LIMIT)

    def fill(self):
        piece = self.sock.recv(65536)
        if not piece:
            raise EOFError("closed after %r" % self.buffer[-80:])
        self.buffer += piece

    def line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def take(self, size):
        while len(self.buffer) < size:
            self.fill()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def rest(self):
        """Everything until the peer closes."""
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                self.fill()
        rest, self.buffer = self.buffer, b""
        return rest

    def head(self):
        start = self.line().decode("latin-1")
        fields = []
        while line := self.line():
            name, value = line.decode("latin-1").split(":", 1)
            fields.append((name, value.strip()))
        return start, fields

    def chunks(self):
        """The pieces of a chunked body; returns them when the last has come. Trailers are an error."""
        pieces = []
        while size := int(self.line(), 16):
            pieces.append(self.take(size))
            assert self.take(2) == b"\r\n"
        assert self.line() == b"", "trailers were passed on"
        return pieces


def values(fields, name):
    return [value for key, value in fields if key.lower() == name.lower()]


def value(fields, name):
    found = values(fields, name)
    assert len(found) <= 1, f"{name} is there {len(found)} times"
    return found[0] if found else None


class Response:
    def __init__(self, start, fields, body, pieces=None):
        self.status = int(start.split(" ")[1])
        self.start = start
        self.fields = fields
        self.body = body
        self.pieces = pieces

    def value(self, name):
        return value(self.fields, name)


class Client:
    """One connection to the proxy."""

    def __init__(self, address):
        if isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(LIMIT)
            self.sock.connect(address)
        else:
            self.sock = socket.create_connection(address, timeout=LIMIT)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def response(self, method="GET", informational=False):
        start, fields = self.reader.head()
        status = int(start.split(" ")[1])
        if status < 200 and informational:
            return Response(start, fields, b"")
        assert status >= 200, f"unexpected {start}"
        if method == "HEAD" or status in (204, 304):
            return Response(start, fields, b"")
        if value(fields, "Transfer-Encoding") == "chunked":
            pieces = self.reader.chunks()
            return Response(start, fields, b"".join(pieces), pieces)
        length = value(fields, "Content-Length")
        body = self.reader.rest() if length is None else self.reader.take(int(length))
        return Response(start, fields, body)

    def ask(self, path="/", method="GET", lines=ALICE, body=b"", version="1.1"):
        self.send(f"{method} {path} HTTP/{version}\r\nHost: public.example\r\n{lines}\r\n".encode("latin-1") + body)
        return self.response(method)

    def is_closed(self):
        """Waits until the peer has closed; anything else that comes is an error."""
        try:
            return self.reader.rest() == b""
        except socket.timeout:
            return False

    def is_open(self):
        return select.select([self.sock], [], [], 0)[0] == []


class Request:
    def __init__(self, start, fields, connection):
        self.method, self.path, self.version = start.split(" ")
        self.start = start
        self.fields = fields
        self.connection = connection

    def value(self, name):
        return value(self.fields, name)


class Upstream:
    """Calls `answers[path](exchange)` for each request; the default echoes what came."""

    def __init__(self, path=None, address=("127.0.0.1", 0)):
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen(128)
            self.url = "unix:" + path
        else:
            self.listener = socket.create_server(address, backlog=128)
            self.url = "http://%s:%d" % self.listener.getsockname()
        self.answers = {}
        self.requests = []
        self.connections = 0
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.sockets = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                number = self.connections
                self.sockets.add(sock)
            threading.Thread(target=self.serve, args=(sock, number), daemon=True).start()

    def serve(self, sock, number):
        reader = Reader(sock)
        sock.settimeout(120)
        try:
            while True:
                request = Request(*reader.head(), number)
                with self.changed:
                    self.requests.append(request)
                    self.changed.notify_all()
                exchange = Exchange(sock, reader, request)
                self.answers.get(request.path.split("?")[0], Exchange.echo)(exchange)
                if exchange.end:
                    break
        except (EOFError, OSError, AssertionError):
            pass
        finally:
            sock.close()  # before anybody is told that it is
            with self.changed:
                self.sockets.discard(sock)
                self.changed.notify_all()

    def wait_for(self, predicate):
        with self.changed:
            assert self.changed.wait_for(predicate, LIMIT), "the upstream waited in vain"

    def close(self):
        self.listener.close()
        with self.lock:
            for sock in self.sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


class Exchange:
    """One request at the upstream, and the bytes to answer it with."""

    def __init__(self, sock, reader, request):
        self.sock = sock
        self.reader = reader
        self.request = request
        self.end = False

    def send(self, data):
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def body(self):
        if self.request.value("Transfer-Encoding") is not None:
            assert self.request.value("Transfer-Encoding") == "chunked"
            return b"".join(self.reader.chunks())
        return self.reader.take(int(self.request.value("Content-Length") or 0))

    def echo(self):
        body = self.body()
        text = self.request.start.encode("latin-1") + b"\n"
        for name, field in self.request.fields:
            text += f"{name}: {field}\n".encode("latin-1")
        text += b"\n" + body
        length = len(text)
        if self.request.method == "HEAD":
            text = b""
        self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + text)

    def close(self):
        self.end = True


class Gatehouse:
    """The real binary on a free loopback port, in front of `upstream`."""

    def __init__(self, upstream, proxy="", listen="127.0.0.1:0", http="", before=()):
        self.folder = tempfile.TemporaryDirectory()
        self.users = os.path.join(self.folder.name, "users")
        with open(self.users, "w") as file:
            file.write(sha_line("alice", "secret") + sha_line("bob", "hidden"))
        os.chmod(self.users, 0o600)
        self.config = os.path.join(self.folder.name, "gatehouse.toml")
        self.write_config(upstream, proxy, listen, http)
        self.log = os.path.join(self.folder.name, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*before, os.environ["GATEHOUSE"], "serve", "--config", self.config],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        line = self.wait_for_log("listening on ")
        address = line.split("listening on ", 1)[1].strip()
        if address.startswith("unix:"):
            self.address = address[5:]
        else:
            host, port = address.split("://", 1)[1].rstrip("/").rsplit(":", 1)
            self.address = (host.strip("[]"), int(port))

    def write_config(self, upstream, proxy="", listen="127.0.0.1:0", http=""):
        if "GATEHOUSE_THREADS" in os.environ and "threads =" not in proxy:
            proxy += f"\nthreads = {os.environ['GATEHOUSE_THREADS']}"
        with open(self.config, "w") as file:
            file.write(f'[realms.test]\nchain = ["staff"]\n[backends.staff]\nplugin = "htpasswd"\nfile = "{self.users}"\n'
                       f'[http]\n{http}\n[proxy]\nlisten = "{listen}"\nupstream = "{upstream}"\n{proxy}\n')
        os.chmod(self.config, 0o600)

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def wait_for_log(self, text, times=1):
        """The line with `text` that makes it so many."""
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            lines = [line for line in self.log_text().splitlines() if text in line]
            if len(lines) >= times:
                return lines[times - 1]
            assert self.process.poll() is None, "gatehouse ended:\n" + self.log_text()
            select.select([], [], [], 0.02)
        raise AssertionError(f"no line with {text!r} in:\n" + self.log_text())

    def client(self):
        return Client(self.address)

    def status(self, key):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith(key):
                    return int(line.split()[1]) * 1024
        raise AssertionError(f"no {key}")

    def peak_memory(self):
        return self.status("VmHWM")

    def resident_memory(self):
        return self.status("VmRSS")

    def memory(self):
        """All that it may write to."""
        memory = b""
        with open(f"/proc/{self.process.pid}/maps") as maps:
            ranges = [line.split()[0].split("-") for line in maps if line.split()[1].startswith("rw")]
        with open(f"/proc/{self.process.pid}/mem", "rb", 0) as file:
            for begin, end in ranges:
                file.seek(int(begin, 16))
                memory += file.read(int(end, 16) - int(begin, 16))
        return memory

    def forgets(self, *secrets):
        """Whether they are gone from its memory; a thread that answered may not have wiped its copy yet."""
        deadline = time.monotonic() + LIMIT
        looks = 0  # one may take longer than all that time
        while any(secret in self.memory() for secret in secrets):
            looks += 1
            if time.monotonic() > deadline and looks > 5:
                return False
            select.select([], [], [], 0.1)
        return True

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it; a test fails if it does not end by itself, or not well."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        text = self.log_text()
        self.folder.cleanup()
        assert self.process.returncode == 0, f"ended with {self.process.returncode}:\n{text}"
        for secret in ("secret", "hidden", ALICE.split()[2], BOB.split()[2]):
            assert secret not in text, "a password is in the log"
