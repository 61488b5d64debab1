# SPDX-License-Identifier: Apache-2.0
"""The packaged nginx with the module: a folder and ports of its own, an upstream that echoes, an eye on error.log."""
import base64
import contextlib
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "proxy"))
from support import LIMIT, Client, Reader, Upstream, basic, sha_line  # noqa: E402,F401

MODULE = os.environ["NGINX_MODULE"]
ACTOR = os.environ["NGINX_ACTOR"]
PROGRAM = os.environ["NGINX_PROGRAM"]
SANITIZED = bool(os.environ.get("GATEHOUSE_SANITIZE"))


def wait_for(what, condition, limit=LIMIT):
    """Looks until it is so, and gives what it found."""
    until = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < until, "in vain: " + what
        select.select([], [], [], 0.01)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def children(pid):
    """Workers and helpers; none once it has ended."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def login(user, password="right"):
    return basic(user, password)


def sanitized_environment(folder):
    """For a program that is not built with sanitizers and loads what is."""
    environment = dict(os.environ)
    if SANITIZED:
        # The C++ library too: it comes with a plugin otherwise, and what is thrown is not known to the sanitizer then.
        environment["LD_PRELOAD"] = " ".join(
            subprocess.check_output([os.environ["CC"], f"-print-file-name={name}"], text=True).strip()
            for name in ("libasan.so", "libstdc++.so"))
        # nginx itself keeps its pools to the end.
        environment["ASAN_OPTIONS"] = f"detect_leaks=0:log_path={folder}/logs/asan"
        environment["UBSAN_OPTIONS"] = f"print_stacktrace=1:log_path={folder}/logs/ubsan"
    return environment


class Nginx:
    """One nginx. `self.server` is written between the braces of its only server {}."""

    def __init__(self, server="", http="", workers=1, main=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-nginx-"))
        os.chmod(self.folder, 0o755)  # workers run as somebody else
        for name in ("logs", "www", "temp"):
            (self.folder / name).mkdir(mode=0o755)
        self.gate_reads, self.gate_writes = os.pipe()
        shutil.copy(ACTOR, self.path("actor.so"))
        os.chmod(self.path("actor.so"), 0o755)
        self.write("calls", "")
        os.chmod(self.path("calls"), 0o666)
        self.write("www/index.html", "through\n")
        self.write("users", sha_line("alice", "secret") + sha_line("bob", "hidden"))
        self.write("guests", sha_line("carol", "guest") + sha_line("alice", "other"))
        self.actors = {}
        self.write_actors()
        self.port = free_port()
        self.address = ("127.0.0.1", self.port)
        self.http = http
        self.server = server
        self.workers = workers
        self.main = main
        self.process = None
        self.expected = []  # what error.log may hold at alert level
        self.environment = sanitized_environment(self.folder)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            print("\n".join(self.read("logs/error.log").splitlines()[-30:]), file=sys.stderr)
            self.kill()
        self.clean_up()

    def path(self, name):
        return str(self.folder / name)

    def read(self, name):
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / name).read_text(errors="replace")
        return ""

    def write(self, name, text):
        with open(self.path(name) + ".new", "w") as file:
            file.write(text)
        os.chmod(self.path(name) + ".new", 0o644)
        os.rename(self.path(name) + ".new", self.path(name))

    def write_actors(self, more=""):
        backend = f'plugin = "{self.path("actor.so")}"\ngate = {self.gate_reads}\ncalls = "{self.path("calls")}"\n'
        self.write("actors.toml",
                   '[realms.staff]\ndisplay_name = "The staff"\nchain = ["first"]\n'
                   '[realms.guests]\nchain = ["second"]\n'
                   f"[backends.first]\n{backend}workers = 16\n[backends.second]\n{backend}timeout = \"59m\"\n{more}")

    def write_conf(self):
        self.write("nginx.conf", f"""load_module {MODULE};
worker_processes {self.workers};
daemon off;
pid logs/nginx.pid;
error_log logs/error.log info;
{self.main}
events {{ worker_connections 512; }}
http {{
  log_format plain '$request|$status|$remote_user|$gatehouse_subject|$gatehouse_groups|$gatehouse_backend|$gatehouse_reason';
  access_log logs/access.log plain;
  client_body_temp_path temp/a; proxy_temp_path temp/b; fastcgi_temp_path temp/c; uwsgi_temp_path temp/d;
  scgi_temp_path temp/e;
  proxy_http_version 1.1;
  keepalive_requests 100000;
{self.http}
  server {{
    listen 127.0.0.1:{self.port};
    root www;
{self.server}
  }}
}}
""")

    def command(self, *words):
        return [PROGRAM, "-p", str(self.folder) + "/", "-c", "nginx.conf", *words]

    def check_conf(self):
        """nginx -t: its exit code and what it says."""
        self.write_conf()
        result = subprocess.run(self.command("-t", "-e", "logs/error-of-t.log"), capture_output=True, text=True,
                                timeout=60, env=self.environment, pass_fds=(self.gate_reads,))
        return result.returncode, result.stderr

    def start(self):
        self.write_conf()
        with open(self.path("logs/stderr"), "w") as said:
            self.process = subprocess.Popen(self.command(), env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
                                            pass_fds=(self.gate_reads,))
        wait_for("an open port", self.is_open)

    def is_open(self):
        assert self.process.poll() is None, "nginx ended:\n" + self.read("logs/stderr") + self.read("logs/error.log")
        with contextlib.suppress(OSError), socket.create_connection(self.address, 1):
            return len(children(self.process.pid)) >= self.workers
        return False

    def signal(self, number):
        os.kill(self.process.pid, number)

    def reload(self):
        """Until the old workers are gone."""
        self.write_conf()
        old = set(children(self.process.pid))
        self.signal(signal.SIGHUP)
        wait_for("new workers instead of the old", lambda: len(children(self.process.pid)) == self.workers
                 and not old & set(children(self.process.pid)))

    def stop(self):
        """Gracefully; then nothing bad may have been written."""
        self.signal(signal.SIGQUIT)
        assert self.process.wait(LIMIT) == 0
        text = self.read("logs/error.log")
        bad = [line for line in text.splitlines()
               if any(level in line for level in ("[alert]", "[crit]", "[emerg]")) and
               not any(known in line for known in self.expected)]
        assert not bad, bad
        reports = [name for name in os.listdir(self.path("logs")) if name.startswith(("asan", "ubsan"))]
        assert not reports, self.read("logs/" + reports[0])[:4000]
        for secret in ("secret", "hidden", login("alice", "secret").split()[2]):
            assert secret not in text, "a password is in error.log"

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # a session of its own: master and workers
        self.process.wait()

    def clean_up(self):
        shutil.rmtree(self.folder)
        os.close(self.gate_reads)
        os.close(self.gate_writes)

    def release(self, count=1):
        os.write(self.gate_writes, b"x" * count)

    def calls(self):
        return self.read("calls").splitlines()

    def client(self):
        return Client(self.address)

    def ask(self, path="/", lines="", method="GET", body=b""):
        with self.client() as client:
            return client.ask(path, method, lines, body)

    def status(self, path="/", lines="", method="GET"):
        return self.ask(path, lines, method).status

    def log_line(self, path):
        """The access line of a request; it is written a moment after the answer."""
        return wait_for("an access line of " + path, lambda: next(
            (line for line in reversed(self.read("logs/access.log").splitlines()) if f" {path} " in line), None))
