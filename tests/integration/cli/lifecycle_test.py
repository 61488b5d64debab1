#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How `gatehouse serve` lives with a service manager, and how it reloads and ends while callers keep coming."""
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import GATEHOUSE, PATIENCE, PLUGINS, SANITIZE, Case, Served, end_with_the_test, environment, eventually  # noqa: E402

PASSWORD = "open sesame"
AUTHORIZATION = "Basic YWxpY2U6b3BlbiBzZXNhbWU="
UNITS = pathlib.Path(os.environ["UNITS"])
# Sets LISTEN_PID to what will be the server, as a service manager does.
AS_MANAGED = ("/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh")


class Lifecycle(Case):
    def setUp(self):
        super().setUp()
        self.add_user("alice", PASSWORD)

    def config(self, users=None, more=""):
        return self.write("app.toml", f"""[realms.app]
chain = ["staff"]
[backends.staff]
plugin = "htpasswd"
file = "{users or self.users}"
[proxy]
listen = "127.0.0.1:0"
upstream = "whoami:"
{more}
""")

    def serve(self, *arguments, **keywords):
        served = Served("--config", self.config(), *arguments, **keywords)
        self.addCleanup(served.end)
        return served


class Manager(Lifecycle):
    """The socket that a service manager listens on."""

    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(PATIENCE)
        self.name = str(self.folder / "notify")
        self.socket.bind(self.name)

    def told(self):
        """The next message that is not of the watchdog."""
        while True:
            lines = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
            if "WATCHDOG" not in lines:
                return lines

    def test_a_life(self):
        served = self.serve(variables={"NOTIFY_SOCKET": self.name})
        ready = self.told()
        self.assertEqual(ready["READY"], "1")
        self.assertEqual(ready["STATUS"], "serving realm app, chain staff, upstream whoami:")

        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        served.send(signal.SIGHUP)
        reloading = self.told()
        self.assertEqual(reloading["RELOADING"], "1")
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.assertTrue(before <= int(reloading["MONOTONIC_USEC"]) <= after)
        self.assertEqual(self.told()["READY"], "1")

        self.write("app.toml", "[realms.app]\nchain = [\"nobody\"]\n")
        served.send(signal.SIGHUP)
        self.assertEqual(self.told()["RELOADING"], "1")
        kept = self.told()
        self.assertEqual(kept["READY"], "1")
        self.assertTrue(kept["STATUS"].startswith("the new configuration was not taken; serving realm app"), kept)

        served.send(signal.SIGTERM)
        self.assertEqual(self.told()["STOPPING"], "1")
        self.assertEqual(served.end(), 0)

    def test_an_abstract_name(self):
        name = f"gatehouse-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(PATIENCE)
            manager.bind("\0" + name)
            self.serve(variables={"NOTIFY_SOCKET": "@" + name})
            self.assertIn(b"READY=1", manager.recv(4096))

    def test_the_watchdog_is_fed(self):
        self.serve("--threads", "2", variables={"NOTIFY_SOCKET": self.name, "WATCHDOG_USEC": "200000"})
        messages = 0
        while messages < 3:
            messages += self.socket.recv(4096) == b"WATCHDOG=1"

    def test_another_process_s_watchdog_is_not_fed(self):
        served = self.serve(variables={"NOTIFY_SOCKET": self.name, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"})
        self.told()
        served.end()
        self.socket.setblocking(False)
        rest = []
        try:
            while True:
                rest.append(self.socket.recv(4096))
        except BlockingIOError:
            self.assertNotIn(b"WATCHDOG=1", rest)

    def test_a_manager_that_is_gone_changes_nothing(self):
        for name in (str(self.folder / "missing"), "relative", "vsock:2:1234", "/" + "a" * 200, "@"):
            served = self.serve(variables={"NOTIFY_SOCKET": name})
            self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
            self.assertEqual(served.end(), 0)


class Waiting(Lifecycle):
    """A plugin that does not come back from being made."""

    def setUp(self):
        super().setUp()
        self.waits_for = self.folder / "wait"
        self.plugins = self.folder / "plugins"
        self.plugins.mkdir(mode=0o755)
        self.library = self.plugins / "waits.so"
        shutil.copy(PLUGINS / "waits.so", self.library)
        self.library.chmod(0o755)

    def slow(self):
        return self.write("app.toml", f"""[realms.app]
chain = ["slow"]
[backends.slow]
plugin = "{self.library}"
[proxy]
listen = "127.0.0.1:0"
upstream = "whoami:"
""")

    def test_told_to_end_while_a_reload_hangs(self):
        served = self.serve(variables={"TRIED_WAITS_FOR": str(self.waits_for)})
        self.waits_for.touch()
        self.slow()
        at = served.send(signal.SIGHUP)
        served.wait_for("loading the configuration again", at)
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        at = served.send(signal.SIGTERM)
        served.wait_for("told to end", at)
        self.assertEqual(served.process.wait(PATIENCE), 0)
        served.wait_for("in the middle of a reload", at)

    def test_told_to_end_while_it_starts(self):
        self.waits_for.touch()
        process = subprocess.Popen([GATEHOUSE, "serve", "--config", str(self.slow())], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, preexec_fn=end_with_the_test,
                                   env=environment(TRIED_WAITS_FOR=str(self.waits_for)))
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        status = pathlib.Path(f"/proc/{process.pid}/status")
        eventually(lambda: int(status.read_text().split("SigBlk:")[1].split()[0], 16) & 1 << signal.SIGTERM - 1, PATIENCE,
                   "it takes signals")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertIn("told to end before it served", process.stderr.read())


class PassedSockets(Lifecycle):
    def passed(self, sockets, *arguments, names=None, before=AS_MANAGED, count=None):
        def move():
            end_with_the_test()
            # Out of the way first: they may be where they are to go.
            high = [os.dup2(number, 200 + i) for i, number in enumerate(numbers)]
            for i, number in enumerate(high):
                os.dup2(number, 3 + i)

        numbers = [each.fileno() for each in sockets]
        for each in sockets:
            os.set_inheritable(each.fileno(), True)
        variables = {"LISTEN_FDS": str(len(sockets) if count is None else count)}
        if names:
            variables["LISTEN_FDNAMES"] = names
        return self.serve(*arguments, before=before, variables=variables, preexec_fn=move,
                          pass_fds=[*range(3, 3 + len(sockets)), *numbers])

    def listener(self, family=socket.AF_INET):
        made = socket.socket(family)
        self.addCleanup(made.close)
        made.bind(("127.0.0.1", 0) if family == socket.AF_INET else str(self.folder / "passed"))
        made.listen()
        return made

    def test_the_door_is_there(self):
        first, second = self.listener(), self.listener(socket.AF_UNIX)
        served = self.passed([first, second])
        self.assertEqual(served.port, first.getsockname()[1])
        served.wait_for(f"listening on unix:{self.folder}/passed")
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(PATIENCE)
            caller.connect(str(self.folder / "passed"))
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertTrue(caller.recv(12).startswith(b"HTTP/1.1 401"))
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", at)
        self.assertEqual(served.warnings(), [])
        self.assertEqual(served.status(user="alice", password=PASSWORD), 200)
        self.assertEqual(served.end(), 0)
        self.assertTrue((self.folder / "passed").exists(), "the manager's socket is the manager's to remove")

    def test_callers_wait_out_a_restart(self):
        door = self.listener()
        self.assertEqual(self.passed([door]).end(), 0)
        with socket.create_connection(door.getsockname(), PATIENCE) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.passed([door])
            self.assertTrue(caller.recv(12).startswith(b"HTTP/1.1 401"))

    def test_one_for_the_admin_listener(self):
        door, admin = self.listener(), self.listener()
        served = self.passed([admin, door], names="admin:proxy")
        self.assertEqual(served.port, door.getsockname()[1])
        connection = http.client.HTTPConnection(*admin.getsockname(), timeout=PATIENCE)
        connection.request("GET", "/health")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    def test_one_for_proxies_that_ask(self):
        door, asked = self.listener(), self.listener()
        served = self.passed([asked, door], names="forward_auth:gatehouse.socket")
        self.assertEqual(served.port, door.getsockname()[1])
        connection = http.client.HTTPConnection(*asked.getsockname(), timeout=PATIENCE)
        connection.request("GET", "/", headers={"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/",
                                                "Authorization": AUTHORIZATION})
        response = connection.getresponse()
        self.assertEqual((response.status, response.getheader("Remote-User"), response.read()), (200, "alice", b""))
        connection.close()
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", at)

    def test_a_name_that_says_nothing_is_refused(self):
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            for name in ("forward-auth", "Admin", "web", "connection"):
                self.refused({"LISTEN_FDS": "1", "LISTEN_FDNAMES": name}, door, f'"{name}": a socket is for proxy')

    def test_the_command_line_is_told_that_it_does_not_count(self):
        served = self.passed([self.listener()], "--listen", "127.0.0.1:0")
        self.assertEqual(len(served.warnings()), 1)
        self.assertIn("the service manager passed the sockets", served.warnings()[0])

    def test_sockets_for_somebody_else_are_not_touched(self):
        door = self.listener()
        served = self.passed([door], before=())
        self.assertNotEqual(served.port, door.getsockname()[1])

    def refused(self, variables, passed, says):
        def move():
            end_with_the_test()
            if passed:
                os.dup2(passed.fileno(), 3)
        done = subprocess.run([*AS_MANAGED, GATEHOUSE, "serve", "--config", self.config()], capture_output=True,
                              text=True, timeout=PATIENCE, env=environment(**variables), preexec_fn=move,
                              pass_fds=[3, passed.fileno()] if passed else [])
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(says, done.stderr)

    def test_what_is_no_door_is_refused(self):
        with socket.socket() as plain, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            self.refused({"LISTEN_FDS": "1"}, plain, "not a stream socket that listens")
            self.refused({"LISTEN_FDS": "1"}, datagrams, "not a stream socket that listens")
        self.refused({"LISTEN_FDS": "2"}, None, "is not open")
        for count in ("x", "-1", "65", "99999999999999"):
            self.refused({"LISTEN_FDS": count}, None, "LISTEN_FDS")


class Callers:
    """Threads that ask as fast as they are answered, on kept and on new connections."""

    def __init__(self, port, kept=3, new=3):
        self.port, self.stop = port, threading.Event()
        self.answers, self.faults = [], []
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self.ask, args=(i < kept,)) for i in range(kept + new)]
        for thread in self.threads:
            thread.start()

    def ask(self, keep):
        connection = None
        while not self.stop.is_set():
            try:
                if connection is None or not keep:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                connection.request("GET", "/", headers={"Authorization": AUTHORIZATION})
                response = connection.getresponse()
                response.read()
                answer = response.status
                if not keep:
                    connection.close()
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(repr(error))
                return
            with self.changed:
                self.answers.append(answer)
                self.changed.notify_all()
        if connection:
            connection.close()

    def wait_for_more(self, count=50):
        with self.changed:
            wanted = len(self.answers) + count
            if not self.changed.wait_for(lambda: len(self.answers) >= wanted or self.faults, PATIENCE):
                raise AssertionError("no more answers")

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


