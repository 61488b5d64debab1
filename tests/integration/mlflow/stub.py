# SPDX-License-Identifier: Apache-2.0
"""Answers like an MLflow 3.6 server as far as recorded.tsv goes: status, type, size and framing of each response, and its
checks of Host and Origin. Only Python's standard library."""
import http.server
import threading
import urllib.parse

MANY = 65536


class Stub:
    """`answers[(method, path)]` = (status, type, size, chunked); all else is 404. `seen` holds (method, target, fields)."""

    def __init__(self, answers, origin):
        self.answers = answers
        self.seen = []
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = MANY

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                stub.seen.append((self.command, self.path, self.headers.items(), len(body)))
                path = urllib.parse.urlsplit(self.path).path
                host = urllib.parse.urlsplit("//" + self.headers.get("Host", "")).hostname
                if host not in ("localhost", "127.0.0.1") and path not in ("/health", "/version"):
                    return self.answer(403, "text/plain", b"Invalid Host header - possible DNS rebinding attack detected")
                if self.command != "GET" and self.headers.get("Origin", origin) != origin:
                    return self.answer(403, "text/plain", b"Cross-origin request blocked")
                status, kind, size, chunked = stub.answers.get((self.command, path), (404, "application/json", 2, False))
                self.answer(status, kind, b"x" * size, chunked)

            def answer(self, status, kind, body, chunked=False):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if not chunked:
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    return
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for start in range(0, len(body), MANY):
                    piece = body[start:start + MANY]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
