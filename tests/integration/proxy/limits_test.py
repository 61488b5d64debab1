# SPDX-License-Identifier: Apache-2.0
"""Slow callers, upstreams that move, and the access log."""
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from support import ALICE, BOB, LIMIT, WRONG, Client, Gatehouse, Upstream


class Slow(unittest.TestCase):
    def setUp(self):
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)

    def serve(self, proxy):
        gatehouse = Gatehouse(self.upstream.url, proxy)
        self.addCleanup(gatehouse.stop)
        return gatehouse

    def drip(self, client, stop):
        """A byte now and then, until it is told to stop or the proxy has had enough."""
        try:
            while not stop.wait(0.1):
                client.send("x")
        except OSError:
            return

    def test_a_body_that_drips(self):
        gatehouse = self.serve('body_timeout = "1s"\nmin_rate = 1000')
        for framing in ("Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n"):
            stop = threading.Event()
            with gatehouse.client() as client:
                client.send("POST / HTTP/1.1\r\nHost: a\r\n" + ALICE + framing + "\r\n")
                if "chunked" in framing:
                    client.send("10000\r\n")
                dripping = threading.Thread(target=self.drip, args=(client, stop))
                dripping.start()
                try:
                    response = client.response()
                    self.assertEqual((response.status, response.value("Connection")), (408, "close"))
                finally:
                    stop.set()
                    dripping.join(LIMIT)
        with gatehouse.client() as client:
            self.assertEqual(client.ask().status, 200)

    def test_a_head_that_drips(self):
        gatehouse = self.serve('header_timeout = "1s"')
        stop = threading.Event()
        with gatehouse.client() as client:
            client.send("GET /")
            dripping = threading.Thread(target=self.drip, args=(client, stop))
            dripping.start()
            try:
                self.assertEqual(client.response().status, 408)
            finally:
                stop.set()
                dripping.join(LIMIT)

    def test_who_drips_does_not_keep_others_out(self):
        """HT-25: more of them than there are places, long before their time is over."""
        gatehouse = self.serve('header_timeout = "5m"\nmax_connections = 10')
        for _ in range(3):
            for _ in range(12):
                client = gatehouse.client()
                self.addCleanup(client.sock.close)
                client.send("GET / HTTP/1.1\r\nHost:")
            with gatehouse.client() as honest:
                self.assertEqual(honest.ask().status, 200)

    def test_a_caller_that_takes_nothing(self):
        ended = threading.Event()

        def endless(exchange):
            try:
                exchange.send("HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    exchange.send("x" * 65536)
            finally:
                ended.set()

        self.upstream.answers = {"/": endless}
        gatehouse = self.serve('write_timeout = "1s"')
        with gatehouse.client() as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            self.assertTrue(ended.wait(LIMIT))

    def test_a_caller_that_takes_little(self):
        ended = threading.Event()

        def endless(exchange):
            try:
                exchange.send("HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    exchange.send("x" * 65536)
            finally:
                ended.set()

        self.upstream.answers = {"/": endless}
        gatehouse = self.serve('write_timeout = "1s"\nmin_rate = 1000000')
        client = gatehouse.client()
        self.addCleanup(client.sock.close)
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
        deadline = time.monotonic() + LIMIT
        try:
            while not ended.wait(0.02):
                self.assertLess(time.monotonic(), deadline)
                client.sock.recv(4096)
        except ConnectionResetError:
            pass
        self.assertTrue(ended.wait(LIMIT))

    def test_a_slow_service_is_not_held_against_its_caller(self):
        def events(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            for number in range(4):
                with self.upstream.changed:
                    self.upstream.changed.wait(1.2)
                exchange.send(f"data: {number}\n\n")
            exchange.close()

        self.upstream.answers = {"/": events}
        gatehouse = self.serve('write_timeout = "1s"\nbody_timeout = "5s"\nmin_rate = 1000000')
        with gatehouse.client() as client:
            response = client.ask()
            self.assertEqual(response.pieces, [b"data: %d\n\n" % number for number in range(4)])  # none was held back


class AccessLog(unittest.TestCase):
    def setUp(self):
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "access")

    def lines(self, count, path=None):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            with open(path or self.path) as file:
                lines = file.read().split("\n")
            if len(lines) > count:
                self.assertEqual(lines.pop(), "")
                self.assertEqual(len(lines), count, lines)
                return lines
            time.sleep(0.05)
        self.fail(f"fewer than {count} lines")

    def test_a_line_for_each_request(self):
        gatehouse = Gatehouse(self.upstream.url, f'access_log = "{self.path}"\nthreads = 2')
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            client.ask("/one?token=geheim", lines=ALICE + "User-Agent: a \"b\"\xff\r\nReferer: /?token=geheim\r\nCookie: geheim\r\n")
            client.ask("/two", "POST", BOB + "Content-Length: 3\r\n", b"abc")
            client.ask("/three", lines=WRONG)
            client.ask("/four\x01", lines=ALICE)
        times = r"\[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000\]"
        expected = [r'127\.0\.0\.1 - alice TIME "GET /one\?\.\.\. HTTP/1\.1" 200 \d+ "-" "a \\x22b\\x22\\xff" \d+\.\d{6}',
                    r'127\.0\.0\.1 - bob TIME "POST /two HTTP/1\.1" 200 \d+ "-" "-" \d+\.\d{6}',
                    r'127\.0\.0\.1 - - TIME "GET /three HTTP/1\.1" 401 \d+ "-" "-" \d+\.\d{6}',
                    r'127\.0\.0\.1 - - TIME "-" 400 \d+ "-" "-" \d+\.\d{6}']
        for line, pattern in zip(self.lines(4), expected):
            self.assertRegex(line, "^" + pattern.replace("TIME", times) + r" \d+-\d+$")
        with open(self.path) as file:
            text = file.read()
        for secret in ("geheim", "secret", "hidden", ALICE.split()[2], WRONG.split()[2]):
            self.assertNotIn(secret, text)
        self.assertEqual(os.stat(self.path).st_mode & 0o007, 0)

    def test_a_caller_that_left(self):
        def held(exchange):
            exchange.sock.settimeout(LIMIT)
            exchange.sock.recv(1)
            exchange.close()

        self.upstream.answers = {"/held": held}
        gatehouse = Gatehouse(self.upstream.url, f'access_log = "{self.path}"\naccess_log_query = true')
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            client.send("GET /held?q=1 HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            self.upstream.wait_for(lambda: self.upstream.requests)
        self.assertIn('"GET /held?q=1 HTTP/1.1" 499 0', self.lines(1)[0])

    def test_opened_anew_with_a_reload_and_refused_when_it_cannot_be(self):
        gatehouse = Gatehouse(self.upstream.url, f'access_log = "{self.path}"')
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            client.ask("/before")
            os.rename(self.path, self.path + ".1")
            gatehouse.signal(signal.SIGHUP)
            gatehouse.wait_for_log("the new configuration serves")
            client.ask("/after")
            self.assertIn("/after", self.lines(1)[0])
            self.assertIn("/before", self.lines(1, self.path + ".1")[0])
            gatehouse.write_config(self.upstream.url, 'access_log = "/no/such/folder/access"')
            gatehouse.signal(signal.SIGHUP)
            gatehouse.wait_for_log("access_log /no/such/folder/access: cannot be opened")
            client.ask("/still")
            self.assertIn("/still", self.lines(2)[1])

    def test_a_full_disk_costs_lines_and_nothing_else(self):
        gatehouse = Gatehouse(self.upstream.url, 'access_log = "/dev/full"')
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            self.assertEqual(client.ask().status, 200)
            gatehouse.wait_for_log("the access log cannot be written")
            self.assertEqual(client.ask().status, 200)

    def test_who_does_not_read_stderr_stops_nobody(self):
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        gatehouse = Gatehouse(self.upstream.url, 'access_log = "stderr"')  # for its files
        self.addCleanup(gatehouse.stop)
        process = subprocess.Popen([os.environ["GATEHOUSE"], "serve", "--config", gatehouse.config], stderr=write,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.close(write)
        self.addCleanup(os.close, read)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        said = b""
        while b"listening on http://" not in said or not said.endswith(b"\n"):
            said += os.read(read, 4096)
        port = int(said.split(b"listening on http://", 1)[1].split(b"\n", 1)[0].rstrip(b"/").rsplit(b":", 1)[1])
        with Client(("127.0.0.1", port)) as client:
            for turn in range(200):
                if turn % 50 == 0:
                    process.send_signal(signal.SIGHUP)
                self.assertEqual(client.ask(lines=ALICE + "User-Agent: " + "x" * 400 + "\r\n").status, 200)
        # Both logs had more to say than the pipe takes; the end has to be said too, and is not waited for either.
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT), 0)

    def test_on_stderr(self):
        gatehouse = Gatehouse(self.upstream.url, 'access_log = "stderr"')
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            client.ask("/there")
        gatehouse.wait_for_log('"GET /there HTTP/1.1" 200')


class Names(unittest.TestCase):
    def alone(self, hosts):
        """Before a command: a mount namespace of its own, where /etc/hosts is `hosts`."""
        alone = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh"]
        if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
            self.skipTest("this machine does not allow a mount namespace")
        return alone

    def test_addresses_that_do_not_answer_are_passed_over(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        hosts = os.path.join(folder.name, "hosts")
        with open(hosts, "w") as file:
            file.write("127.0.0.2 many.example\n127.0.0.3 many.example\n127.0.0.4 many.example\n")
        alone = self.alone(hosts)
        upstream = Upstream(address=("127.0.0.4", 0))
        self.addCleanup(upstream.close)
        port = upstream.listener.getsockname()[1]
        for address in ("127.0.0.2", "127.0.0.3"):  # their queues are full: the kernel drops what else comes
            full = socket.create_server((address, port), backlog=0)
            self.addCleanup(full.close)
            for _ in range(3):
                waiting = socket.socket()
                waiting.setblocking(False)
                waiting.connect_ex((address, port))
                self.addCleanup(waiting.close)
        gatehouse = Gatehouse(f"http://many.example:{port}", 'connect_timeout = "1s"', before=alone)
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            self.assertEqual(client.ask().status, 200)

    def test_an_upstream_that_moves_is_found_again(self):
        """In a mount namespace of its own, where /etc/hosts is the test's."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        hosts = os.path.join(folder.name, "hosts")
        with open(hosts, "w") as file:
            file.write("127.0.0.1 moving.example\n")
        alone = self.alone(hosts)
        first = Upstream()
        self.addCleanup(first.close)
        port = first.listener.getsockname()[1]
        second = Upstream(address=("127.0.0.2", port))
        self.addCleanup(second.close)
        gatehouse = Gatehouse(f"http://moving.example:{port}", 'resolve_interval = "1s"', before=alone)
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            client.ask("/first")
            self.assertEqual([request.path for request in first.requests], ["/first"])
            with open(hosts, "w") as file:
                file.write("127.0.0.2 moving.example\n")
            gatehouse.wait_for_log("has other addresses now")
            client.ask("/second")
            self.assertEqual([request.path for request in second.requests], ["/second"])
            with open(hosts, "w") as file:
                file.write("# nothing\n")
            gatehouse.wait_for_log("cannot look up moving.example again")
            self.assertEqual(client.ask("/third").status, 200)
            self.assertEqual(len(first.requests), 1)


if __name__ == "__main__":
    unittest.main()