class UnderLoad(Lifecycle):
    def callers(self, served, **keywords):
        callers = Callers(served.port, **keywords)
        self.addCleanup(callers.end)
        callers.wait_for_more()
        return callers

    def test_reloads_drop_nobody(self):
        served = self.serve("--threads", "2")
        callers = self.callers(served)
        for i in range(10 if SANITIZE else 30):
            # Each time something else: a new backend that shares nothing with the one before.
            self.config(more=f"idle_timeout = \"{60 + i}s\"\n[cache]\nttl = \"{30 + i}s\"\n")
            at = served.send(signal.SIGHUP)
            served.wait_for("the new configuration serves", at)
            callers.wait_for_more(10)
        callers.end()
        self.assertEqual(callers.faults, [])
        self.assertEqual(set(callers.answers), {200})

    def test_broken_configurations_are_told_and_change_nothing(self):
        served = self.serve()
        callers = self.callers(served)
        for text in ("", "no toml at all", "[realms.app]\nchain = [\"staff\"]\n", "[proxy]\nlisten = \"127.0.0.1:0\"\n"):
            self.write("app.toml", text)
            at = served.send(signal.SIGHUP)
            served.wait_for(r" error .*the new configuration was not taken; the old one goes on serving", at)
            callers.wait_for_more(10)
        (self.folder / "app.toml").unlink()
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration was not taken", at)
        callers.wait_for_more(10)
        # A new backend whose file is not there.
        self.config(users=self.folder / "missing")
        at = served.send(signal.SIGHUP)
        served.wait_for(r"error .*missing", at)
        served.wait_for("the new configuration was not taken", at)
        callers.wait_for_more(10)
        # The file that serves has vanished: what was read goes on.
        self.config()
        self.users.rename(self.folder / "away")
        at = served.send(signal.SIGHUP)
        served.wait_for("the new configuration", at)
        callers.wait_for_more(10)
        callers.end()
        self.assertEqual(callers.faults, [])
        self.assertEqual(set(callers.answers), {200})

    def test_a_drain_finishes_what_it_has_taken(self):
        served = self.serve("--threads", "2")
        callers = self.callers(served, kept=0, new=6)
        at = served.send(signal.SIGTERM)
        served.wait_for("told to end", at)
        for thread in callers.threads:
            thread.join(PATIENCE)
        # Whoever came too late could not connect, or was never taken from the queue; nobody got half an answer.
        self.assertEqual(set(callers.answers), {200})
        allowed = ("ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected")
        self.assertEqual([fault for fault in callers.faults if not fault.startswith(allowed)], [])
        self.assertEqual(served.end(), 0)


