# SPDX-License-Identifier: Apache-2.0
"""What the measuring programs here share: a gatehouse in front of its built-in service, and a caller."""
import base64
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Gate:
    """gatehouse serve with a configuration of its own, until the end of its scope."""

    def __init__(self, command, files, backends, extra=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
        for name, users in files.items():
            self.add_users(name, users)
        chain = ", ".join(f'"{name}"' for name in backends)
        text = f'[realms.app]\nchain = [{chain}]\nsubjects = "shared"\n' + extra
        for name in backends:
            text += f'[backends.{name}]\nplugin = "htpasswd"\nfile = "{self.folder / name}"\n'
        config = self.folder / "gate.toml"
        config.write_text(text)
        config.chmod(0o600)
        self.port = free_port()
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([command, "serve", "--config", config, "--listen", f"127.0.0.1:{self.port}",
                                         "--upstream", "whoami:", "--threads", "1"], stdout=self.log, stderr=self.log)

    def add_users(self, name, users):
        path = self.folder / name
        for number, (user, password, cost) in enumerate(users):
            create = ["-c"] if number == 0 else []
            subprocess.run(["htpasswd", *create, "-B", "-C", str(cost), "-b", path, user, password], check=True,
                           stderr=subprocess.DEVNULL)
        path.chmod(0o600)

    def __enter__(self):
        limit = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if time.monotonic() > limit or self.process.poll() is not None:
                    sys.exit("the gate does not start:\n" + (self.folder / "log").read_text())
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder)


class Caller:
    """One connection that is kept. ask() returns the status and how long the answer took, in seconds."""

    def __init__(self, port, source="127.0.0.1", timeout=60):
        self.address = ("127.0.0.1", port)
        self.source = (source, 0)
        self.timeout = timeout
        self.socket = None

    def connect(self):
        self.socket = socket.create_connection(self.address, self.timeout, self.source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def ask(self, authorization=None):
        if self.socket is None:
            self.connect()
        field = f"Authorization: {authorization}\r\n" if authorization else ""
        began = time.perf_counter()
        self.socket.sendall(f"GET / HTTP/1.1\r\nHost: x\r\n{field}\r\n".encode())
        while b"\r\n\r\n" not in self.rest:
            self.more()
        took = time.perf_counter() - began
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(fields.get("content-length", 0))
        while len(self.rest) < length:
            self.more()
        self.rest = self.rest[length:]
        if fields.get("connection", "").lower() == "close":
            self.close()
        return int(lines[0].split()[1]), took

    def more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the connection was closed")
        self.rest += piece

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


def gatehouse():
    command = os.environ.get("GATEHOUSE", "")
    return command or sys.exit("name the command in GATEHOUSE")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
