# SPDX-License-Identifier: Apache-2.0
"""What the tests of the ldap plugin share: the real gatehouse, asked about a directory."""
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import slapd

GATEHOUSE = os.environ["GATEHOUSE"]
SANITIZED = bool(os.environ.get("GATEHOUSE_SANITIZED"))
PATIENCE = 60
# Each login asks the directory, however often it was wrong before.
EVERY_TIME = '[cache]\nttl = "0s"\n[throttle]\nfailures = 0\nsource_failures = 0\nsubject_failures = 0\n'


def eventually(condition, within, what):
    end = time.monotonic() + within
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} seconds: {what}")
        time.sleep(0.02)


def toml(value):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return json.dumps(str(value) if isinstance(value, pathlib.Path) else value, ensure_ascii=False)


class Outcome:
    """What `gatehouse login` said."""

    WORDS = {0: "granted", 1: "denied", 2: "error", 3: "unavailable", 4: "throttled", 5: "forbidden", 6: "challenge"}

    def __init__(self, done):
        self.text = done.stdout + done.stderr
        self.decision = self.WORDS.get(done.returncode, f"exit {done.returncode}")
        step = re.search(r"^corp +(\S+) +(\S+) +[0-9.]+ ms(?:  (.*))?$", done.stdout, re.MULTILINE)
        self.verdict, self.reason, self.detail = (step.group(1), step.group(2), step.group(3) or "") if step else ("", "", "")
        self.subject = self.value("subject")
        self.groups = re.findall(r"^group +(.*)$", done.stdout, re.MULTILINE)

    def value(self, label):
        found = re.search(rf"^{label} +(.*)$", self.text, re.MULTILINE)
        return found.group(1) if found else None


class Case(unittest.TestCase):
    """Tests of one slapd; a class says in `directory()` what is in it."""

    server = None

    @classmethod
    def directory(cls):
        return slapd.Slapd()

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-ldap-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = cls.directory()
        cls.addClassCleanup(cls.server.close)
        cls.secret = cls.folder / "secret"
        cls.secret.write_text(slapd.SERVICE_PASSWORD + "\n")
        cls.secret.chmod(0o600)
        cls.service = {"bind_dn": slapd.SERVICE, "bind_password_file": cls.secret}

    def backend(self, name="corp", **options):
        settings = {"plugin": "ldap", "uri": self.server.url, "base": slapd.PEOPLE, **options}
        lines = [f"{key} = {toml(value)}" for key, value in settings.items() if value is not None]
        return f"[backends.{name}]\n" + "\n".join(lines) + "\n"

    def config(self, *, top="", **options):
        text = f'[realms.app]\nchain = ["corp"]\n{self.backend(**options)}{top}'
        handle, path = tempfile.mkstemp(dir=self.folder, suffix=".toml")
        with os.fdopen(handle, "w") as file:
            file.write(text)
        return path

    def login(self, user, password="secret", environment=None, **options):
        command = [GATEHOUSE, "login", "--config", self.config(**options), "-i", "--", user]
        done = subprocess.run(command, input=password + "\n", capture_output=True, text=True, timeout=PATIENCE,
                              start_new_session=True, env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})})
        outcome = Outcome(done)
        if len(password) > 3:
            self.assertNotIn(password, outcome.text)
        self.assertNotIn(slapd.SERVICE_PASSWORD, outcome.text)
        return outcome

    def check(self, **options):
        done = subprocess.run([GATEHOUSE, "check", "--config", self.config(**options)], capture_output=True, text=True,
                              timeout=PATIENCE, start_new_session=True)
        return done.returncode, done.stdout + done.stderr

    def assert_granted(self, outcome, subject=None, groups=None):
        self.assertEqual(outcome.decision, "granted", outcome.text)
        if subject is not None:
            self.assertEqual(outcome.subject, subject, outcome.text)
        if groups is not None:
            self.assertEqual(outcome.groups, groups, outcome.text)

    def assert_decided(self, outcome, decision, reason):
        self.assertEqual((outcome.decision, outcome.reason), (decision, reason), outcome.text)


class Served:
    """A `gatehouse serve` in front of its built-in service."""

    def __init__(self, config):
        self.config = config
        self.process = subprocess.Popen([GATEHOUSE, "serve", "--config", config, "--listen", "127.0.0.1:0", "--upstream",
                                         "whoami:"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, start_new_session=True,
                                        preexec_fn=slapd.end_with_the_test)
        self.lines = []
        self.changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.port = int(self.wait_for(r"listening on http://127\.0\.0\.1:(\d+)").group(1))

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()

    def log(self):
        with self.changed:
            return "\n".join(self.lines)

    def wait_for(self, pattern, after=0):
        found = []
        with self.changed:
            def look():
                found[:] = [m for m in (re.search(pattern, line) for line in self.lines[after:]) if m]
                return found
            if not self.changed.wait_for(look, PATIENCE):
                raise AssertionError(f"no line {pattern!r} in:\n" + "\n".join(self.lines))
        return found[0]

    def ask(self, user, password="secret"):
        """The status, and what the service was told."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            word = base64.b64encode(f"{user}:{password}".encode()).decode()
            connection.request("GET", "/", headers={"Authorization": "Basic " + word})
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def status(self, user, password="secret"):
        return self.ask(user, password)[0]

    def reload(self, text):
        pathlib.Path(self.config).write_text(text)
        with self.changed:
            before = len(self.lines)
        self.process.send_signal(signal.SIGHUP)
        return before

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stderr.close()
