# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: running it, password files, and waiting for something with an end."""
import base64
import ctypes
import http.client
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

GATEHOUSE = os.environ["GATEHOUSE"]
HTPASSWD = os.environ["APACHE_HTPASSWD"]
PLUGINS = pathlib.Path(os.environ["TEST_PLUGINS"])
SANITIZE = os.environ.get("SANITIZE", "")
# Long: the machine may be busy. Nothing here waits for it unless something is wrong.
PATIENCE = 60


def environment(**changes):
    changed = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LANG", "LC_ALL")}
    changed.update({"LC_ALL": "C.UTF-8", "TERM": "xterm"}, **changes)
    return changed


def gatehouse(*arguments, stdin="", **kwargs):
    """Runs the command to its end. Its own session: it has no terminal, whoever runs the test."""
    return subprocess.run([GATEHOUSE, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          timeout=PATIENCE, env=environment(), start_new_session=True, **kwargs)


def eventually(condition, within, what):
    """Polls until `condition` gives something true, which is returned."""
    end = time.monotonic() + within
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} seconds: {what}")
        time.sleep(0.02)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.users = self.folder / "users"

    def htpasswd(self, *arguments):
        """Apache's own tool."""
        subprocess.run([HTPASSWD, *map(str, arguments)], check=True, capture_output=True, timeout=PATIENCE)

    def add_user(self, name, password, *flags):
        # -C 4: hashing is not what is tested here.
        create = [] if self.users.exists() else ["-c"]
        self.htpasswd(*create, *(flags or ("-B", "-C", "4")), "-b", self.users, name, password)

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path


LIBC = ctypes.CDLL(None)


def end_with_the_test():
    """In the child, before exec: whoever kills the test ends its server too."""
    LIBC.prctl(1, signal.SIGKILL, 0, 0, 0)


class Served:
    """A `gatehouse serve` that is listening."""

    def __init__(self, *arguments, before=(), variables=None, **keywords):
        self.process = subprocess.Popen([*before, GATEHOUSE, "serve", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        env=environment(**(variables or {})), start_new_session=True,
                                        **{"preexec_fn": end_with_the_test, **keywords})
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        line = self.wait_for(r"listening on (http://\S+|unix:\S+)")
        self.url = line.group(1)
        self.port = int(self.url.rsplit(":", 1)[1]) if self.url.startswith("http") else None

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(end of the log)")
            self.changed.notify_all()

    def log(self):
        with self.changed:
            return "\n".join(self.lines)

    def warnings(self):
        """All but that of running as root: whoever runs the test."""
        return [line for line in self.log().splitlines() if " warning " in line and "running as root" not in line]

    def wait_for(self, pattern, after=0):
        """The first log line from number `after` that matches."""
        found = None

        def look():
            nonlocal found
            found = next((m for m in (re.search(pattern, line) for line in self.lines[after:]) if m), None)
            return found or "(end of the log)" in self.lines

        with self.changed:
            self.changed.wait_for(look, PATIENCE)
        if not found:
            self.end()
            raise AssertionError(f"no line {pattern!r} in:\n{self.log()}")
        return found

    def get(self, path="/", user=None, password="", headers=None, method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            sent = dict(headers or {})
            if user is not None:
                sent["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
            connection.request(method, path, headers=sent, body=body)
            response = connection.getresponse()
            response.text = response.read().decode("utf-8", "replace")
            return response
        finally:
            connection.close()

    def status(self, *arguments, **keywords):
        return self.get(*arguments, **keywords).status

    def send(self, number):
        """Sends a signal; returns how many lines the log had before."""
        with self.changed:
            lines = len(self.lines)
        self.process.send_signal(number)
        return lines

    def end(self):
        """Ends it as an operator would; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.reader.join(PATIENCE)
        self.process.stderr.close()
        return status
