# SPDX-License-Identifier: Apache-2.0
"""docs/examples/mlflow in front of a server that answers like MLflow: every route and every recorded request, as a
stranger, a reader, a writer and an admin. Only Python's standard library."""
import base64
import hashlib
import http.client
import itertools
import os
import re
import select
import subprocess
import tempfile
import time
import unittest

from stub import Stub

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(HERE, "../../../docs/examples/mlflow/gatehouse.toml")
LIMIT = 20.0
GROUPS = {"rita": "readers", "will": "writers", "ada": "admins", "eve": None}
CALLERS = {"stranger": None, "reader": "rita", "writer": "will", "admin": "ada", "outsider": "eve"}
MAY = {"anyone": set(CALLERS), "login": set(CALLERS) - {"stranger"}, "read": {"reader", "writer", "admin"},
       "write": {"writer", "admin"}, "admin": {"admin"}}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
API = ("application/json", "*/*")


def table(name):
    with open(os.path.join(HERE, name)) as file:
        return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


class Route:
    def __init__(self, method, path, who):
        self.method, self.who = method, who
        path = re.sub(r"<path(:[^>]*)?>$", "<*>", path)
        self.sample = re.sub(r"<[^>]*>", "some-id_1", path.replace("<*>", "1/0a/artifacts/sub/model.pkl"))
        words = [re.escape(word) for word in re.split(r"<[^>]*>", path)]
        self.pattern = re.compile((".+" if path.endswith("<*>") else "[^/]+").join(words) if len(words) == 2
                                  else "[^/]+".join(words))


def routes():
    """`{a|b}` and ANY written out."""
    for method, path, who in table("routes.tsv"):
        parts = re.split(r"(\{[^}]*\})", path)
        for choice in itertools.product(*[part[1:-1].split("|") if part.startswith("{") else [part] for part in parts]):
            for one in METHODS if method == "ANY" else (method,):
                yield Route(one, "".join(choice), who)


