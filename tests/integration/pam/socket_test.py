# SPDX-License-Identifier: Apache-2.0
"""The auth socket of `gatehouse serve`: asked as pam_gatehouse.so asks it, and as nobody should."""
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from support import PATIENCE, SANITIZE, Case, Served, eventually  # noqa: E402

MODULE = os.environ["PAM_MODULE"]
PAMTESTER = os.environ["PAMTESTER"]
WRAPPER = os.environ["PAM_WRAPPER"]
UNAVAILABLE, DENIED, CHALLENGE, MALFORMED, THROTTLED, FORBIDDEN, GRANTED = range(7)
SELF = pwd.getpwuid(os.getuid()).pw_name


# ---- the protocol ----
def text(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def question(user, password, realm="", state="", address="", responses=(), credential=1, version=1):
    body = struct.pack(">BB", version, credential) + text(realm) + text(user) + text(password) + text(state)
    body += text(address) + struct.pack(">B", len(responses)) + b"".join(text(response) for response in responses)
    return struct.pack(">I", len(body)) + body


def ask_raw(path, frame):
    """What comes back: (decision, reason, subject), or None if the connection ended without an answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))  # waits for a place in the queue
        connection.settimeout(PATIENCE)
        try:
            connection.sendall(frame)
        except (BrokenPipeError, ConnectionResetError):
            return None
        return receive(connection)


def receive(connection):
    answer = b""
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                break
            answer += piece
    except ConnectionResetError:
        pass
    if not answer:
        return None
    size, version, code, reason, _wait, _expiry, length = struct.unpack_from(">IBBBIqH", answer)
    assert size == len(answer) - 4 and version == 1, answer
    return code, reason, answer[21:21 + length].decode()


# ---- the protocol ----
class Socket(Case):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o711)
        self.path = self.folder / "auth.sock"
        for user in {"alice", SELF, "nobody"}:
            self.add_user(user, "right")

    def serve(self, *more, **keywords):
        served = Served("--backend", f"htpasswd:{self.users}", "--upstream", "whoami:", "--listen", "127.0.0.1:0",
                        "--auth-socket", self.path, *more, **keywords)
        self.addCleanup(served.end)
        return served

    def ask(self, *arguments, **keywords):
        return ask_raw(self.path, question(*arguments, **keywords))

    def ask_as(self, uid, *arguments):
        """As another user: the kernel tells who connects. The checkout may be closed to that user, so that what he
        runs comes through a pipe."""
        source = pathlib.Path(__file__).read_text().split("# ---- the protocol ----")[1]
        code = "import socket, struct, sys, json; PATIENCE = 60; exec(sys.stdin.read()); "
        code += "print(json.dumps(ask_raw(sys.argv[1], question(*sys.argv[2:]))))"
        done = subprocess.run([sys.executable, "-c", code, str(self.path), *arguments], input=source, text=True,
                              capture_output=True, timeout=PATIENCE, user=uid, group=uid, extra_groups=[], cwd="/")
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def test_who_may_ask_for_whom(self):
        served = self.serve()
        self.assertEqual(self.ask(SELF, "right"), (GRANTED, 0, SELF))
        self.assertEqual(self.ask(SELF, "wrong")[0], DENIED)
        if os.getuid() != 0:
            self.assertEqual(self.ask("alice", "right"), (FORBIDDEN, 0, ""))
            self.skipTest("the rest needs root")
        self.assertEqual(self.ask("alice", "right"), (GRANTED, 0, "alice"))
        self.assertEqual(self.ask("alice", "wrong"), (DENIED, 2, "alice"))
        self.assertEqual(self.ask("whoever", "wrong"), (DENIED, 3, ""))  # a name that may be a password is not told back
        nobody = pwd.getpwnam("nobody").pw_uid
        self.assertEqual(self.ask_as(nobody, "nobody", "right"), [GRANTED, 0, "nobody"])
        # Why stays with root.
        self.assertEqual(self.ask_as(nobody, "nobody", "wrong"), [DENIED, 0, ""])
        for other in ("alice", "root", "", "nobody ", "Nobody"):
            self.assertEqual(self.ask_as(nobody, other, "right"), [FORBIDDEN, 0, ""], other)
        served.wait_for(r"asked about somebody else, and was refused")
        # A user that the system does not know.
        self.assertEqual(self.ask_as(3999999, "3999999", "right"), [FORBIDDEN, 0, ""])

    def test_what_is_no_question(self):
        self.serve()
        whole = question(SELF, "right")
        for frame in (b"\0\0\0\0", b"\xff\xff\xff\xff", struct.pack(">I", 81921), struct.pack(">I", 1) + b"\x01",
                      struct.pack(">I", len(whole) - 3) + whole[4:] + b"x", whole[:3] + bytes([whole[3] - 1]) + whole[4:],
                      question(SELF, "right", version=2), question(SELF, "right", version=0),
                      question(SELF, "right", responses=["x"] * 17)):
            self.assertIsNone(ask_raw(self.path, frame), frame)
        for credential in (0, 2, 3, 255):
            self.assertEqual(self.ask(SELF, "right", credential=credential)[0], MALFORMED)
        self.assertIn(self.ask(SELF, "p" * 5000)[0], (DENIED, MALFORMED))
        self.assertIn(self.ask(SELF, "")[0], (DENIED, MALFORMED))
        self.assertIn(self.ask(SELF, "right\n")[0], (DENIED, MALFORMED))
        self.assertIn(self.ask(SELF, b"right\0")[0], (DENIED, MALFORMED))
        self.assertEqual(self.ask(SELF, "right", realm="none")[0], UNAVAILABLE)
        self.assertEqual(self.ask(SELF, "right", realm="default"), (GRANTED, 0, SELF))
        # In single bytes, and with the writing side closed.
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.path))
            for byte in whole:
                connection.sendall(bytes([byte]))
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(receive(connection), (GRANTED, 0, SELF))

    def test_the_silent_are_let_go_and_hold_nobody_up(self):
        served = self.serve()
        silent = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for connection in silent:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.path))
            connection.sendall(b"\0")
        self.assertEqual(self.ask(SELF, "right"), (GRANTED, 0, SELF))
        for connection in silent:
            self.assertEqual(connection.recv(1), b"")
            connection.close()
        # Too many of one user at once: the rest is turned away, and later there is room again.
        crowd = []
        for _ in range(270):
            connection = socket.socket(socket.AF_UNIX)
            crowd.append(connection)
            connection.connect(str(self.path))
        served.wait_for(r"too many questions of user \d+ at once")
        for connection in crowd:
            connection.close()
        eventually(lambda: self.ask(SELF, "right") == (GRANTED, 0, SELF), PATIENCE, "room again")

    def test_a_directory_of_names_that_hangs(self):
        """Whoever's name is looked up waits for it, and nobody else does."""
        if os.getuid() != 0 or SANITIZE:
            self.skipTest("needs root, and a program that is not a sanitizer's")
        fifo = self.folder / "names"
        os.mkfifo(fifo)
        served = self.serve(variables={"LD_PRELOAD": os.environ["SLOW_NAMES"], "SLOW_NAMES": str(fifo)})
        nobody = pwd.getpwnam("nobody").pw_uid
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(self.ask_as(nobody, "nobody", "right")))
        waiting.start()
        with open(fifo, "w"):  # as soon as it is asked
            pass
        waiting.join()
        self.assertEqual(answers, [[GRANTED, 0, "nobody"]])
        others = [subprocess.Popen([sys.executable, "-c", "import socket, sys; s = socket.socket(socket.AF_UNIX); "
                                    "s.connect(sys.argv[1]); s.sendall(sys.stdin.buffer.read()); print(s.recv(1))",
                                    str(self.path)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, user=uid, group=uid,
                                   extra_groups=[], cwd="/") for uid in range(3999900, 3999910)]
        for other in others:
            self.addCleanup(other.wait, PATIENCE)
            self.addCleanup(other.kill)
            other.stdin.write(question("root", "right"))
            other.stdin.close()
        served.wait_for("names of users take too long to look up")
        for _ in range(20):
            self.assertEqual(self.ask("alice", "right"), (GRANTED, 0, "alice"))
        self.assertEqual(served.end(), 0, "it ends all the same")

    def test_questions_beyond_the_password(self):
        """What a backend wants to know next comes with a state that is given back as it is."""
        if os.getuid() != 0:
            self.skipTest("only root asks for others")
        plugin = self.folder / "questions.so"
        shutil.copy(os.environ["PAM_QUESTIONS"], plugin)
        plugin.chmod(0o755)
        config = self.write("g.toml", f'[realms.q]\nchain = ["q"]\n[backends.q]\nplugin = "{plugin}"\n'
                                      f'[auth_socket]\npath = "{self.path}"\n'
                                      '[proxy]\nlisten = "127.0.0.1:0"\nupstream = "whoami:"\n')
        served = Served("--config", config)
        self.addCleanup(served.end)

        def exchange(frame):
            """(decision, subject, state, [(hidden, prompt)])"""
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE)
                connection.connect(str(self.path))
                connection.sendall(frame)
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            at = 19

            def take():
                nonlocal at
                size, = struct.unpack_from(">H", answer, at)
                at += 2 + size
                return answer[at - size:at]
            subject, state = take().decode(), take()
            count, at = answer[at], at + 1
            prompts = []
            for _ in range(count):
                hidden, at = answer[at] == 1, at + 1
                prompts.append((hidden, take().decode()))
            self.assertEqual(at, len(answer))
            return answer[5], subject, state, prompts
        code, _, state, prompts = exchange(question("otp", "right"))
        self.assertEqual((code, prompts), (CHALLENGE, [(True, "Code: "), (False, "Colour: ")]))
        replies = ("123", "blue")
        self.assertEqual(exchange(question("otp", "", state=state, responses=replies, credential=4))[:2], (GRANTED, "otp"))
        wrong = bytes([state[0] ^ 1]) + state[1:]
        for other in (question("otp", "", state=wrong, responses=replies, credential=4),
                      question("otp", "", state=b"", responses=replies, credential=4),
                      question("otp", "", state=state, responses=("123", "red"), credential=4),
                      question("otp", "", state=state, responses=("123",), credential=4),
                      question("bob", "", state=state, responses=replies, credential=4)):
            self.assertNotIn(exchange(other)[0], (GRANTED, CHALLENGE), other)

    def test_who_cannot_keep_others_out(self):
        """A realm that hangs, an address, and all that comes over the network: each has its places, and no more."""
        if os.getuid() != 0:
            self.skipTest("only root asks for others")
        reads, writes = os.pipe()
        self.addCleanup(os.close, reads)
        self.addCleanup(os.close, writes)
        plugin = self.folder / "questions.so"
        shutil.copy(os.environ["PAM_QUESTIONS"], plugin)
        plugin.chmod(0o755)
        slow = "".join(f'[realms.slow{i}]\nchain = ["slow{i}"]\n[backends.slow{i}]\nplugin = "{plugin}"\ngate = {reads}\n'
                       'workers = 1\nqueue = 1000\ntimeout = "59m"\n' for i in range(2))
        config = self.write("g.toml", f'{slow}[realms.fast]\nchain = ["f"]\n[backends.f]\nplugin = "htpasswd"\n'
                                      f'file = "{self.users}"\n[auth_socket]\npath = "{self.path}"\n'
                                      '[proxy]\nlisten = "127.0.0.1:0"\nupstream = "whoami:"\nrealm = "fast"\n')
        served = Served("--config", config, pass_fds=(reads,))
        self.addCleanup(served.end)
        held = []

        def hold(count, realm, address):
            for i in range(count):
                connection = socket.socket(socket.AF_UNIX)
                held.append(connection)
                connection.connect(str(self.path))
                connection.sendall(question(f"wait-{len(held)}", "right", realm, address=address(i)))

        def fast(address):
            return self.ask("alice", "right", realm="fast", address=address)[0]
        hold(32, "slow0", lambda i: "192.0.2.7")
        eventually(lambda: fast("192.0.2.7") == UNAVAILABLE, PATIENCE, "the end of what one address may have")
        served.wait_for("too many questions from this address at once .*192.0.2.7")
        self.assertEqual(fast("192.0.2.8"), GRANTED)
        hold(32, "slow0", lambda i: f"2001:db8:0:7::{i:x}")
        eventually(lambda: fast("2001:db8:0:7:ffff::") == UNAVAILABLE, PATIENCE, "the end of what one network may have")
        self.assertEqual(fast("2001:db8:0:8::"), GRANTED)
        hold(64, "slow0", lambda i: f"192.0.2.{100 + i}")
        eventually(lambda: self.ask("alice", "right", realm="slow0")[0] == UNAVAILABLE, PATIENCE, "the end of a realm's")
        self.assertEqual(fast("192.0.2.8"), GRANTED)
        hold(64, "slow1", lambda i: f"198.51.100.{i}")
        eventually(lambda: fast("192.0.2.8") == UNAVAILABLE, PATIENCE, "the end of what comes from elsewhere")
        self.assertEqual(fast(""), GRANTED)  # who sits at the machine
        os.write(writes, b"x" * len(held))
        for connection in held:
            connection.settimeout(PATIENCE)
            self.assertEqual(receive(connection)[0], GRANTED)
            connection.close()
        self.assertEqual(fast("192.0.2.7"), GRANTED)

    def test_a_reload_that_a_door_refuses_is_none(self):
        config = self.write("g.toml", f'[realms.a]\nchain = ["f"]\n[backends.f]\nplugin = "htpasswd"\n'
                                      f'file = "{self.users}"\n[auth_socket]\npath = "{self.path}"\n'
                                      '[proxy]\nlisten = "127.0.0.1:0"\nupstream = "whoami:"\n')
        served = Served("--config", config)
        self.addCleanup(served.end)
        good = config.read_text()
        config.write_text(good.replace("realms.a", "realms.b") + 'tls_cert = "/nowhere.crt"\ntls_key = "/nowhere.key"\n')
        lines = served.send(signal.SIGHUP)
        served.wait_for("the old one goes on serving", lines)
        self.assertEqual(self.ask(SELF, "right", realm="a"), (GRANTED, 0, SELF))
        self.assertEqual(self.ask(SELF, "right", realm="b")[0], UNAVAILABLE)

    def test_reload_and_end(self):
        config = self.write("g.toml", f'[realms.a]\nchain = ["f"]\n[backends.f]\nplugin = "htpasswd"\n'
                                      f'file = "{self.users}"\n[auth_socket]\npath = "{self.path}"\n'
                                      '[proxy]\nlisten = "127.0.0.1:0"\nupstream = "whoami:"\n')
        served = Served("--config", config)
        self.addCleanup(served.end)
        self.assertEqual(self.ask(SELF, "right", realm="a"), (GRANTED, 0, SELF))
        config.write_text(config.read_text().replace("realms.a", "realms.b"))
        lines = served.send(signal.SIGHUP)
        served.wait_for("the new configuration serves", lines)
        self.assertEqual(self.ask(SELF, "right", realm="a")[0], UNAVAILABLE)
        self.assertEqual(self.ask(SELF, "right", realm="b"), (GRANTED, 0, SELF))
        config.write_text(config.read_text() + 'realm = "b"\n')
        config.write_text(config.read_text().replace("[auth_socket]\n", '[auth_socket]\nrealm = "gone"\n'))
        lines = served.send(signal.SIGHUP)
        served.wait_for("the old one goes on serving", lines)
        self.assertEqual(self.ask(SELF, "right"), (GRANTED, 0, SELF))
        self.assertEqual(served.end(), 0)
        self.assertFalse(self.path.exists())

    def test_a_socket_that_was_left_over(self):
        served = self.serve()
        served.process.kill()
        served.process.wait(PATIENCE)
        self.assertTrue(self.path.exists())
        self.serve()
        self.assertEqual(self.ask(SELF, "right"), (GRANTED, 0, SELF))

    @unittest.skipIf(SANITIZE, "pamtester cannot load what a sanitizer built")
    def test_pam(self):
        services = self.folder / "services"
        services.mkdir()
        line = f"{MODULE} socket={self.path}"
        (services / "there").write_text(f"auth required {line}\naccount required {line}\n")

        def pam(password, user=SELF):
            done = subprocess.run([PAMTESTER, "-I", "rhost=192.0.2.7", "there", user, "authenticate", "acct_mgmt"],
                                  input=password + "\n", text=True, capture_output=True, timeout=PATIENCE,
                                  env={**os.environ, "PAM_WRAPPER": "1", "PAM_WRAPPER_SERVICE_DIR": str(services),
                                       "LD_PRELOAD": WRAPPER})
            return done.returncode, done.stdout + done.stderr

        refused = pam("right")
        self.assertEqual(refused[0], 1, refused)
        self.assertIn("retrieve authentication info", refused[1])  # PAM_AUTHINFO_UNAVAIL
        served = self.serve()
        self.assertEqual(pam("right")[0], 0)
        refused = pam("wrong-canary")
        self.assertEqual(refused[0], 1)
        self.assertIn("Authentication failure", refused[1])
        # Who else can put a socket there could have the password.
        self.folder.chmod(0o777)
        refused = pam("right")
        self.assertEqual(refused[0], 1)
        self.assertIn("retrieve authentication info", refused[1])
        self.folder.chmod(0o711)
        # And who else can put another folder in the place of one that leads there.
        above = self.folder / "above"
        (above / "below").mkdir(parents=True)
        (self.folder / "link").symlink_to(above / "below")
        self.path = above / "below/auth.sock"
        served = self.serve()
        for path in (self.path, self.folder / "link/auth.sock"):
            line = f"{MODULE} socket={path}"
            (services / "there").write_text(f"auth required {line}\naccount required {line}\n")
            self.assertEqual(pam("right")[0], 0)
            above.chmod(0o777)
            self.assertEqual(pam("right")[0], 1)
            above.chmod(0o1777)  # a sticky folder keeps its entries
            self.assertEqual(pam("right")[0], 0)
            above.chmod(0o755)
        if os.getuid() == 0:
            for foreign in (above, above / "below"):
                os.chown(foreign, 12345, 0)
                self.assertEqual(pam("right")[0], 1, foreign)
                os.chown(foreign, 0, 0)
            self.assertEqual(pam("right")[0], 0)
        # A server that never answers ends, and with it the wait.
        served.send(signal.SIGSTOP)
        waiting = threading.Timer(0.3, served.process.kill)
        waiting.start()
        refused = pam("right")
        waiting.join()
        self.assertEqual(refused[0], 1)
        self.assertNotIn("canary", served.log())


if __name__ == "__main__":
    unittest.main()
