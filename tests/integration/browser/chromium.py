# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, told what to do through its DevTools pipe. Only Python's standard library."""
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

LIMIT = 60.0  # a loaded machine starts a browser slowly


def pipe():
    """With numbers beside 3 and 4, which the browser's own ends have, and that bash takes in a redirection."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return moved


class Chromium:
    def __init__(self):
        found = shutil.which("chromium")
        assert found, "chromium is not installed: see scripts/packages"
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        its_in, self.to = pipe()
        self.back, its_out = pipe()
        command = [found, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
                   "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
                   "--disable-component-update", "--no-proxy-server", "--window-size=900,600", "--hide-scrollbars",
                   f"--user-data-dir={self.profile.name}", "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{its_in} 4>&{its_out} {its_in}<&- {its_out}>&-', "bash", *command],
            pass_fds=(its_in, its_out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "HOME": self.profile.name})
        os.close(its_in)
        os.close(its_out)
        self.buffer = b""
        self.events = []
        self.last = 0

    def receive(self):
        end = time.monotonic() + LIMIT
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.back], [], [], max(0.0, end - time.monotonic()))
            assert ready, "the browser says nothing"
            piece = os.read(self.back, 1 << 20)
            assert piece, "the browser ended"
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == message["id"]:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def event(self):
        return self.events.pop(0) if self.events else self.receive()

    def close(self):
        os.close(self.to)
        os.close(self.back)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.profile.cleanup()


class Page:
    """One tab with a memory of its own. `logins` are the answers to its login prompts, in turn; then it cancels."""

    def __init__(self, browser):
        self.browser = browser
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.prompts = []
        self.call("Page.enable")
        self.call("Fetch.enable", handleAuthRequests=True)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def send(self, method, **parameters):
        """Without waiting: what it starts may need answers first."""
        self.browser.last += 1
        message = {"id": self.browser.last, "method": method, "params": parameters, "sessionId": self.session}
        os.write(self.browser.to, json.dumps(message).encode() + b"\0")
        return message["id"]

    def run(self, done, logins=()):
        logins = list(logins)
        while True:
            event = self.browser.event()
            if event.get("sessionId") != self.session:
                continue
            parameters = event.get("params", {})
            if event.get("method") == "Fetch.requestPaused":
                self.send("Fetch.continueRequest", requestId=parameters["requestId"])
            elif event.get("method") == "Fetch.authRequired":
                self.prompts.append(parameters["authChallenge"])
                answer = {"response": "CancelAuth"}
                if logins:
                    user, password = logins.pop(0)
                    answer = {"response": "ProvideCredentials", "username": user, "password": password}
                self.send("Fetch.continueWithAuth", requestId=parameters["requestId"], authChallengeResponse=answer)
            if done(event):
                return event

    def open(self, url, logins=()):
        self.send("Page.navigate", url=url)
        self.run(lambda event: event.get("method") == "Page.loadEventFired", logins)

    def evaluate(self, expression, logins=()):
        number = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        answer = self.run(lambda event: event.get("id") == number, logins)
        return answer["result"]["result"].get("value")

    def text(self):
        return self.evaluate("document.body.innerText")

    def screenshot(self):
        number = self.send("Page.captureScreenshot", format="png")
        return self.run(lambda event: event.get("id") == number)["result"]["data"]
