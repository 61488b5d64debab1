#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`gatehouse serve` in front of whoami: and of a real service, with a password file that Apache's htpasswd changes."""
import http.client
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import PATIENCE, SANITIZE, Case, Served, eventually, gatehouse  # noqa: E402

PASSWORD = "open sesame"
# A change of the file is seen about a second after its last write; a loaded machine or a sanitizer takes longer.
SOON = 20 if SANITIZE else 10


class Service(http.server.BaseHTTPRequestHandler):
    """Answers with the user that it was told, and keeps count."""
    protocol_version = "HTTP/1.1"
    seen = 0
    hold = threading.Event()

    def do_GET(self):
        type(self).seen += 1
        if self.path == "/slow":
            self.hold.wait(PATIENCE)
        body = json.dumps({"user": self.headers.get("Remote-User"), "groups": self.headers.get("Remote-Groups"),
                           "authorization": self.headers.get("Authorization")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        """The proxy may hang up: that is what some tests are about."""


class Serve(Case):
    def setUp(self):
        super().setUp()
        self.add_user("alice", PASSWORD)
        self.backend = ("--backend", f"htpasswd:{self.users}")

    def serve(self, *arguments):
        served = Served("--listen", "127.0.0.1:0", *arguments)
        self.addCleanup(served.end)
        return served

    def service(self):
        server = Server(("127.0.0.1", 0), Service)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()

        def end():
            Service.hold.set()
            server.shutdown()
            thread.join()
            server.server_close()

        self.addCleanup(end)
        Service.hold.clear()
        Service.seen = 0
        return f"http://127.0.0.1:{server.server_port}"

    def test_refusals_and_grants_before_whoami(self):
        served = self.serve(*self.backend, "--upstream", "whoami:", "--realm-name", "Our service")
        nobody = served.get()
        self.assertEqual(nobody.status, 401)
        self.assertIn('Basic realm="Our service"', nobody.headers["WWW-Authenticate"])
        self.assertEqual(json.loads(nobody.text)["error_code"], "UNAUTHENTICATED")
        page = served.get(headers={"Accept": "text/html,application/xhtml+xml"})
        self.assertEqual(page.status, 401)
        self.assertTrue(page.headers["Content-Type"].startswith("text/html"))
        wrong = served.get(user="alice", password="wrong")
        unknown = served.get(user="nobody", password="wrong")
        self.assertEqual((wrong.status, wrong.text), (401, unknown.text))
        granted = served.get(user="alice", password=PASSWORD)
        self.assertEqual((granted.status, json.loads(granted.text)["user"]), (200, "alice"))
        self.assertEqual(served.end(), 0)

    def test_in_front_of_a_service(self):
        served = self.serve(*self.backend, "--upstream", self.service(), "--threads", "2")
        self.assertEqual(served.status(), 401)
        self.assertEqual(served.status(user="alice", password="wrong"), 401)
        self.assertEqual(Service.seen, 0)
        granted = served.get(user="alice", password=PASSWORD, headers={"Remote-User": "root", "remote_user": "root"})
        self.assertEqual(json.loads(granted.text), {"user": "alice", "groups": None, "authorization": None})
        self.assertEqual(Service.seen, 1)

    def test_who_guesses_is_told_to_wait_and_nobody_else(self):
        config = self.write("app.toml", f"""[realms.app]
chain = ["staff"]
[throttle]
failures = 3
[backends.staff]
plugin = "htpasswd"
file = "{self.users}"
""")
        served = self.serve("--config", config, "--upstream", "whoami:")
        self.add_user("bob", "builder")
        eventually(lambda: served.status(user="bob", password="builder") == 200, SOON, "bob is let in")
        for name in ("alice", "nobody"):
            answers = [served.get(user=name, password=f"guess {number}") for number in range(5)]
            self.assertEqual([answer.status for answer in answers], [401, 401, 401, 429, 429], name)
            self.assertGreater(int(answers[-1].headers["Retry-After"]), 0)
            # The same wrong password again is no new guess, and no way around.
            self.assertEqual(served.status(user=name, password="guess 0"), 401)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 429)
        self.assertEqual(served.status(user="bob", password="builder"), 200)
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", at)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 429)

    def test_users_come_and_go_while_it_runs(self):
        served = self.serve(*self.backend, "--upstream", "whoami:")
        self.assertEqual(served.status(user="bob", password="builder"), 401)
        self.add_user("bob", "builder")
        eventually(lambda: served.status(user="bob", password="builder") == 200, SOON, "bob is let in")
        self.htpasswd("-B", "-C", "4", "-b", self.users, "bob", "changed")
        eventually(lambda: served.status(user="bob", password="builder") == 401, SOON, "the old password is refused")
        self.assertEqual(served.status(user="bob", password="changed"), 200)
        self.htpasswd("-D", self.users, "bob")
        eventually(lambda: served.status(user="bob", password="changed") == 401, SOON, "bob is refused")
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)

    def test_what_it_says_when_it_starts(self):
        served = self.serve(*self.backend, "--upstream", "whoami:")
        served.wait_for(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info +realm default, chain htpasswd, upstream whoami:$")
        self.assertRegex(served.url, r"^http://127\.0\.0\.1:[1-9]\d*$")
        self.assertEqual(served.warnings(), [])
        self.assertEqual("running as root" in served.log(), os.geteuid() == 0)
        self.assertNotIn("\x1b", served.log())

    def test_a_warning_where_others_can_listen_in(self):
        # In a network of its own, where nobody else is.
        alone = ("unshare", "--map-root-user", "--net")
        if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
            self.skipTest("this machine does not allow a network namespace")
        served = Served("--listen", "0.0.0.0:0", *self.backend, "--upstream", "whoami:", before=alone)
        self.addCleanup(served.end)
        served.wait_for(r"warning 0\.0\.0\.0:\d+ can be reached from other machines, and there is no TLS")
        self.assertEqual(len(served.warnings()), 1)

    def test_unix_socket(self):
        path = self.folder / "gate"
        served = Served("--listen", f"unix:{path}", *self.backend, "--upstream", "whoami:")
        self.addCleanup(served.end)
        self.assertEqual(served.url, f"unix:{path}")
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(PATIENCE)
            caller.connect(str(path))
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertTrue(caller.recv(12).startswith(b"HTTP/1.1 401"))

    def test_a_taken_port_is_named(self):
        served = self.serve(*self.backend, "--upstream", "whoami:")
        done = gatehouse("serve", *self.backend, "--upstream", "whoami:", "--listen", f"127.0.0.1:{served.port}")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"127.0.0.1:{served.port}", done.stderr)

    def test_the_file_and_the_command_line(self):
        path = self.write("app.toml", f"""[realms.app]
chain = ["staff"]
display_name = "From the file"
[backends.staff]
plugin = "htpasswd"
file = "{self.users}"
[proxy]
listen = "127.0.0.1:1"
upstream = "http://127.0.0.1:1"
""")
        served = self.serve("--config", path, "--upstream", "whoami:")
        self.assertIn("From the file", served.get().headers["WWW-Authenticate"])
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)

    def config(self, users, more=""):
        return self.write("app.toml", f"""[realms.app]
chain = ["staff"]
[backends.staff]
plugin = "htpasswd"
file = "{users}"
[proxy]
upstream = "whoami:"
{more}""")

    def test_reload(self):
        path = self.config(self.users)
        served = self.serve("--config", path)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)

        self.config(self.users, "upstraem = 3\n")
        at = served.send(signal.SIGHUP)
        served.wait_for(r"error +.*app\.toml:8: proxy\.upstraem", at)
        served.wait_for(r"error +the new configuration was not taken; the old one goes on serving", at)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)

        path.unlink()
        at = served.send(signal.SIGHUP)
        served.wait_for(r"error +.*app\.toml", at)
        served.wait_for(r"not taken", at)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)

        other = self.folder / "other"
        self.htpasswd("-c", "-B", "-C", "4", "-b", other, "carol", "singing")
        self.config(other)
        tasks = f"/proc/{served.process.pid}/task"
        threads = len(os.listdir(tasks))
        at = served.send(signal.SIGHUP)
        served.wait_for(r"info +the new configuration serves", at)
        self.assertEqual(served.status(user="carol", password="singing"), 200)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 401)
        eventually(lambda: len(os.listdir(tasks)) <= threads, SOON, "the backend that is gone ended its threads")
        self.assertEqual(served.end(), 0)

    def test_drain_lets_requests_finish(self):
        served = self.serve(*self.backend, "--upstream", self.service())
        answers = []
        caller = threading.Thread(target=lambda: answers.append(
            served.get("/slow", user="alice", password=PASSWORD).status))
        caller.start()
        eventually(lambda: Service.seen == 1, PATIENCE, "the service has the request")
        at = served.send(signal.SIGTERM)
        served.wait_for("told to end", at)

        def refused():
            try:
                socket.create_connection(("127.0.0.1", served.port), PATIENCE).close()
                return False
            except ConnectionRefusedError:
                return True

        eventually(refused, PATIENCE, "new connections are refused")
        self.assertIsNone(served.process.poll())
        Service.hold.set()
        caller.join(PATIENCE)
        self.assertEqual(answers, [200])
        self.assertEqual(served.end(), 0)
        served.wait_for(r"info +ended", at)

    def test_a_second_signal_ends_at_once(self):
        served = self.serve(*self.backend, "--upstream", self.service())

        def call():
            try:
                served.get("/slow", user="alice", password=PASSWORD)
            except OSError:
                pass
            except http.client.HTTPException:
                pass

        caller = threading.Thread(target=call)
        caller.start()
        eventually(lambda: Service.seen == 1, PATIENCE, "the service has the request")
        at = served.send(signal.SIGINT)
        served.wait_for("told to end", at)
        begin = time.monotonic()
        served.send(signal.SIGTERM)
        self.assertEqual(served.process.wait(PATIENCE), 0)
        self.assertLess(time.monotonic() - begin, 25)  # a drain alone takes 30 seconds
        caller.join(PATIENCE)

    def test_an_upstream_that_is_down(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            served = self.serve(*self.backend, "--upstream", f"http://127.0.0.1:{closed.getsockname()[1]}")
            self.assertEqual(served.status(user="alice", password=PASSWORD), 502)
            self.assertEqual(served.status(user="alice", password="wrong"), 401)

    def test_a_vanished_file_goes_on_serving_loudly(self):
        served = self.serve(*self.backend, "--upstream", "whoami:")
        self.users.unlink()
        served.wait_for(r"(error|warning) +htpasswd: .*users")
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)

    def test_no_password_in_the_log(self):
        served = self.serve(*self.backend, "--upstream", "whoami:")
        served.get(user="alice", password="my-almost-secret")
        served.get(user="alice", password=PASSWORD)
        self.assertEqual(served.end(), 0)
        for words in ("my-almost-secret", PASSWORD, "$2y$"):
            self.assertNotIn(words, served.log())


if __name__ == "__main__":
    unittest.main(verbosity=2)
