# SPDX-License-Identifier: Apache-2.0
"""The auth socket of `gatehouse serve`: asked as pam_gatehouse.so asks it, and as nobody should."""
import json
import os
import pathlib
import pwd
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

    def serve(self, *more):
        served = Served("--backend", f"htpasswd:{self.users}", "--upstream", "whoami:", "--listen", "127.0.0.1:0",
                        "--auth-socket", self.path, *more)
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
        self.assertEqual(self.ask("alice", "wrong"), (DENIED, 2, ""))
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
        for _ in range(140):
            connection = socket.socket(socket.AF_UNIX)
            crowd.append(connection)
            connection.connect(str(self.path))
        served.wait_for(r"too many questions of user \d+ at once")
        for connection in crowd:
            connection.close()
        eventually(lambda: self.ask(SELF, "right") == (GRANTED, 0, SELF), PATIENCE, "room again")

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