class Units(Case):
    """The unit files as they are installed."""

    def setUp(self):
        super().setUp()
        self.service = UNITS / "gatehouse.service"
        self.local = self.folder / "gatehouse.service"
        # What it starts need not be installed here.
        self.local.write_text(re.sub(r"(?m)^(ExecStart(?:Pre)?=)\S+", r"\1/bin/true", self.service.read_text()))
        shutil.copy(UNITS / "gatehouse.socket", self.folder)

    def analyze(self, *arguments):
        return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True,
                              timeout=PATIENCE, env=environment())

    def test_systemd_understands_them(self):
        done = self.analyze("verify", "--man=no", self.local, self.folder / "gatehouse.socket")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_sandbox_is_tight(self):
        done = self.analyze("security", "--offline=true", "--threshold=15", self.local)
        self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)

    def test_it_is_not_root(self):
        text = self.service.read_text()
        self.assertIn("\nUser=gatehouse\n", text)
        self.assertNotIn("@", re.sub(r"(?m)^(#|SystemCallFilter=).*$", "", text))
        for name in ("CapabilityBoundingSet=", "NoNewPrivileges=yes", "ProtectSystem=strict", "Type=notify"):
            self.assertIn(f"\n{name}\n", text)


if __name__ == "__main__":
    unittest.main()
