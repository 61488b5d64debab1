# SPDX-License-Identifier: Apache-2.0
"""The example of the docs as it stands, but for its two addresses, in front of a service that shows what it gets."""
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

from nginx_support import LIMIT, MODULE, Client, Reader, Upstream, basic, children, free_port, sanitized_environment, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "browser"))
from chromium import Chromium, Page  # noqa: E402

EXAMPLE = pathlib.Path(__file__).parents[3] / "docs/examples/mlflow-nginx"


class TlsClient(Client):
    def __init__(self, address, certificate):
        super().__init__(address)
        context = ssl.create_default_context(cafile=certificate)
        self.sock = context.wrap_socket(self.sock, server_hostname="localhost")
        self.reader = Reader(self.sock)


class Example(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-mlflow-"))
        os.chmod(cls.folder, 0o755)
        cls.upstream = Upstream()
        cls.begun = threading.Event()
        cls.upstream.answers["/ws"] = cls.speak
        cls.upstream.answers["/upload"] = cls.take
        cls.address = ("127.0.0.1", free_port())
        with open(cls.folder / "said", "w") as said:
            cls.process = subprocess.Popen(
                [EXAMPLE / "run", "--listen", "%s:%d" % cls.address, "--mlflow", cls.upstream.url[len("http://"):],
                 "--folder", str(cls.folder), "--module", MODULE],
                env=sanitized_environment(cls.folder), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
        wait_for("nginx", cls.is_open)
        words = (cls.folder / "said").read_text()
        cls.login = basic("admin", words.split("password: ")[1].split("\n")[0])

    @classmethod
    def tearDownClass(cls):
        os.kill(cls.process.pid, signal.SIGQUIT)
        try:
            assert cls.process.wait(LIMIT) == 0
            log = (cls.folder / "logs/error.log").read_text()
            assert not list((cls.folder / "logs").glob("*san.*"))
            assert not any(level in log for level in ("[alert]", "[crit]", "[emerg]")), log
        finally:
            if cls.process.poll() is None:
                os.killpg(cls.process.pid, signal.SIGKILL)
                cls.process.wait()
            shutil.rmtree(cls.folder)
            cls.upstream.close()

    @classmethod
    def is_open(cls):
        assert cls.process.poll() is None, (cls.folder / "said").read_text()
        try:
            socket.create_connection(cls.address, 1).close()
        except OSError:
            return False
        return bool(children(cls.process.pid))

    @staticmethod
    def speak(exchange):
        exchange.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        exchange.send(exchange.reader.take(5).upper())
        exchange.close()

    @classmethod
    def take(cls, exchange):
        """Says at once that the first piece came, and at the end how much it was."""
        total = 0
        while size := int(exchange.reader.line(), 16):
            exchange.reader.take(size + 2)
            total += size
            cls.begun.set()
        exchange.reader.line()
        exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(str(total))}\r\n\r\n{total}")

    def client(self):
        return TlsClient(self.address, self.folder / "tls/mlflow.crt")

    def ask(self, path, lines="", method="GET", body=b""):
        with self.client() as client:
            client.send(f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.address[1]}\r\n{lines}\r\n".encode() + body)
            return client.response(method)

    def test_login(self):
        answer = self.ask("/api/2.0/mlflow/experiments/search")
        self.assertEqual(answer.status, 401)
        self.assertEqual(json.loads(answer.body)["error_code"], "UNAUTHENTICATED")
        self.assertEqual(answer.value("WWW-Authenticate"), 'Basic realm="MLflow Login", charset="UTF-8"')
        self.assertEqual(self.ask("/a", basic("admin", "wrong")).status, 401)
        answer = self.ask("/version", self.login + "Remote-User: root\r\nX-Forwarded-For: 1.2.3.4\r\n")
        self.assertEqual(answer.status, 200)
        text = answer.body.decode()
        for line in ("Remote-User: admin", "Host: localhost", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https"):
            self.assertIn(line + "\n", text)
        for word in ("root", "1.2.3.4", "Authorization", "Origin"):
            self.assertNotIn(word, text)

    def test_page(self):
        answer = self.ask("/", "Accept: text/html\r\n")
        self.assertEqual((answer.status, answer.value("Content-Type")), (401, "text/html; charset=utf-8"))

    def test_http2(self):
        out = subprocess.run(["curl", "-sS", "--http2", "-m", str(LIMIT), "--cacert", self.folder / "tls/mlflow.crt", "-H",
                              self.login.strip(), "-w", "\n%{http_version} %{http_code}",
                              f"https://localhost:{self.address[1]}/h"], capture_output=True, text=True, timeout=60)
        self.assertIn("Remote-User: admin", out.stdout)
        self.assertTrue(out.stdout.endswith("\n2 200"), out)

    def test_origin(self):
        own = f"Origin: https://localhost:{self.address[1]}\r\n"
        self.assertEqual(self.ask("/o", self.login + own, "POST").status, 200)
        for foreign in ("https://evil.example", "null", f"http://localhost:{self.address[1]}", "https://localhost"):
            self.assertEqual(self.ask("/o", self.login + f"Origin: {foreign}\r\n", "POST").status, 403, foreign)

    def test_health(self):
        answer = self.ask("/health", "Remote-User: root\r\n")
        self.assertEqual(answer.status, 200)
        self.assertNotIn(b"root", answer.body)

    def test_websocket(self):
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        self.assertEqual(self.ask("/ws", upgrade).status, 401)
        with self.client() as client:
            client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\n" + upgrade + self.login + "\r\n")
            self.assertEqual(client.response(informational=True).status, 101)
            client.send("hello")
            self.assertEqual(client.reader.take(5), b"HELLO")

    def test_upload(self):
        """In pieces, without a length; the first reaches the service while the last has not been sent."""
        piece = os.urandom(1 << 20)
        chunk = b"%x\r\n" % len(piece) + piece + b"\r\n"
        with self.client() as client:
            client.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + self.login + "\r\n")
            client.send(chunk)
            self.assertTrue(self.begun.wait(LIMIT), "it waits for the end")
            for _ in range(31):
                client.send(chunk)
            client.send("0\r\n\r\n")
            self.assertEqual(client.response().body, b"%d" % (32 << 20))
        with self.client() as client:  # refused before the body
            client.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n"
                        "Expect: 100-continue\r\n\r\n")
            self.assertEqual(client.response().status, 401)

    def test_a_person_with_a_browser(self):
        def page(exchange):
            exchange.body()
            text = f"<!doctype html><h1>Hello {exchange.request.value('Remote-User')}</h1>".encode()
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
        self.upstream.answers.update({"/ui": page, "/own": page, "/foreign": page})
        own, other = (f"https://{name}:{self.address[1]}" for name in ("localhost", "127.0.0.1"))
        login = tuple(base64.b64decode(self.login.split()[2]).decode().split(":", 1))
        browser = Chromium()
        self.addCleanup(browser.close)
        tab = Page(browser)
        tab.call("Security.setIgnoreCertificateErrors", ignore=True)
        tab.open(own + "/ui")
        self.assertEqual([(prompt["scheme"], prompt["realm"]) for prompt in tab.prompts], [("basic", "MLflow Login")])
        self.assertIn("Sign in", tab.text())
        tab.open(own + "/ui", [(login[0], "wrong"), login])
        self.assertIn("Hello admin", tab.text())
        self.assertEqual(len(tab.prompts), 3)
        # The browser sends the login again by itself: to pages of its own, and not for those of another site.
        send = "fetch('%s', {method: 'POST', mode: 'no-cors', credentials: 'include'}).then(a => a.status)"
        self.assertEqual(tab.evaluate(send % (own + "/own")), 200)
        tab.open(other + "/ui", [login])
        self.assertIn("Hello admin", tab.text())
        tab.evaluate(send % (own + "/foreign"))
        paths = [(request.method, request.path) for request in self.upstream.requests]
        self.assertIn(("POST", "/own"), paths)
        self.assertNotIn("/foreign", [path for _, path in paths])
        log = self.folder / "logs/access.log"
        refused = wait_for("its line in the log", lambda: [line for line in log.read_text().splitlines()
                                                           if "POST /foreign " in line])
        self.assertIn('HTTP/2.0" 403 ', refused[0])  # with the login, and all the same

    def test_plain_http_is_led_to_tls(self):
        with Client(self.address) as client:
            answer = client.ask("/x", lines="")
            self.assertEqual(answer.status, 302)
            self.assertEqual(answer.value("Location"), "https://public.example/x")


if __name__ == "__main__":
    unittest.main()
