#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The admin listener: what it tells, whom it obeys, and what it never says."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import GATEHOUSE, PATIENCE, Case, Served, environment, eventually, gatehouse  # noqa: E402

PASSWORD = "open sesame"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


class Admin(Case):
    def setUp(self):
        super().setUp()
        self.add_user("alice", PASSWORD)
        self.socket = str(self.folder / "admin")
        self.write_config()

    def write_config(self, more=""):
        self.config = self.write("app.toml", f"""[realms.app]
chain = ["staff"]
[backends.staff]
plugin = "htpasswd"
file = "{self.users}"
[proxy]
listen = "127.0.0.1:0"
upstream = "whoami:"
{more}
""")

    def serve(self, admin):
        served = Served("--config", self.config, "--admin", admin)
        self.addCleanup(served.end)
        served.admin = served.wait_for(r"admin listener on (\S+)").group(1)
        return served

    def ask(self, served, target, method="GET", headers=None, body=None):
        if served.admin.startswith("unix:"):
            connection = UnixConnection(served.admin[5:])
        else:
            connection = http.client.HTTPConnection(served.admin, timeout=PATIENCE)
        try:
            connection.request(method, target, headers=headers or {}, body=body)
            response = connection.getresponse()
            response.text = response.read().decode()
            return response
        finally:
            connection.close()

    def metrics(self, served):
        response = self.ask(served, "/metrics")
        self.assertEqual(response.status, 200)
        self.assertTrue(response.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        values = {}
        for line in response.text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values


class OverTcp(Admin):
    def test_it_only_reads(self):
        served = self.serve("127.0.0.1:0")
        for target in ("/reload", "/cache/flush", "/health", "/metrics"):
            for method in ("POST", "PUT", "DELETE", "PATCH"):
                answer = self.ask(served, target, method)
                self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.ask(served, "/").status, 404)
        self.assertEqual(self.ask(served, "/metrics?x=1").status, 404)
        self.assertEqual(self.ask(served, "http://x/health").status, 404)
        self.assertNotIn("loading the configuration again", served.log())

    def test_health(self):
        served = self.serve("127.0.0.1:0")
        health = self.ask(served, "/health")
        self.assertEqual((health.status, health.headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(json.loads(health.text),
                         {"live": True, "ready": True, "generation": 1, "last_reload_failed": False})
        head = self.ask(served, "/health", "HEAD")
        self.assertEqual((head.status, head.text), (200, ""))
        self.write("app.toml", "broken")
        served.send(signal.SIGHUP)
        served.wait_for("was not taken")
        self.assertEqual(json.loads(self.ask(served, "/health").text)["last_reload_failed"], True)

    def test_not_ready_while_it_drains(self):
        served = self.serve("127.0.0.1:0")
        # A request that has begun keeps it alive.
        with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            eventually(lambda: self.metrics(served)["gatehouse_connections"] == 1, PATIENCE, "the caller is counted")
            at = served.send(signal.SIGTERM)
            served.wait_for("told to end", at)
            health = self.ask(served, "/health")
            self.assertEqual((health.status, json.loads(health.text)["ready"]), (503, False))
            caller.sendall(b"Connection: close\r\n\r\n")
            self.assertTrue(caller.recv(12).startswith(b"HTTP/1.1 401"))
        self.assertEqual(served.end(), 0)

    def test_metrics(self):
        served = self.serve("127.0.0.1:0")
        before = self.metrics(served)
        granted = 'gatehouse_decisions_total{realm="app",backend="staff",result="granted"}'
        denied = 'gatehouse_decisions_total{realm="app",backend="staff",result="denied"}'
        self.assertEqual((before[granted], before[denied]), (0, 0))
        self.assertEqual(served.status(), 401)
        for _ in range(3):
            self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        for user in ("alice", "canary-nobody"):
            self.assertEqual(served.status(user=user, password="wrong"), 401)
        after = self.metrics(served)
        self.assertEqual((after[granted], after[denied]), (1, 2))
        self.assertEqual(after['gatehouse_decisions_total{realm="app",backend="",result="denied"}'], 1)
        self.assertEqual(after['gatehouse_cache_hits_total{realm="app"}'], 2)
        self.assertEqual(after['gatehouse_longest_remembered_seconds{realm="app"}'], 300)
        self.assertEqual(after['gatehouse_decision_seconds_count{realm="app"}'], 3)
        self.assertEqual(after['gatehouse_decision_seconds_bucket{realm="app",le="+Inf"}'], 3)
        self.assertGreater(after['gatehouse_decision_seconds_sum{realm="app"}'], 0)
        self.assertEqual(after['gatehouse_backend_queue_length{backend="staff"}'], 0)
        self.assertGreaterEqual(after['gatehouse_backend_workers{backend="staff"}'], 1)
        eventually(lambda: self.metrics(served)["gatehouse_decisions_in_flight"] == 0, PATIENCE, "nothing in flight")
        # Counts outlive a reload.
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", at)
        self.write("app.toml", "broken")
        at = served.send(signal.SIGHUP)
        served.wait_for("was not taken", at)
        last = self.metrics(served)
        self.assertEqual((last[granted], last["gatehouse_config_generation"], last["gatehouse_reloads_total"],
                          last["gatehouse_failed_reloads_total"], last["gatehouse_last_reload_failed"]), (1, 2, 1, 1, 1))
        text = self.ask(served, "/metrics").text
        self.assertNotIn("alice", text)
        self.assertNotIn("canary", text)

    def test_hostile_requests(self):
        served = self.serve("127.0.0.1:0")
        host, port = served.admin.rsplit(":", 1)

        def sends(data):
            with socket.create_connection((host, int(port)), PATIENCE) as caller:
                try:
                    caller.sendall(data)
                    got = b""
                    while piece := caller.recv(4096):
                        got += piece
                except ConnectionError:
                    pass
                return got

        for data in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 5000,
                     b"GET /health HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
                     b"GET /health HTTP/1.1\r\n" + b"X: a\r\n" * 10_000 + b"\r\n",
                     b"POST /cache/flush HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
                     b"GET /health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"GET /health HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"):
            answer = sends(data)
            self.assertTrue(answer == b"" or re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:100])
        # One request for each connection: what follows is not read as another.
        answer = sends(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
        self.assertIn(b"Connection: close", answer)
        self.assertEqual(self.ask(served, "/health").status, 200)

    def test_many_that_say_nothing_do_not_stop_it_for_long(self):
        served = self.serve("127.0.0.1:0")
        host, port = served.admin.rsplit(":", 1)
        silent = [socket.create_connection((host, int(port)), PATIENCE) for _ in range(100)]

        def answers():
            try:
                return self.ask(served, "/health").status == 200
            except (OSError, http.client.HTTPException):
                return False

        # Their time is ten seconds; the door never notices.
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        eventually(answers, PATIENCE, "the admin listener answers again")
        for each in silent:
            each.close()

    def test_an_address_that_cannot_be(self):
        for admin in ("8080", "unix:relative", "unix:/" + "a" * 120, "127.0.0.1:x", "127.0.0.1:99999", "fd:0", "fd:77"):
            done = gatehouse("serve", "--config", self.config, "--admin", admin)
            self.assertEqual(done.returncode, 2, admin)
            self.assertIn("admin ", done.stderr)
            if admin != "fd:77":
                self.write_config(f'admin = "{admin}"')
                self.assertEqual(gatehouse("check", "--config", self.config).returncode, 2, admin)
                self.write_config()


class OverUnix(Admin):
    def test_the_socket_is_for_nobody_else(self):
        before = os.umask(0)
        try:
            self.serve(f"unix:{self.socket}")
        finally:
            os.umask(before)
        self.assertEqual(os.stat(self.socket).st_mode & 0o777, 0o600)

    @unittest.skipIf(os.getuid() != 0, "needs root, to be somebody else")
    def test_another_user_may_look_but_not_command(self):
        served = self.serve(f"unix:{self.socket}")
        self.folder.chmod(0o755)
        os.chmod(self.socket, 0o666)
        done = subprocess.run([GATEHOUSE, "cache", "flush", "--admin", f"unix:{self.socket}"], capture_output=True,
                              text=True, timeout=PATIENCE, env=environment(), user=12345, group=12345, extra_groups=[])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("only root", done.stderr)
        served.wait_for("warning a command on the admin socket was refused")

    def test_flush(self):
        served = self.serve(f"unix:{self.socket}")
        granted = 'gatehouse_decisions_total{realm="app",backend="staff",result="granted"}'
        for flush in (False, False, True):
            if flush:
                done = gatehouse("cache", "flush", "--admin", f"unix:{self.socket}")
                self.assertEqual((done.returncode, done.stdout), (0, "every remembered login is forgotten\n"), done.stderr)
            self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        self.assertEqual(self.metrics(served)[granted], 2)
        self.assertEqual(self.metrics(served)['gatehouse_cache_hits_total{realm="app"}'], 1)

    def test_throttle(self):
        self.write_config("[throttle]\nfailures = 2\nfailures_every = \"1h\"\n")
        served = self.serve(f"unix:{self.socket}")

        def throttle(*arguments):
            done = gatehouse("throttle", *arguments, "--admin", f"unix:{self.socket}")
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        self.assertEqual(throttle("list"), "nobody has to wait\n")
        for attempt in ("alice", "--all"):
            for i in range(3):
                served.status(user="alice", password=f"wrong {attempt} {i}")
            self.assertEqual(served.status(user="alice", password=f"wrong {attempt}"), 429)
            self.assertRegex(throttle("list"), r'(?m)^guesses at "alice" from 127\.0\.0\.1(/32)?: \d+ s more$')
            throttle("clear", attempt)
            self.assertEqual(throttle("list"), "nobody has to wait\n")
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        done = gatehouse("throttle", "clear", "--admin", f"unix:{self.socket}")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--all", done.stderr)
        self.assertEqual(self.ask(served, "/throttle/clear", "POST").status, 409)

    def test_reload(self):
        served = self.serve(f"unix:{self.socket}")
        self.assertEqual(self.ask(served, "/reload", "POST").status, 200)
        self.write("app.toml", "broken")
        answer = self.ask(served, "/reload", "POST")
        self.assertEqual(answer.status, 409)
        self.assertIn("app.toml", answer.text)
        self.assertIn("was not taken", answer.text)
        self.assertEqual(self.ask(served, "/frob", "POST").status, 404)
        self.assertEqual(self.ask(served, "/reload?x", "POST").status, 400)
        self.assertEqual(self.ask(served, "/reload?x=%zz", "POST").status, 400)

    def test_reloads_from_both_sides_at_once(self):
        served = self.serve(f"unix:{self.socket}")
        threads = [threading.Thread(target=self.ask, args=(served, "/reload", "POST")) for _ in range(8)]
        for thread in threads:
            thread.start()
            served.send(signal.SIGHUP)
        for thread in threads:
            thread.join()
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        self.assertEqual(served.warnings(), [])

    def test_a_left_over_socket_is_replaced_and_a_living_one_is_not(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.socket)
        served = self.serve(f"unix:{self.socket}")
        done = gatehouse("serve", "--config", self.config, "--admin", f"unix:{self.socket}")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(self.ask(served, "/health").status, 200)
        self.assertEqual(served.end(), 0)
        self.assertFalse(os.path.exists(self.socket))
        with open(self.socket, "w") as file:
            file.write("precious")
        done = gatehouse("serve", "--config", self.config, "--admin", f"unix:{self.socket}")
        self.assertEqual(done.returncode, 2)
        with open(self.socket) as file:
            self.assertEqual(file.read(), "precious")

    def test_the_command_without_a_server(self):
        for admin in (f"unix:{self.socket}", "127.0.0.1:1", "unix:"):
            done = gatehouse("cache", "flush", "--admin", admin)
            self.assertEqual(done.returncode, 2)
            self.assertIn("admin", done.stderr)

    def test_from_the_file(self):
        self.write_config(f'admin = "unix:{self.socket}"')
        served = Served("--config", self.config)
        self.addCleanup(served.end)
        served.wait_for(f"admin listener on unix:{self.socket}")
        self.write_config(f'admin = "unix:{self.socket}2"')
        at = served.send(signal.SIGHUP)
        served.wait_for("a change of admin needs a restart", at)


if __name__ == "__main__":
    unittest.main()
