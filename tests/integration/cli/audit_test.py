#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The audit log of `gatehouse serve`: which lines there are, what is in them, and what happens when they cannot be
written."""
import base64
import http.client
import json
import os
import re
import signal
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import PATIENCE, Case, Served, eventually, gatehouse  # noqa: E402

PASSWORD = "right-canary"


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Audit(Case):
    def setUp(self):
        super().setUp()
        self.add_user("alice", PASSWORD)
        self.audit = self.folder / "audit.log"

    def write_config(self, log=None, proxy="", more=""):
        log = f'sink = "{self.audit}"' if log is None else log
        self.config = self.write("app.toml", f"""[realms.app]
chain = ["staff"]
[backends.staff]
plugin = "htpasswd"
file = "{self.users}"
[proxy]
listen = "127.0.0.1:0"
upstream = "whoami:"
admin = "unix:{self.folder}/admin"
{proxy}
[log]
{log}
{more}
""")

    def serve(self, **config):
        self.write_config(**config)
        served = Served("--config", self.config)
        self.addCleanup(served.end)
        return served

    def records(self, path=None):
        return [json.loads(line) for line in (path or self.audit).read_text().splitlines()]

    def wait_for_records(self, count, path=None):
        return eventually(lambda: len(found := self.records(path)) >= count and found, PATIENCE, f"{count} records")

    def admin(self, target):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(PATIENCE)
            caller.connect(str(self.folder / "admin"))
            caller.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            text = b""
            while piece := caller.recv(65536):
                text += piece
        return text.decode().split("\r\n\r\n", 1)[1]

    def metric(self, name):
        found = re.search(rf"^{name} (\d+)", self.admin("/metrics"), re.MULTILINE)
        return int(found.group(1))

    def test_each_line(self):
        served = self.serve(proxy=f'access_log = "{self.folder}/access.log"')
        self.assertEqual(served.status(), 401)
        self.assertEqual(served.status(user="alice", password="wrong-canary"), 401)
        self.assertEqual(served.status(user="typed-canary", password="x"), 401)
        for _ in range(3):
            self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        self.assertEqual(served.status(headers={"Authorization": "Basic !canary!"}), 401)
        with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: canary-1\r\nAuthorization: canary-2\r\n\r\n")
            while caller.recv(65536):
                pass
        self.assertEqual(served.end(), 0)
        text = self.audit.read_text()
        self.assertNotIn("canary", text)
        records = self.records()
        self.assertEqual([r["seq"] for r in records], list(range(1, len(records) + 1)))
        self.assertEqual({r["pid"] for r in records}, {served.process.pid})
        for record in records:
            self.assertRegex(record["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        told = [(r["credential"], r["decision"], r.get("reason"), r.get("user")) for r in records[:-1]]
        self.assertEqual(told, [("none", "denied", "no_credential", None),
                                ("password", "denied", "bad_credential", "alice"),
                                ("password", "denied", "unknown_user", None),
                                ("password", "granted", None, "alice"),
                                ("none", "denied", "bad_credential", None),
                                ("none", "malformed", "malformed", None)])
        login = records[3]
        hashed = records[1]["user_hash"]
        self.assertRegex(hashed, "^[0-9a-f]{16}$")
        self.assertEqual(login["user_hash"], hashed)
        self.assertNotEqual(records[2]["user_hash"], hashed)
        self.assertEqual((login["realm"], login["door"], login["subject"], login["source"], login["backend"],
                          login["snapshot"]), ("app", "proxy", "alice", "127.0.0.1", "staff", 1))
        self.assertGreater(login["ms"], 0)
        # By this name a line of the access log is found.
        access = (self.folder / "access.log").read_text().splitlines()
        self.assertEqual(access[3].rsplit(" ", 1)[1], login["request"])
        cached = records[-1]
        self.assertEqual((cached["event"], cached["realm"], cached["door"], cached["subject"], cached["count"]),
                         ("cached", "app", "proxy", "alice", 2))
        self.assertEqual(self.audit.stat().st_mode & 0o777 & ~0o640, 0)

    def test_rules_and_forward_auth(self):
        served = self.serve(proxy='forward_auth = "127.0.0.1:0"', more="""[[http.rules]]
