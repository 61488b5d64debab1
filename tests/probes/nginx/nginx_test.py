#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's own nginx with the probe module: two workers, one master, a port of loopback, a folder of its own."""
import argparse
import base64
import hashlib
import http.client
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 20


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)


def wait_for(what, condition):
    """Looks until it is so. The only kind of waiting here that is not for a descriptor."""
    until = time.monotonic() + DEADLINE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError("in vain: " + what)
        select.select([], [], [], 0.01)


def drain(descriptor):
    while select.select([descriptor], [], [], 0)[0]:
        os.read(descriptor, 1)


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def threads(pid):
    return len(os.listdir("/proc/%d/task" % pid))


class Letters:
    """Reads what probe plugins send, in order."""

    def __init__(self):
        self.reads, self.writes = os.pipe()
        self.seen = []

    def wait(self, letter):
        while True:
            ready, _, _ = select.select([self.reads], [], [], DEADLINE)
            if not ready:
                raise AssertionError("no letter " + letter + ", only " + "".join(self.seen))
            byte = os.read(self.reads, 1).decode()
            self.seen.append(byte)
            if byte == letter:
                return

    def rest(self):
        while select.select([self.reads], [], [], 0)[0]:
            self.seen.append(os.read(self.reads, 1).decode())
        return "".join(self.seen)