class Door:
    """The example as it stands in docs/, but for its addresses."""

    def __init__(self, upstream):
        self.folder = tempfile.TemporaryDirectory()
        with open(EXAMPLE) as file:
            text = file.read()
        for was, now in (('listen = "127.0.0.1:8080"', 'listen = "127.0.0.1:0"'),
                         ('upstream = "http://127.0.0.1:5000"', f'upstream = "{upstream}"')):
            assert text.count(was) == 1, was
            text = text.replace(was, now)
        self.config = self.write("gatehouse.toml", text)
        self.write("users", "".join(
            f"{user}:{{SHA}}{base64.b64encode(hashlib.sha1(user.encode()).digest()).decode()}\n" for user in GROUPS))
        self.write("groups", "".join(f"{group}: {user}\n" for user, group in GROUPS.items() if group))
        self.log = os.path.join(self.folder.name, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([os.environ["GATEHOUSE"], "serve", "--config", self.config], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + LIMIT
        while not (found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.log_text())):
            assert self.process.poll() is None and time.monotonic() < end, self.log_text()
            select.select([], [], [], 0.02)
        self.port = int(found.group(1))

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(LIMIT)
        text = self.log_text()
        self.folder.cleanup()
        assert code == 0, text


class Caller:
    """One kept connection, as a client of MLflow has it."""

    def __init__(self, door, user):
        self.http = http.client.HTTPConnection("127.0.0.1", door.port, timeout=LIMIT)
        self.fields = {"Host": "mlflow.example", "User-Agent": "test", "X-MLflow-Client-Version": "3.6.0"}
        if user:
            self.fields["Authorization"] = "Basic " + base64.b64encode(f"{user}:{user}".encode()).decode()

    def ask(self, method, target, fields=(), body=None):
        self.http.request(method, target, body=body, headers={**self.fields, **dict(fields)})
        response = self.http.getresponse()
        return response, response.read()

    def close(self):
        self.http.close()


class Mlflow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recorded = table("recorded.tsv")
        cls.routes = list(routes())
        answers = {(route.method, route.sample): (200, "application/json", 2, False) for route in cls.routes}
        for _, method, target, _, _, status, kind, size, chunked in cls.recorded:
            answers[method, target.split("?")[0]] = (int(status), kind, int(size), chunked == "chunked")
        cls.stub = Stub(answers, "http://mlflow.example")
        cls.door = Door(cls.stub.url)

    @classmethod
    def tearDownClass(cls):
        cls.door.stop()
        cls.stub.close()

    def callers(self):
        for name, user in CALLERS.items():
            caller = Caller(self.door, user)
            self.addCleanup(caller.close)
            yield name, caller

    def expected(self, name, who):
        if name in MAY[who]:
            return "in"
        return 401 if name == "stranger" else 403

    def check(self, name, who, method, target, response, body):
        expected = self.expected(name, who)
        if expected == "in":
            self.assertNotIn(response.status, (400, 401, 403), f"{name} {method} {target}: {body[:200]}")
        else:
            self.assertEqual(response.status, expected, f"{name} {method} {target}")

    def test_every_route(self):
        self.assertGreater(len(self.routes), 900)
        for name, caller in self.callers():
            for route in self.routes:
                self.check(name, route.who, route.method, route.sample, *caller.ask(route.method, route.sample))

    def test_what_is_not_known_is_closed_to_readers(self):
        for name, caller in self.callers():
            for method, path in itertools.product(METHODS, (
                    "/unknown", "/api/2.0/mlflow/experiments/explode", "/api/4.0/mlflow/runs/get", "/xapi/2.0/mlflow/runs/get",
                    "/api/2.0/mlflow/runs/getx", "/api/2.0/preview/mlflow/runs/get", "/mcp", "/v1/traces",
                    "/api/2.0/mlflow/runs/get/more", "/healthz", "/health/more", "/API/2.0/mlflow/runs/get")):
                self.check(name, "write", method, path, *caller.ask(method, path))

    def test_a_read_is_not_a_write_by_another_method(self):
        for name, caller in self.callers():
            for method, path in (("DELETE", "/api/2.0/mlflow-artifacts/artifacts/1/a"), ("PUT", "/api/2.0/mlflow/runs/search"),
                                 ("DELETE", "/graphql"), ("POST", "/api/2.0/mlflow/experiments/get"), ("POST", "/"),
                                 ("PATCH", "/api/3.0/mlflow/traces/search"), ("PROPFIND", "/get-artifact")):
                self.check(name, "write", method, path, *caller.ask(method, path))

    def test_other_spellings_reach_nothing(self):
        self.stub.seen.clear()
        for name, caller in self.callers():
            for path in ("//api/2.0/mlflow/runs/search", "/api/2.0/mlflow/runs/./search", "/health/../api/2.0/mlflow/runs/get",
                         "/api/2.0/mlflow/runs%2fsearch", "/api/2.0/mlflow/runs;x/get", "/%61pi/2.0/mlflow/runs/get",
                         "/static-files/..%2fapi", "/static-files/%2e%2e/get-artifact"):
                self.assertEqual(caller.ask("GET", path)[0].status, 400, f"{name} {path}")
        self.assertEqual(self.stub.seen, [])

    def class_of(self, method, path):
        exact = {route.who for route in self.routes if (route.method, route.sample) == (method, path)}
        found = exact or {route.who for route in self.routes if route.method == method and route.pattern.fullmatch(path)}
        self.assertEqual(len(found), 1, f"{method} {path}: {found}")
        return found.pop()

    def test_recorded_requests(self):
        for name, caller in self.callers():
            for client, method, target, kind, size, status, answer_kind, answer_size, chunked in self.recorded:
                fields = {"Accept": "*/*"} if client != "node" else {"Accept": "application/json"}
                if kind != "-":
                    fields["Content-Type"] = kind
                if client == "page":
                    fields.update({"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Referer": "http://mlflow.example/"})
                    if method == "POST":
                        fields["Origin"] = "http://mlflow.example"
                body = b"x" * int(size) if int(size) else None
                response, got = caller.ask(method, target, fields, body)
                one = self.class_of(method, target.split("?")[0])
                self.check(name, one, method, target, response, got)
                if self.expected(name, one) == "in":
                    told = self.stub.answers[method, target.split("?")[0]]
                    self.assertEqual((response.status, response.getheader("Content-Type"), len(got)), told[:3], target)
                    seen_method, seen_target, seen_fields, seen_size = self.stub.seen[-1]
                    self.assertEqual((seen_method, seen_target, seen_size), (method, target, int(size)))
                    seen = {key.lower(): value for key, value in seen_fields}
                    self.assertEqual(seen.get("remote-user"), CALLERS[name])
                    self.assertEqual(seen.get("remote-groups"), GROUPS.get(CALLERS[name]))
                    self.assertNotIn("authorization", seen)
                else:
                    self.assertIn("error_code", got.decode())

    def test_a_person_gets_a_page_and_a_prompt(self):
        for name, caller in self.callers():
            response, body = caller.ask("GET", "/", {"Accept": "text/html", "Sec-Fetch-Mode": "navigate",
                                                     "Sec-Fetch-Dest": "document"})
            self.check(name, "read", "GET", "/", response, body)
            if name == "stranger":
                self.assertEqual(response.getheader("WWW-Authenticate"), 'Basic realm="MLflow", charset="UTF-8"')
            if self.expected(name, "read") != "in":
                self.assertTrue(response.getheader("Content-Type").startswith("text/html"))

    def test_no_rule_of_the_example_is_in_vain(self):
        done = subprocess.run([os.environ["GATEHOUSE"], "check", "--config", self.door.config], capture_output=True,
                              text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_explain_says_what_the_door_does(self):
        for target, user, group, code in (("/api/2.0/mlflow/runs/create", "rita", "readers", 5),
                                          ("/api/2.0/mlflow/runs/create", "will", "writers", 0),
                                          ("/api/2.0/mlflow/runs/search", "rita", "readers", 0),
                                          ("/api/2.0/mlflow//runs/search", "rita", "readers", 2),
                                          ("/api/2.0/mlflow/runs/search", None, None, 1)):
            command = [os.environ["GATEHOUSE"], "rules", "explain", "POST", target, "--config", self.door.config]
            if user:
                command += ["--user", user, "--group", group]
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