path = "/**"
methods = ["DELETE"]
require = ["group:admins"]
""")
        self.assertEqual(served.status(user="alice", password=PASSWORD, method="DELETE"), 403)
        address = served.wait_for(r"forward-auth on http://(\S+):(\d+)")
        connection = http.client.HTTPConnection(address.group(1), int(address.group(2)), timeout=PATIENCE)
        connection.request("GET", "/", headers={"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/a",
                                                "X-Forwarded-For": "192.0.2.9", **basic("alice", "wrong")})
        self.assertEqual(connection.getresponse().status, 401)
        connection.close()
        served.end()
        granted, forbidden, denied = self.records()[:3]
        self.assertEqual(granted["decision"], "granted")
        self.assertEqual((forbidden["decision"], forbidden["reason"], forbidden["subject"], forbidden["request"]),
                         ("forbidden", "insufficient", "alice", granted["request"]))
        self.assertIn("group:admins", forbidden["detail"])
        self.assertEqual((denied["door"], denied["source"], denied["user"]), ("forward-auth", "192.0.2.9", "alice"))

    def test_all_and_off_and_plain(self):
        served = self.serve(log=f'audit = "all"\nsink = "{self.audit}"\nunknown_users = "plain"')
        for _ in range(3):
            self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        self.assertEqual(served.status(user="mallory", password="x"), 401)
        records = self.wait_for_records(4)
        self.assertEqual([r.get("cached", False) for r in records], [False, True, True, False])
        self.assertEqual(records[3]["user"], "mallory")
        self.write_config(log='audit = "off"')
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", at)
        self.assertEqual(served.status(user="mallory", password="y"), 401)
        served.end()
        self.assertEqual(len(self.records()), 4)
        self.assertNotIn('"event"', served.log())

    def test_turned_over(self):
        served = self.serve(proxy=f'access_log = "{self.folder}/access.log"')
        self.assertEqual(served.status(), 401)
        self.wait_for_records(1)
        for name in ("audit.log", "access.log"):
            (self.folder / name).rename(self.folder / (name + ".1"))
        at = served.send(signal.SIGUSR1)
        served.wait_for("opening the files of the logs again", at)
        eventually(lambda: self.audit.exists() and (self.folder / "access.log").exists(), PATIENCE, "new files")
        self.assertEqual(served.status(), 401)
        self.wait_for_records(1)
        self.assertEqual(len(self.records(self.folder / "audit.log.1")), 1)
        served.end()
        # The access log is written once a second: the first line may have come to either file.
        files = [(self.folder / name).read_text().splitlines() for name in ("access.log.1", "access.log")]
        self.assertEqual(len(files[0]) + len(files[1]), 2)
        self.assertGreaterEqual(len(files[1]), 1)

    def test_a_full_disk(self):
        served = self.serve(log='audit = "all"\nsink = "/dev/full"')
        for i in range(5):
            self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
            self.assertEqual(served.status(user="alice", password=f"wrong{i}"), 401)
        served.wait_for("audit: /dev/full: No space left on device; lines are lost, logins go on")
        eventually(lambda: self.metric("gatehouse_audit_lost_total") == 10, PATIENCE, "ten lost")
        self.write_config(log=f'audit = "all"\nsink = "{self.audit}"')
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", at)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        self.wait_for_records(1)
        self.assertEqual(self.metric("gatehouse_audit_lines_total"), 1)

    def test_a_pipe_that_nobody_empties(self):
        os.mkfifo(self.audit)
        reader = os.open(self.audit, os.O_RDONLY | os.O_NONBLOCK)
        try:
            served = self.serve(log=f'audit = "all"\nsink = "{self.audit}"')
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
            count = 1000  # more than a pipe holds
            for _ in range(count):
                connection.request("GET", "/", headers=basic("alice", PASSWORD))
                response = connection.getresponse()
                response.read()
                self.assertEqual(response.status, 200)
            connection.close()
            lost = eventually(lambda: (n := self.metric("gatehouse_audit_lost_total")) and
                              n + self.metric("gatehouse_audit_lines_total") >= count and n, PATIENCE, "all told")
            text = b""
            while b'"event":"lost"' not in text:
                try:
                    text += os.read(reader, 65536)
                except BlockingIOError:
                    served.status(user="alice", password=PASSWORD)
            records = [json.loads(line) for line in text.decode().splitlines()]
            told = next(r["count"] for r in records if r["event"] == "lost")
            self.assertGreaterEqual(told, lost)
            self.assertEqual(served.end(), 0)
        finally:
            os.close(reader)

    def test_a_flood(self):
        served = self.serve(more="[throttle]\nfailures = 0\nsource_failures = 0\nsubject_failures = 0\n")
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
        count = 1500
        for i in range(count):
            connection.request("GET", "/", headers=basic(f"x{i}", "y"))
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 401)
        connection.close()
        self.assertEqual(served.end(), 0)
        records = self.records()
        single = sum(r["event"] == "decision" for r in records)
        summed = sum(r["count"] for r in records if r["event"] == "refusals")
        self.assertEqual(single + summed, count)
        for record in records:
            if record["event"] == "refusals":
                self.assertEqual((record["realm"], record["door"], record["decision"], record["reason"]),
                                 ("app", "proxy", "denied", "unknown_user"))

    def test_the_level_counts_for_every_line(self):
        served = self.serve(log=f'level = "info"\nsink = "log"')
        self.assertEqual(served.status(user="alice", password="wrong"), 401)
        line = served.wait_for(r"info +(\{.*\})$")
        self.assertEqual(json.loads(line.group(1))["user"], "alice")
        self.write_config(log='level = "error"\nsink = "log"')
        at = served.send(signal.SIGHUP)
        eventually(lambda: '"generation":2' in self.admin("/health"), PATIENCE, "the new configuration")
        at = served.send(signal.SIGUSR1)
        # Not even an audit line is left out, whatever the level.
        self.assertEqual(served.status(user="alice", password="wrong as well"), 401)
        served.wait_for(r'info +\{.*"user":"alice"', at)
        self.write_config(log='level = "loud"')
        served.send(signal.SIGHUP)
        served.wait_for("was not taken", at)
        served.end()
        others = [line for line in served.log().splitlines()[at:-1] if " error " not in line and "{" not in line]
        self.assertEqual(others, [])

    def test_what_cannot_be(self):
        for log, said in (('sink = "audit.log"', 'is neither "log", nor "syslog", nor the absolute path of a file'),
                          (f'sink = "{self.folder}"', f"[log] sink {self.folder}: cannot be opened for writing: "),
                          (f'sink = "{self.folder}/no/such"', "cannot be opened for writing: No such file"),
                          ('audit = "some"', "off, refusals, all"), ('unknown_users = "shown"', "hash, plain")):
            self.write_config(log=log)
            for command in ("check", "serve"):
                done = gatehouse(command, "--config", self.config)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(said, done.stderr)
        self.write_config()
        self.assertEqual(gatehouse("check", "--config", self.config).returncode, 0)
        self.assertEqual(gatehouse("login", "-i", "--config", self.config, "alice", stdin=PASSWORD + "\n").returncode, 0)
        self.assertFalse(self.audit.exists(), "who only looks makes no file")
        served = self.serve()
        self.write_config(log=f'sink = "{self.folder}/no/such"')
        at = served.send(signal.SIGHUP)
        served.wait_for("the old one goes on serving", at)
        self.assertEqual(served.status(), 401)
        self.wait_for_records(1)


if __name__ == "__main__":
    unittest.main()