class Nginx:
    def __init__(self, arguments):
        self.program = arguments.nginx
        self.folder = tempfile.mkdtemp(prefix="gatehouse-nginx-")
        os.chmod(self.folder, 0o755)  # workers run as somebody else
        self.letters = Letters()
        self.gate_reads, self.gate_writes = os.pipe()
        for name in ("plugins", "logs", "www", "temp"):
            os.mkdir(os.path.join(self.folder, name), 0o755)
        self.write("www/index.html", "through\n")
        self.install(arguments.probe, "probe")
        if arguments.htpasswd:
            self.install(arguments.htpasswd, "htpasswd")
        self.environment = dict(os.environ)
        if arguments.sanitize:
            runtime = subprocess.check_output([arguments.compiler, "-print-file-name=libasan.so"], text=True).strip()
            self.environment["LD_PRELOAD"] = runtime
            # nginx itself keeps its pools to the end.
            self.environment["ASAN_OPTIONS"] = "detect_leaks=0:log_path=" + self.folder + "/logs/asan"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.door = arguments.door
        self.process = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def write(self, name, text):
        with open(self.path(name) + ".new", "w") as file:
            file.write(text)
        os.chmod(self.path(name) + ".new", 0o644)
        os.rename(self.path(name) + ".new", self.path(name))

    def install(self, library, name):
        shutil.copy(library, self.path("plugins/" + name + ".so"))
        os.chmod(self.path("plugins/" + name + ".so"), 0o755)
        self.write("plugins/" + name + ".plugin",
                   'id = "%s"\nlibrary = "%s.so"\nschemes = ["%s"]\nshared_names = true\n' % (name, name, name))

    def probe_uri(self, tag):
        return "probe:%s?gate=%d&events=%d&workers=16&wake=200ms" % (tag, self.gate_reads, self.letters.writes)

    def configure(self, uri, more=""):
        self.write("nginx.conf", """
load_module %s;
worker_processes 2;
daemon off;
pid logs/nginx.pid;
error_log logs/error.log info;
events { worker_connections 512; }
http {
  access_log logs/access.log;
  client_body_temp_path temp/a; proxy_temp_path temp/b; fastcgi_temp_path temp/c; uwsgi_temp_path temp/d;
  scgi_temp_path temp/e;
  server {
    listen 127.0.0.1:%d;
    root www;
    add_header X-Worker $pid always;
    location / { gatehouse_probe "%s"; location /below/ { alias %s/; } }
    location = /open { return 204; }
%s
  }
}
""" % (self.door, self.port, uri, self.path("www"), more))

    def command(self, *words):
        return [self.program, "-p", self.folder + "/", "-c", "nginx.conf", *words]

    def run_test(self):
        return subprocess.run(self.command("-t", "-e", "logs/error-of-t.log"), capture_output=True, text=True,
                              timeout=60, env=self.environment,
                              pass_fds=(self.gate_reads, self.letters.writes))

    def start(self):
        self.process = subprocess.Popen(self.command(), env=self.environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True,
                                        pass_fds=(self.gate_reads, self.letters.writes))
        wait_for("two workers", lambda: len(children(self.process.pid)) == 2)
        wait_for("an answer", self.answers)
        for _ in range(2):
            self.letters.wait("S")

    def answers(self):
        try:
            return self.ask("/open")[0] == 204
        except OSError:
            return False

    def reload(self):
        old = set(children(self.process.pid))
        os.kill(self.process.pid, signal.SIGHUP)
        wait_for("new workers instead of the old",
                 lambda: len(children(self.process.pid)) == 2 and not old & set(children(self.process.pid)))

    def stop(self):
        os.kill(self.process.pid, signal.SIGQUIT)
        return self.process.wait(timeout=DEADLINE)

    def release(self, count=1):
        os.write(self.gate_writes, b"x" * count)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)

    def send(self, user, password="right", path="/"):
        connection = self.connect()
        headers = {"Connection": "close"}
        if user is not None:
            word = base64.b64encode((user + ":" + password).encode()).decode()
            headers["Authorization"] = "Basic " + word
        connection.request("GET", path, headers=headers)
        return connection

    @staticmethod
    def answer(connection):
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, response.headers

    def ask(self, path, user=None, password="right"):
        return self.answer(self.send(user, password, path))

    def status(self, user, password="right", path="/"):
        return self.ask(path, user, password)[0]

    def clean_up(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # a session of its own: master and workers
            self.process.wait()
        shutil.rmtree(self.folder)


def check(found, expected, what):
    if found != expected:
        raise AssertionError("%s: found %r, expected %r" % (what, found, expected))


def test_configuration(nginx):
    """nginx -t checks everything and starts nothing; what is wrong is said where nginx says it."""
    nginx.configure(nginx.probe_uri("t"))
    result = nginx.run_test()
    check(result.returncode, 0, "nginx -t: " + result.stderr)
    letters = nginx.letters.rest()
    check("C" in letters and "S" not in letters and "B" not in letters, True, "created and never started: " + letters)
    nginx.letters.seen.clear()
    for uri, complaint in (("nothing:x", "nothing"), ("probe:t?gaet=1", 'did you mean "gate"?')):
        nginx.configure(uri)
        result = nginx.run_test()
        check(result.returncode, 1, uri)
        check("gatehouse_probe: " in result.stderr and complaint in result.stderr, True, result.stderr)
    nginx.letters.rest()
    nginx.letters.seen.clear()


def test_answers(nginx):
    check(threads(nginx.process.pid), 1, "threads of the master")
    for worker in children(nginx.process.pid):
        check(threads(worker) > 1, True, "a worker has threads")
    for path in ("/", "/below/"):
        check(nginx.status("bob", path=path), 200, "right password")
        check(nginx.status("bob", path=path), 200, "right password again, remembered")
        check(nginx.status("bob", "wrong", path), 401, "wrong password")
        check(nginx.status("unknown", path=path), 401, "unknown user")
        check(nginx.status("down", path=path), 503, "backend down")
        check(nginx.status(None, path=path), 401, "no credential")
    check(nginx.ask("/")[1]["WWW-Authenticate"], 'Basic realm="probe"', "the challenge")
    check(nginx.status("a" * 600), 401, "user too long")
    check(nginx.status("bob", "x\x01y"), 401, "control character")


def test_slow_backend(nginx):
    """Parked requests hold up nobody on their worker; then each gets its own answer."""
    parked = [(user, nginx.send(user)) for user in ("wait-%d" % i for i in range(6))]
    workers = set()
    end = time.monotonic() + 30
    # Which worker takes a connection is the kernel's choice: many at once, until both have had one.
    while len(workers) < 2 and time.monotonic() < end:
        for connection in [nginx.send("fast-%d" % i) for i in range(20)]:
            status, headers = nginx.answer(connection)
            check(status, 200, "beside parked requests")
            workers.add(headers["X-Worker"])
    check(len(workers), 2, "workers that answered beside parked requests")
    nginx.release(len(parked))
    for user, connection in parked:
        check(nginx.answer(connection)[0], 200, user)


def test_client_goes(nginx):
    """A client that goes away while parked: the request ends at once, and the late grant reaches nobody."""
    for path in ("/?gone-at-once", "/?gone-later"):
        nginx.letters.rest()
        connection = nginx.send("wait-gone", path=path)
        if path == "/?gone-later":
            nginx.letters.wait("A")
        connection.close()
        wait_for("the line of a client that closed",
                 lambda: '"GET %s HTTP/1.1" 499 ' % path in nginx.read("logs/access.log"))
        check(nginx.read("logs/access.log").count(path), 1, "lines of the client that went")
    # What was asked for nobody comes back, or never began: both leave workers that answer.
    nginx.release(2)
    for i in range(20):
        check(nginx.status("after-%d" % i), 200, "after a cancelled one")
    drain(nginx.gate_reads)


def test_reload_under_load(nginx):
    """Nothing is dropped: not what is parked in an old worker, not what comes meanwhile."""
    over = threading.Event()
    wrong = []
    asked = [0]

    def hammer(number):
        i = 0
        while not over.is_set():
            i += 1
            right = i % 4 != 0
            try:
                status = nginx.status("load-%d-%d" % (number, i % 9), "right" if right else "wrong")
            except (OSError, http.client.HTTPException) as error:
                wrong.append(repr(error))
                continue
            if status != (200 if right else 401):
                wrong.append(status)
            asked[0] += 1

    drain = threading.Thread(target=lambda: [nginx.letters.rest() for _ in iter(lambda: over.wait(0.005), True)])
    hammers = [threading.Thread(target=hammer, args=(n,)) for n in range(3)]
    for thread in [drain, *hammers]:
        thread.start()
    try:
        for generation in range(4):
            parked = nginx.send("wait-reload-%d" % generation)
            nginx.configure(nginx.probe_uri("g%d" % (generation % 2)))
            old = set(children(nginx.process.pid))
            os.kill(nginx.process.pid, signal.SIGHUP)
            wait_for("new workers", lambda: len(set(children(nginx.process.pid)) - old) == 2)
            nginx.release()
            check(nginx.answer(parked)[0], 200, "parked over a reload")
            wait_for("the old workers' end", lambda: not set(children(nginx.process.pid)) & old)
    finally:
        over.set()
        for thread in [drain, *hammers]:
            thread.join()
    check(wrong, [], "wrong answers under reload")
    check(asked[0] > 20, True, "enough was asked: %d" % asked[0])
    # A broken configuration leaves the old one serving.
    nginx.configure("probe:t?gaet=1")
    os.kill(nginx.process.pid, signal.SIGHUP)
    wait_for("the refusal in the log", lambda: "did you mean" in nginx.read("logs/error.log"))
    check(nginx.status("bob"), 200, "after a refused reload")


def test_htpasswd(nginx):
    def line(user, password):
        return "%s:{SHA}%s\n" % (user, base64.b64encode(hashlib.sha1(password.encode()).digest()).decode())

    nginx.write("users", line("anna", "right"))
    nginx.configure(nginx.probe_uri("h"),
                    '    location /h/ { alias %s/; gatehouse_probe "htpasswd:%s"; }\n' % (nginx.path("www"),
                                                                                         nginx.path("users")))
    nginx.reload()
    check(nginx.status("anna", path="/h/"), 200, "htpasswd, right")
    check(nginx.status("anna", "wrong", "/h/"), 401, "htpasswd, wrong")
    check(nginx.status("otto", path="/h/"), 401, "htpasswd, unknown")
    nginx.write("users", line("otto", "right"))
    wait_for("the new user in the file", lambda: all(nginx.status("otto", path="/h/") == 200 for _ in range(6)))
    wait_for("the old user gone", lambda: all(nginx.status("anna", path="/h/") == 401 for _ in range(6)))
    # The master read the file when anna was in it: its new workers must not let her in, not even at first.
    for _ in range(5):
        old = set(children(nginx.process.pid))
        os.kill(nginx.process.pid, signal.SIGHUP)
        while set(children(nginx.process.pid)) & old or len(children(nginx.process.pid)) != 2:
            check(nginx.status("anna", path="/h/"), 401, "a user who is gone from the file, over a reload")
        for _ in range(20):
            check(nginx.status("anna", path="/h/"), 401, "a user who is gone from the file, after a reload")


def test_end(nginx):
    check(threads(nginx.process.pid), 1, "threads of the master at the end")
    check(nginx.stop(), 0, "nginx's exit code")
    bad = [line for line in nginx.read("logs/error.log").splitlines()
           if any(level in line for level in ("[alert]", "[crit]", "[emerg]"))]
    # The one that was asked for: the refused reload.
    check([line for line in bad if "did you mean" not in line], [], "lines in error.log")
    check([name for name in os.listdir(nginx.path("logs")) if name.startswith("asan")], [], "sanitizer reports")


def main():
    parser = argparse.ArgumentParser()
    for name in ("nginx", "door", "probe", "htpasswd", "sanitize", "compiler"):
        parser.add_argument("--" + name, default="")
    arguments = parser.parse_args()
    if not arguments.door or not os.path.exists(arguments.nginx):
        skip("needs nginx and nginx-dev: apt-get install nginx nginx-dev")
    if arguments.sanitize and ("address" not in arguments.sanitize or "clang" in arguments.compiler):
        skip("the packaged nginx cannot load what this sanitizer built (-fsanitize=%s)" % arguments.sanitize)
    nginx = Nginx(arguments)
    try:
        test_configuration(nginx)
        nginx.configure(nginx.probe_uri("t"))
        nginx.start()
        steps = [test_answers, test_slow_backend, test_client_goes, test_reload_under_load]
        if arguments.htpasswd:
            steps.append(test_htpasswd)
        for step in [*steps, test_end]:
            began = time.monotonic()
            step(nginx)
            print("%s: %.1f s" % (step.__name__, time.monotonic() - began), flush=True)
    except BaseException:
        if os.path.exists(nginx.path("logs/error.log")):
            print("\n".join(nginx.read("logs/error.log").splitlines()[-40:]))
        raise
    finally:
        nginx.clean_up()


if __name__ == "__main__":
    main()
