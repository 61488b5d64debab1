#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is written while strangers try everything: one line for one event, nothing that a terminal obeys, no secret."""
import base64
import http.client
import os
import re
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import PATIENCE, Case, Served, gatehouse  # noqa: E402

PASSWORD = "canary-password-right"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) +\S.*")
# Controls, and what reorders or hides text.
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
HOSTILE = ("\x1b[2J\x1b]0;pwned\x07", "\u202egnp.exe", "a\u200bb", "\u2028second", "\x9b31m", "%n%s%x",
           '{"level":"error"}', "\\x1b", '" from 127.0.0.1: granted', "a\r\n2026-01-01T00:00:00.000Z info    forged",
           "\ufeffalice", "x" * 900)


def basic(user, password):
    return "Basic " + base64.b64encode(user.encode() + b":" + password.encode()).decode()


class Logs(Case):
    def setUp(self):
        super().setUp()
        self.htpasswd("-cbs", self.users, "alice", PASSWORD)
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
admin = "unix:{self.folder}/admin"
[log]
level = "debug"
{more}
""")

    def serve(self):
        served = Served("--config", self.config)
        self.addCleanup(served.end)
        return served

    def test_the_level_of_a_configuration_that_was_refused_is_not_taken(self):
        served = self.serve()
        good = self.config.read_text()
        bad = good.replace('level = "debug"', 'level = "error"').replace('"whoami:"', '"whoami:"\nupstream_host = "a/b"')
        self.config.write_text(bad)
        seen = served.send(signal.SIGHUP)
        served.wait_for("the old one goes on serving", seen)
        self.users.write_text(self.users.read_text() + "no colon\n")
        served.wait_for(r"warning .*no colon", seen)

    def send(self, served, data):
        """Bytes as they are; what comes back does not matter here."""
        with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as caller:
            try:
                caller.sendall(data)
                caller.shutdown(socket.SHUT_WR)
                while caller.recv(65536):
                    pass
            except OSError:
                pass

    def metrics(self):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(PATIENCE)
            caller.connect(str(self.folder / "admin"))
            caller.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            text = b""
            while piece := caller.recv(65536):
                text += piece
        rows = (line.rsplit(" ", 1) for line in text.decode().split("\r\n\r\n", 1)[1].splitlines() if line[0] != "#")
        return {name: float(value) for name, value in rows}

    def lines(self, served):
        """The whole log, once it has ended."""
        self.assertEqual(served.end(), 0)
        lines = served.log().splitlines()
        self.assertEqual(lines.pop(), "(end of the log)")
        return lines

    def test_nothing_forged(self):
        served = self.serve()
        for text in HOSTILE:
            served.get(headers={"Authorization": basic(text, "wrong")})
            served.get(headers={"Authorization": basic("alice", text)})
            raw = text.encode()
            self.send(served, b"GET /" + raw + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.send(served, b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: " + raw + b"\r\nConnection: close\r\n\r\n")
            self.send(served, b"GET / HTTP/1.1\r\nHost: " + raw + b"\r\nAuthorization: " + raw + b"\r\n\r\n")
            self.send(served, raw + b" / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        lines = self.lines(served)
        self.assertTrue(any("denied" in line for line in lines))
        for line in lines:
            self.assertRegex(line, LINE)
            self.assertNotRegex(line, OBEYED)
            self.assertNotRegex(line, "^2026-01-01")
            self.assertLess(len(line), 2000)
        forged = [line for line in lines if re.search(r"(?<!\\x22)\" from 127\.0\.0\.1: granted", line)]
        self.assertEqual(forged, [], "a quote in a name ends it")

    def test_no_secret(self):
        served = self.serve()
        canary = 0
        secrets = [PASSWORD, base64.b64encode(f"alice:{PASSWORD}".encode()).decode(), "{SHA}",
                   self.users.read_text().split("}")[1].strip()]

        def fresh(kind):
            nonlocal canary
            canary += 1
            secrets.append(f"canary-{kind}-{canary}")
            return secrets[-1]

        for user in ("alice", "nobody", "", "a" * 600):
            password = fresh("wrong")
            secrets.append(base64.b64encode(f"{user}:{password}".encode()).decode())
            served.get(headers={"Authorization": basic(user, password)})
        served.get(headers={"Authorization": basic("alice", PASSWORD)})
        for value in (f"Bearer {fresh('bearer')}", f"Bearer {fresh('bearer')}.{fresh('bearer')}.{fresh('bearer')}",
                      f"Basic {fresh('malformed')}", f"Digest username=\"alice\", response=\"{fresh('digest')}\"",
                      f"{fresh('scheme')} x", "Basic " + base64.b64encode(fresh("nocolon").encode()).decode(),
                      f"Negotiate {fresh('negotiate')}", "Basic " + fresh("long") + "A" * 9000):
            served.get(headers={"Authorization": value})
        for name in ("Cookie", "Proxy-Authorization", "X-Api-Key", "X-Auth-Request-Access-Token"):
            served.get(headers={name: fresh(name), "Authorization": basic("alice", PASSWORD)})
        for target in (f"/?access_token={fresh('query')}", f"/login?password={fresh('query')}#x",
                       f"http://alice:{fresh('userinfo')}@x/"):
            self.send(served, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        self.send(served, f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {fresh('twice')}\r\n"
                          f"Authorization: {fresh('twice')}\r\nConnection: close\r\n\r\n".encode())
        self.send(served, f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\npassword={fresh('body')}".encode())
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", at)
        gatehouse("cache", "flush", "--admin", f"unix:{self.folder}/admin")
        # A file that goes wrong is spoken of, what stands in it is not.
        self.users.write_text(f"alice:{fresh('plain')}\n{fresh('nocolon')}\nbob:$apr1${fresh('hash')}\n")
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration", at)
        served.wait_for("users")
        self.write_config(f'[backends.other]\nplugin = "htpasswd"\nsecret = "{fresh("option")}"\n')
        at = served.send(signal.SIGHUP)
        served.wait_for("was not taken", at)
        log = "\n".join(self.lines(served))
        for secret in secrets:
            self.assertNotIn(secret, log)

    def test_no_secret_from_the_commands(self):
        for arguments, stdin in ((["login", "-i", "--backend", f"htpasswd:{self.users}", "alice"], "canary-1\n"),
                                 (["login", "--backend", f"htpasswd:{self.users}", "alice", "canary-1"], ""),
                                 (["check", "--backend", "htpasswd://alice:canary-1@host/x"], ""),
                                 (["check", "--backend", f"htpasswd:{self.users}?password=canary-1"], ""),
                                 (["serve", "--backend", f"htpasswd:{self.users}", "--upstream",
                                   "http://alice:canary-1@127.0.0.1"], "")):
            done = gatehouse(*arguments, stdin=stdin)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("canary-1", done.stdout + done.stderr)

    def test_a_flood_of_refusals(self):
        # Every one of them is to be asked of the backend.
        self.write_config("[throttle]\nfailures = 0\nsource_failures = 0\nsubject_failures = 0\n")
        served = self.serve()
        count, threads = 400, 4
        answers = []

        def ask(number):
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
            for i in range(count):
                connection.request("GET", "/", headers={"Authorization": basic(f"stranger{number}-{i}", "wrong")})
                response = connection.getresponse()
                response.read()
                answers.append(response.status)
            connection.close()

        began = time.monotonic()
        asking = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        took = time.monotonic() - began
        self.assertEqual(answers, [401] * (count * threads))
        # Whoever comes after the second is over brings the sum of what was left out.
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        counted = self.metrics()
        self.assertEqual(counted['gatehouse_decisions_total{realm="app",backend="staff",result="denied"}'], count * threads)
        lines = self.lines(served)
        refusals = [line for line in lines if "stranger" in line]
        self.assertLessEqual(len(refusals), (took + 2) * PER_SECOND)
        sums = [int(line.group(1)) for line in (re.search(r"(\d+) more refusals", text) for text in lines) if line]
        self.assertLessEqual(len(refusals) + sum(sums), count * threads)


# How many refusals a second are written one by one.
PER_SECOND = 20

if __name__ == "__main__":
    unittest.main()
