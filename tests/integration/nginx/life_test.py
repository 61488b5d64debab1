# SPDX-License-Identifier: Apache-2.0
"""Workers, reloads, clients that go away, and what is left of them."""
import contextlib
import os
import signal
import socket
import threading
import time
import unittest

from nginx_support import LIMIT, SANITIZED, Nginx, children, login, sha_line, wait_for

CONFIG = "  gatehouse_config actors.toml;\n"
SERVER = """
    gatehouse staff;
    add_header X-Worker $pid always;
    location / { try_files /index.html =404; }
    location /guests/ { gatehouse guests; try_files /index.html =404; }
    location = /open { gatehouse off; return 204; }
"""


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def memory(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


class Parked(unittest.TestCase):
    def setUp(self):
        self.nginx = Nginx(SERVER, CONFIG)
        self.nginx.start()
        self.worker = children(self.nginx.process.pid)[0]
        self.assertEqual(self.nginx.status("/", login("first")), 200)  # it has begun, and opened what it needs
        self.opened = descriptors(self.worker)

    def tearDown(self):
        try:
            self.nginx.stop()
        finally:
            self.nginx.kill()
            self.nginx.clean_up()

    def park(self, user, path="/"):
        before = len(self.nginx.calls())
        client = self.nginx.client()
        client.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n{login(user)}\r\n")
        wait_for("the call for " + user, lambda: len(self.nginx.calls()) > before)
        return client

    def test_a_slow_backend_stops_nobody(self):
        parked = [self.park(f"wait-{i}") for i in range(8)]
        for i in range(20):
            self.assertEqual(self.nginx.status("/open"), 204)
            self.assertEqual(self.nginx.status("/", login(f"quick-{i}")), 200)
        self.nginx.release(len(parked))
        for client in parked:
            with client:
                self.assertEqual(client.response().status, 200)

    def test_clients_that_go(self):
        clients = [self.park(f"wait-{i}", f"/gone{i}") for i in range(10)]
        for client in clients:
            client.sock.close()
        for i in range(len(clients)):
            self.assertEqual(self.nginx.log_line(f"/gone{i}").split("|")[1:3], ["499", "-"])
        self.nginx.release(len(clients))
        for i in range(20):
            self.assertEqual(self.nginx.status("/", login(f"after-{i}")), 200)
        wait_for("their descriptors", lambda: descriptors(self.worker) <= self.opened)

    def test_clients_that_go_at_once(self):
        """Sent and closed in one breath, in every length of haste; then the worker is as it was."""
        for i in range(200):
            with self.nginx.client() as client:
                client.send(f"GET /h{i} HTTP/1.1\r\nHost: a\r\n{login(f'hasty-{i}')}\r\n")
                if i % 3 == 0:
                    client.sock.shutdown(socket.SHUT_WR)
                if i % 5 == 0:
                    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # RST
        for i in range(20):
            self.assertEqual(self.nginx.status("/", login(f"after-{i}")), 200)
        wait_for("their descriptors", lambda: descriptors(self.worker) <= self.opened)
        self.assertEqual(children(self.nginx.process.pid), [self.worker])

    def test_keep_alive(self):
        """Ten thousand on one connection: right, wrong, and nobody."""
        kinds = ((login("anna"), 200), (login("anna", "wrong"), 401), ("", 401), (login("down"), 503))
        with self.nginx.client() as client:
            def ask(count):
                for i in range(count):
                    lines, status = kinds[i % len(kinds)] if i % 10 == 0 else kinds[0]
                    assert client.ask("/", lines=lines).status == status
            ask(2000)
            held = memory(self.worker)
            ask(8000)
            # Waits: a backend that looks at its file just now holds one more for a moment.
            wait_for("their descriptors", lambda: descriptors(self.worker) <= self.opened + 1)
            if not SANITIZED:
                self.assertLess(memory(self.worker) - held, 2 << 20)

    def test_many_users(self):
        """A hash of each on the workers of the backend, never on nginx's loop."""
        self.assertEqual(threads(self.nginx.process.pid), 1, "the master has no threads")
        self.assertGreater(threads(self.worker), 1)
        wrong = []

        def ask(number):
            with self.nginx.client() as client:
                for i in range(60):  # fewer wrong ones than a source may have
                    right = i % 3 != 0
                    answer = client.ask("/", lines=login(f"user-{number}-{i}", "right" if right else "wrong"))
                    if answer.status != (200 if right else 401):
                        wrong.append(answer.start)
        askers = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        self.assertEqual(wrong, [])

    def test_graceful_end_waits_for_who_is_parked(self):
        client = self.park("wait-last", "/guests/")
        self.nginx.signal(signal.SIGQUIT)
        wait_for("the closed port", self.is_shut)
        self.assertIsNone(self.nginx.process.poll())
        self.nginx.release()
        with client:
            self.assertEqual(client.response().status, 200)

    def is_shut(self):
        try:
            socket.create_connection(self.nginx.address, 1).close()
        except ConnectionResetError:
            return False  # it was still in the queue of the port when that was closed
        except ConnectionRefusedError:
            return True
        return False


class Reload(unittest.TestCase):
    def test_under_load(self):
        with Nginx(SERVER, CONFIG, workers=2) as nginx:
            over, wrong, asked = threading.Event(), [], [0]

            def ask(number):
                i = 0
                while not over.is_set():
                    i += 1
                    right = i % 4 != 0
                    try:
                        with nginx.client() as client:
                            status = client.ask("/", lines="Connection: close\r\n" + login(
                                f"load-{number}-{i % 9}", "right" if right else "wrong")).status
                    except (OSError, EOFError) as error:
                        wrong.append(repr(error))
                        continue
                    if status != (200 if right else 401):
                        wrong.append(status)
                    asked[0] += 1
            askers = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
            for asker in askers:
                asker.start()
            try:
                held = []
                for generation in range(5):
                    calls = len([line for line in nginx.calls() if line.startswith("wait")])
                    parked = nginx.client()
                    parked.send(f"GET / HTTP/1.1\r\nHost: a\r\n{login(f'wait-{generation}')}\r\n")
                    wait_for("the call", lambda seen=calls: len(
                        [line for line in nginx.calls() if line.startswith("wait")]) > seen)
                    old = set(children(nginx.process.pid))
                    nginx.write_actors("" if generation % 2 else "[cache]\nentries = 5000\n")
                    nginx.signal(signal.SIGHUP)
                    wait_for("new workers", lambda before=old: len(set(children(nginx.process.pid)) - before) == 2)
                    nginx.release()
                    with parked:
                        assert parked.response().status == 200, "parked over a reload"
                    wait_for("the old workers' end", lambda before=old: not set(children(nginx.process.pid)) & before)
                    held.append((descriptors(nginx.process.pid), threads(nginx.process.pid)))
            finally:
                over.set()
                for asker in askers:
                    asker.join()
            self.assertEqual(wrong, [])
            self.assertGreater(asked[0], 20)
            self.assertEqual(held[1:], held[1:2] * 4, "descriptors and threads of the master")

            # A broken configuration leaves the old one serving.
            nginx.expected.append("did you mean")
            nginx.write("actors.toml", nginx.read("actors.toml").replace("calls =", "call ="))
            nginx.signal(signal.SIGHUP)
            wait_for("the refusal", lambda: "did you mean" in nginx.read("logs/error.log"))
            self.assertEqual(nginx.status("/", login("anna")), 200)

    def test_users_who_are_gone_stay_out(self):
        server = 'gatehouse "x"; location / { try_files /index.html =404; }'
        nginx = Nginx(server)
        nginx.http = f"  gatehouse_backend htpasswd:{nginx.path('users')};\n"
        with nginx:
            self.assertEqual(nginx.status("/", login("alice", "secret")), 200)
            nginx.write("users", sha_line("bob", "hidden"))
            wait_for("alice to be out", lambda: nginx.status("/", login("alice", "secret")) == 401)
            for _ in range(3):
                nginx.reload()
                for _ in range(10):
                    self.assertEqual(nginx.status("/", login("alice", "secret")), 401)
                self.assertEqual(nginx.status("/", login("bob", "hidden")), 200)
            # A file that is broken when nginx reads it again is found then, and the old configuration goes on.
            os.rename(nginx.path("users"), nginx.path("away"))
            nginx.expected.append(nginx.path("users"))
            nginx.signal(signal.SIGHUP)
            wait_for("the refusal", lambda: "[emerg]" in nginx.read("logs/error.log"))
            os.rename(nginx.path("away"), nginx.path("users"))
            self.assertEqual(nginx.status("/", login("bob", "hidden")), 200)

    def test_without_a_master(self):
        with Nginx(SERVER, CONFIG, workers=0, main="master_process off;") as nginx:
            self.assertEqual(nginx.status("/", login("anna")), 200)
            self.assertEqual(nginx.status("/", login("anna", "wrong")), 401)


class Zone(unittest.TestCase):
    """What one worker learned, all know: those of other workers, of the next configuration, and in the place of killed."""

    def ask_often(self, nginx, user):
        """On connections of their own, until every worker has been asked; how often the backend was."""
        seen = set()

        def ask():
            with nginx.client() as client:
                answer = client.ask("/", lines="Connection: close\r\n" + login(user))
                self.assertEqual(answer.status, 200)
                seen.add(answer.value("X-Worker"))
        ask()
        until = time.monotonic() + LIMIT
        while len(seen) < nginx.workers or len(seen & {str(pid) for pid in children(nginx.process.pid)}) < nginx.workers:
            self.assertLess(time.monotonic(), until)
            askers = [threading.Thread(target=ask) for _ in range(8)]
            for asker in askers:
                asker.start()
            for asker in askers:
                asker.join()
        return len([line for line in nginx.calls() if line.startswith(user)])

    def test_one_hash_for_all_workers(self):
        with Nginx(SERVER, CONFIG + "  gatehouse_zone logins 4m;\n", workers=3) as nginx:
            self.assertEqual(self.ask_often(nginx, "one"), 1)
            for _ in range(3):
                nginx.reload()
            self.assertEqual(self.ask_often(nginx, "one"), 1, "kept over reloads")
            nginx.expected.append("exited on signal 9")
            for _ in range(5):
                old = children(nginx.process.pid)
                for worker in old:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
                wait_for("new workers", lambda gone=set(old): len(set(children(nginx.process.pid)) - gone) == 3)
                self.assertEqual(self.ask_often(nginx, "one"), 1, "kept when workers are killed")
            self.assertEqual(nginx.status("/", login("one", "wrong")), 401)

    def test_each_for_itself_without(self):
        with Nginx(SERVER, CONFIG, workers=3) as nginx:
            self.assertGreaterEqual(self.ask_often(nginx, "one"), 3)

    def test_killed_while_they_write(self):
        """Under load, again and again: nobody who is wrong gets in, and the zone goes on working."""
        with Nginx(SERVER, CONFIG + "  gatehouse_zone logins 1m;\n", workers=2) as nginx:
            nginx.expected.append("exited on signal 9")
            over, wrong = threading.Event(), []

            def ask(number):
                i = 0
                while not over.is_set():
                    i += 1
                    right = i % 2 == 0 or i > 60  # fewer wrong ones than a source may have
                    with contextlib.suppress(OSError, EOFError):  # of the one that was killed
                        with nginx.client() as client:
                            status = client.ask("/", lines="Connection: close\r\n" + login(
                                f"u-{number}-{i}", "right" if right else "wrong")).status
                            if status not in ((200, 429, 503) if right else (401, 429, 503)):
                                wrong.append((right, status))
            askers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
            for asker in askers:
                asker.start()
            try:
                for _ in range(20):
                    for worker in children(nginx.process.pid)[:1]:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(worker, signal.SIGKILL)
                    wait_for("two workers", lambda: len(children(nginx.process.pid)) == 2)
            finally:
                over.set()
                for asker in askers:
                    asker.join()
            self.assertEqual(wrong, [])
            self.assertEqual(nginx.status("/", login("last")), 200)
            self.assertEqual(nginx.status("/", login("last", "wrong")), 401)

    def test_guesses_are_counted_by_all_workers(self):
        """Sixty at once, on three workers: as many as are allowed, and not one more. A reload forgives nothing."""
        with Nginx(SERVER, CONFIG + "  gatehouse_zone logins 4m;\n", workers=3) as nginx:
            nginx.write_actors("[throttle]\nfailures = 5\nfailures_every = \"1h\"\n")
            nginx.reload()
            statuses = []

            def guess(number):
                with nginx.client() as client:
                    statuses.append(client.ask("/", lines="Connection: close\r\n" + login(
                        "guessed", f"wrong-{number}")).status)
            guessers = [threading.Thread(target=guess, args=(number,)) for number in range(60)]
            for guesser in guessers:
                guesser.start()
            for guesser in guessers:
                guesser.join()
            self.assertEqual((statuses.count(401), statuses.count(429)), (5, 55))
            nginx.reload()
            self.assertEqual(nginx.status("/", login("guessed", "wrong")), 429)
            self.assertEqual(nginx.status("/", login("another", "wrong")), 401)

    def test_another_size_starts_empty(self):
        with Nginx(SERVER, CONFIG + "  gatehouse_zone logins 4m;\n") as nginx:
            self.assertEqual(self.ask_often(nginx, "one"), 1)
            nginx.http = CONFIG + "  gatehouse_zone logins 5m;\n"
            nginx.reload()
            self.assertEqual(self.ask_often(nginx, "one"), 2)


class Killed(unittest.TestCase):
    def test_workers(self):
        with Nginx(SERVER, CONFIG, workers=2) as nginx:
            nginx.expected.append("exited on signal 9")
            for turn in range(10):
                for worker in children(nginx.process.pid):
                    with contextlib.suppress(ProcessLookupError):  # one of the turn before
                        os.kill(worker, signal.SIGKILL)
                wait_for("an answer", lambda count=turn: self.is_let_in(nginx, count), LIMIT)

    @staticmethod
    def is_let_in(nginx, turn):
        try:
            return nginx.status("/", login(f"anna-{turn}")) == 200
        except (OSError, EOFError):
            return False


if __name__ == "__main__":
    unittest.main()
