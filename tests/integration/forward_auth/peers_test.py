# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/examples/forward-auth with the real proxies: usage: peers_test.py nginx|caddy|haproxy|apache.

Each example is run as it stands, but for its addresses and paths."""
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../proxy"))
from support import ALICE, BOB, LIMIT, WRONG, Client, Upstream, sha_line, values  # noqa: E402

EXAMPLES = os.path.join(HERE, "../../../docs/examples/forward-auth")
FORM = {"nginx": "original", "caddy": "forwarded", "haproxy": "original", "apache": "original"}
FORGED = "".join(f"{name}: root\r\n" for name in (
    "Remote-User", "remote_user", "Remote.User", "REMOTE-GROUPS", "Remote_Groups", "Remote-Email", "Remote-Name",
    "X-Remote-User", "X_Remote_User", "X!Remote'User", "X~Remote*User", "Remote|User", "X-Forwarded-User", "X-Forwarded-Groups", "X-Auth-Request-User", "X-WebAuth-User"))


def folded(name):
    return re.sub("[^a-z0-9]", "-", name.lower())


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def accepts(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is not installed: see scripts/packages"
    return found


class Process:
    def __init__(self, command, folder, log, **more):
        self.log = os.path.join(folder, log)
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder,
                                            start_new_session=True, **more)

    def text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def wait(self, ready):
        end = time.monotonic() + LIMIT
        while not (found := ready()):
            assert self.process.poll() is None and time.monotonic() < end, self.text()
            select.select([], [], [], 0.02)
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
                raise


class Peer:
    """One of the proxies, on a free port, with its example."""

    def __init__(self, name, folder, gate, service):
        self.folder = os.path.join(folder, name)
        shutil.copytree(os.path.join(EXAMPLES, name), self.folder)
        for _ in range(5):  # somebody else may take the port first
            self.port = free_port()
            self.fill(gate, service)
            self.process = Process(*getattr(self, name)())
            try:
                self.process.wait(lambda: accepts(self.port))
                return
            except AssertionError as problem:
                self.process.stop()
                failed = problem
        raise failed

    def fill(self, gate, service):
        """The ports that the examples name, each of which must be there."""
        folder = self.folder
        shutil.rmtree(folder)
        shutil.copytree(os.path.join(EXAMPLES, os.path.basename(folder)), folder)
        missing = {":8080", ":4181", ":5000"}
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with open(path) as file:
                text = file.read()
            for was, now in ((":8080", self.port), (":4181", gate), (":5000", service)):
                if was in text:
                    missing.discard(was)
                    text = text.replace(was, f":{now}")
            with open(path, "w") as file:
                file.write(text)
        assert not missing, missing

    def nginx(self):
        options = "daemon off; pid nginx.pid; error_log stderr;"
        if os.getuid() == 0:
            options += " user root;"
        with open(os.path.join(self.folder, "nginx.conf")) as file:
            text = file.read()
        # Nothing of it may lie outside of the folder.
        places = "access_log off;" + "".join(
            f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(os.path.join(self.folder, "nginx.conf"), "w") as file:
            file.write(text.replace("http {", "http {" + places, 1))
        return [program("nginx"), "-p", self.folder, "-c", "nginx.conf", "-e", "stderr", "-g", options], self.folder, "log"

    def caddy(self):
        home = {**os.environ, "HOME": self.folder, "XDG_DATA_HOME": self.folder, "XDG_CONFIG_HOME": self.folder}
        self_command = [program("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        return ["env", *[f"{key}={home[key]}" for key in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")],
                *self_command], self.folder, "log"

    def haproxy(self):
        return [program("haproxy"), "-db", "-f", "haproxy.cfg"], self.folder, "log"

    def apache(self):
        with open(os.path.join(self.folder, "apache.conf"), "a") as file:
            file.write(f'\nPidFile "{self.folder}/pid"\nErrorLog /dev/stderr\nDefaultRuntimeDir "{self.folder}"\n'
                       + ("User www-data\nGroup www-data\n" if os.getuid() == 0 else ""))
        os.chmod(self.folder, 0o755)
        os.chmod(os.path.dirname(self.folder), 0o755)
        return [program("apache2"), "-d", self.folder, "-f", "apache.conf", "-D", "FOREGROUND"], self.folder, "log"


class Peers(unittest.TestCase):
    name = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = cls.folder.name
        cls.upstream = Upstream()
        for file_name, text in (("users", sha_line("alice", "secret") + sha_line("bob", "hidden")), ("groups", "writers: bob\n")):
            cls.write(file_name, text)
        with open(os.path.join(EXAMPLES, "gatehouse.toml")) as file:
            text = file.read()
        for was, now in (('"127.0.0.1:4181"', '"127.0.0.1:0"'), ('form = "forwarded"', f'form = "{FORM[cls.name]}"')):
            assert text.count(was) == 1, was
            text = text.replace(was, now)
        cls.config = cls.write("gatehouse.toml", text)
        cls.gate = cls.start_gatehouse()
        found = cls.gate.wait(lambda: re.search(r"forward-auth on .*:(\d+)", cls.gate.text()))
        cls.gate_port = int(found.group(1))
        cls.peer = Peer(cls.name, folder, cls.gate_port, cls.upstream.url.rsplit(":", 1)[1])

    @classmethod
    def start_gatehouse(cls, *more):
        return Process([os.environ["GATEHOUSE"], "serve", "--config", cls.config, *more], cls.folder.name, "gatehouse.log")

    @classmethod
    def write(cls, name, text):
        path = os.path.join(cls.folder.name, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    @classmethod
    def tearDownClass(cls):
        cls.peer.process.stop()
        cls.gate.stop()
        cls.upstream.close()
        cls.folder.cleanup()

    def setUp(self):
        self.upstream.requests.clear()

    def ask(self, path, method="GET", lines="", body=b""):
        with Client(("127.0.0.1", self.peer.port)) as client:
            client.send(f"{method} {path} HTTP/1.1\r\nHost: site.example\r\n{lines}\r\n".encode("latin-1") + body)
            return client.response(method)

    def fields(self):
        """Of the one request that the service saw."""
        self.assertEqual(len(self.upstream.requests), 1)
        return self.upstream.requests[0].fields

    def told(self):
        return {name.lower(): value for name, value in self.fields()
                if re.match("(x-)?(remote|auth|webauth)-|x-forwarded-(user|groups|email)", folded(name)) and value}

    def test_without_a_login_nothing_gets_to_the_service(self):
        for lines in ("", WRONG, FORGED, "Authorization: Basic\r\n", "Authorization: Bearer x\r\n"):
            response = self.ask("/x", lines=lines)
            self.assertEqual(response.status, 401)
            self.assertIn('Basic realm="Our site"', response.value("WWW-Authenticate"))
        self.assertEqual(self.upstream.requests, [])

    def test_the_service_is_told_who_it_is_and_no_more(self):
        for lines in (ALICE, FORGED + ALICE, ALICE + FORGED):
            self.upstream.requests.clear()
            self.assertEqual(self.ask("/x?y=%2f", lines=lines).status, 200)
            self.assertEqual(self.told(), {"remote-user": "alice"})
            self.assertEqual(values(self.fields(), "Authorization"), [])
            self.assertEqual(self.upstream.requests[0].path, "/x?y=%2f")
        self.upstream.requests.clear()
        self.assertEqual(self.ask("/x", lines=BOB).status, 200)
        self.assertEqual(self.told(), {"remote-user": "bob", "remote-groups": "writers"})

    def test_without_an_identity_the_callers_own_is_removed(self):
        self.assertEqual(self.ask("/public/x", lines=FORGED).status, 200)
        self.assertEqual(self.told(), {})

    def test_rules(self):
        for method, path, lines, status in (("POST", "/data/1", ALICE, 403), ("POST", "/data/1", BOB, 200),
                                            ("GET", "/data/1", ALICE, 200), ("DELETE", "/data/1", ALICE, 403),
                                            ("GET", "/admin/x", BOB, 403), ("HEAD", "/admin", ALICE, 403),
                                            ("HEAD", "/x", ALICE, 200), ("PUT", "/data/1", "", 401)):
            with self.subTest(method=method, path=path):
                more = "Content-Length: 0\r\n" if method in ("POST", "PUT", "DELETE") else ""
                self.assertEqual(self.ask(path, method, lines + more).status, status)

    def test_a_body_goes_to_the_service_alone(self):
        response = self.ask("/data/1", "POST", BOB + "Content-Length: 70000\r\n", b"b" * 70000)
        self.assertEqual(response.status, 200)
        self.assertTrue(response.body.endswith(b"\n\n" + b"b" * 70000))

    def test_what_the_caller_says_of_the_request_does_not_count(self):
        for name in ("X-Original-URL", "X-Forwarded-Uri", "X_Original_URL", "X-Rewrite-URL"):
            self.assertEqual(self.ask("/x", lines=f"{name}: /public/x\r\n").status, 401)
            self.assertEqual(self.ask("/data/1", "POST", f"{name}: /public/x\r\nContent-Length: 0\r\n" + ALICE).status, 403)
        for name in ("X-Original-Method", "X-Forwarded-Method"):
            self.assertEqual(self.ask("/data/1", "POST", f"{name}: GET\r\nContent-Length: 0\r\n" + ALICE).status, 403)
        for lines in ("X-Forwarded-For: 192.0.2.7\r\n", "X-Forwarded-For: 192.0.2.7\r\n" * 2, "X-Real-IP: 192.0.2.7\r\n"):
            self.assertEqual(self.ask("/near", lines=lines).status, 401)
        self.assertEqual(self.upstream.requests, [])

    def test_a_path_with_two_readings_gets_nowhere(self):
        for path in ("/public/../admin", "/public/%2e%2e/admin", "//admin", "/public/..%2fadmin", "/public/%2561dmin",
                     "/public;/../admin", "/%61dmin", "/public/%00"):
            for lines in ("", ALICE):
                with self.subTest(path=path):
                    status = self.ask(path, lines=lines).status
                    self.assertIn(status, (400, 401, 403, 404))
        for request in self.upstream.requests:
            self.fail(f"passed on: {request.start}")

    def test_fails_closed_when_gatehouse_is_down(self):
        self.assertEqual(self.ask("/public/x").status, 200)
        self.upstream.requests.clear()
        self.gate.stop()
        try:
            for path, lines in (("/x", ALICE), ("/public/x", ""), ("/x", FORGED)):
                self.assertIn(self.ask(path, lines=lines).status, (500, 502, 503, 504))
            self.assertEqual(self.upstream.requests, [])
        finally:
            type(self).gate = self.start_gatehouse("--forward-auth", f"127.0.0.1:{self.gate_port}")
            self.gate.wait(lambda: accepts(self.gate_port))
        self.assertEqual(self.ask("/x", lines=ALICE).status, 200)


if __name__ == "__main__":
    Peers.name = sys.argv.pop(1)
    unittest.main()
