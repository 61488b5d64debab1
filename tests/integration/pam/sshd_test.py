# SPDX-License-Identifier: Apache-2.0
"""Debian's sshd with UsePAM, and its own client: users of a file that Apache's htpasswd made, and of a directory.

Nothing of the machine is changed. sshd runs without privileges, on loopback, with a configuration and host keys of its
own. Its service file comes from a private folder (libpam-wrapper), its one account from a private passwd
(libnss-wrapper)."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

MODULE = pathlib.Path(os.environ["PAM_MODULE"])
QUESTIONS = pathlib.Path(os.environ["PAM_QUESTIONS"])
HTPASSWD_PLUGIN = pathlib.Path(os.environ["HTPASSWD_PLUGIN"])
LDAP_PLUGIN = os.environ.get("LDAP_PLUGIN")  # not everybody builds it
HTPASSWD = os.environ["APACHE_HTPASSWD"]
WRAPPERS = os.environ["WRAPPERS"].split(":")
PATIENCE = 60

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "ldap"))
import slapd  # noqa: E402


def account():
    """Who sshd runs as, and who alone can log in there."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-sshd-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.remove_wrapper_folders)
        self.uid, self.gid = account()
        (self.folder / "services").mkdir()
        for source in (MODULE, QUESTIONS, HTPASSWD_PLUGIN, *map(pathlib.Path, filter(None, [LDAP_PLUGIN]))):
            shutil.copy(source, self.folder / source.name)
            (self.folder / source.name).chmod(0o755)
        self.write("passwd", f"alice:x:{self.uid}:{self.gid}::{self.folder}:/bin/sh\n"
                             f"otp:x:{self.uid}:{self.gid}::{self.folder}:/bin/sh\n"
                             f"lisa:x:{self.uid}:{self.gid}::{self.folder}:/bin/sh\n"
                             f"sshd:x:64999:{self.gid}::/run/sshd:/usr/sbin/nologin\n", 0o644)
        self.write("group", f"people:x:{self.gid}:\n", 0o644)
        subprocess.run([HTPASSWD, "-cbB", "-C", "4", self.folder / "users", "alice", "of the file"], check=True,
                       capture_output=True, timeout=PATIENCE)
        self.write("gatehouse.toml", f"""
[realms.files]
chain = ["staff"]
[realms.questions]
chain = ["asks"]
[backends.staff]
plugin = "{self.folder / HTPASSWD_PLUGIN.name}"
file = "{self.folder / 'users'}"
[backends.asks]
plugin = "{self.folder / QUESTIONS.name}"
""")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "host_key"], check=True,
                       timeout=PATIENCE)
        # Each call prints the next line of a file.
        self.write("askpass", f"#!/bin/sh\nhead -n 1 {self.folder}/replies\nsed -i 1d {self.folder}/replies\n", 0o700)
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, self.uid, self.gid)

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def serve(self, realm, methods):
        """A service "sshd" for that realm, and an sshd that listens."""
        words = f"{self.folder / MODULE.name} config={self.folder}/gatehouse.toml realm={realm}"
        self.write("services/sshd", f"auth required {words}\naccount required {words}\nsession required pam_permit.so\n",
                   0o644)
        self.write("sshd_config", f"""
HostKey {self.folder}/host_key
PidFile none
UsePAM yes
AuthenticationMethods {methods}
KbdInteractiveAuthentication yes
PasswordAuthentication yes
PubkeyAuthentication no
StrictModes no
UseDNS no
LogLevel VERBOSE
""", 0o644)
        for _ in range(5):  # somebody else may take the port first
            port = free_port()
            log = open(self.folder / "log", "wb")
            environment = {"PATH": os.environ["PATH"], "PAM_WRAPPER": "1", "LD_PRELOAD": ":".join(WRAPPERS),
                           "PAM_WRAPPER_SERVICE_DIR": str(self.folder / "services"), "TMPDIR": str(self.folder),
                           "PAM_WRAPPER_DEBUGLEVEL": "2",
                           "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
                           "NSS_WRAPPER_GROUP": str(self.folder / "group")}
            as_user = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.getuid() == 0 else {}
            process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd_config", "-o",
                                        f"ListenAddress=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, env=environment, cwd="/", start_new_session=True, **as_user)
            log.close()
            self.addCleanup(self.end, process)
            if self.listening(process):
                return port
        raise AssertionError("no sshd:\n" + self.log())

    def listening(self, process):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if "Server listening on" in self.log():
                return True
            if process.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    @staticmethod
    def end(process):
        """sshd and what it forked for connections."""
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        process.wait(PATIENCE)

    def remove_wrapper_folders(self):
        """libpam-wrapper copies the services, and does not clean up in a process that is killed."""
        for path in set(re.findall(r"Copy config files from \S+ to (/tmp/pam\.\w)\b", self.log())):
            try:
                if str(self.folder) in (pathlib.Path(path) / "sshd").read_text():
                    shutil.rmtree(path)
            except FileNotFoundError:
                pass

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def ssh(self, port, user, *replies, method="keyboard-interactive"):
        """What `ssh` does with these replies: its exit status, and what the command on the other side said."""
        (self.folder / "replies").write_text("".join(reply + "\n" for reply in replies))
        ended = subprocess.run(
            ["ssh", "-F", "none", "-p", str(port), "-o", "UserKnownHostsFile=/dev/null", "-o",
             "StrictHostKeyChecking=no", "-o", "NumberOfPasswordPrompts=1", "-o", f"PreferredAuthentications={method}",
             "-o", "ControlPath=none", "-o", "LogLevel=ERROR", f"{user}@127.0.0.1", "echo in as $(id -u)"],
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "SSH_ASKPASS": str(self.folder / "askpass"),
                 "SSH_ASKPASS_REQUIRE": "force"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, start_new_session=True)
        return ended.returncode, ended.stdout.strip()

    def assert_in(self, port, *arguments, **keywords):
        self.assertEqual(self.ssh(port, *arguments, **keywords), (0, f"in as {self.uid}"), self.log())

    def assert_out(self, port, *arguments, **keywords):
        self.assertEqual(self.ssh(port, *arguments, **keywords), (255, ""), self.log())

    def test_users_of_a_password_file(self):
        port = self.serve("files", "keyboard-interactive")
        self.assert_out(port, "alice", "wrong-canary")
        self.assert_in(port, "alice", "of the file")
        self.assert_out(port, "alice", "")
        # An account, and yet not in the file; in neither.
        self.assert_out(port, "otp", "of the file")
        self.assert_out(port, "mallory", "of the file")
        # Changed without telling anybody: the next login knows.
        subprocess.run([HTPASSWD, "-bB", "-C", "4", self.folder / "users", "alice", "another"], check=True,
                       capture_output=True, timeout=PATIENCE)
        self.assert_out(port, "alice", "of the file")
        self.assert_in(port, "alice", "another")
        self.assertNotIn("canary", self.log())
        self.assertIn("PAM: Authentication failure for alice from 127.0.0.1", self.log())

    def test_the_password_method(self):
        port = self.serve("files", "password")
        self.assert_out(port, "alice", "wrong", method="password")
        self.assert_in(port, "alice", "of the file", method="password")

    def test_a_second_question(self):
        port = self.serve("questions", "keyboard-interactive")
        self.assert_in(port, "otp", "right", "123", "blue")
        self.assert_out(port, "otp", "right", "124", "blue")

    @unittest.skipUnless(LDAP_PLUGIN, "built without the ldap plugin")
    def test_users_of_a_file_and_of_a_directory(self):
        directory = slapd.Slapd(slapd.person("lisa", password="of the directory") +
                                slapd.person("alice", password="of the directory"))
        self.addCleanup(directory.close)
        with open(self.folder / "gatehouse.toml", "a") as config:
            config.write(f"""
[realms.company]
chain = ["staff", "corp"]
subjects = "shared"
[backends.corp]
plugin = "{self.folder / pathlib.Path(LDAP_PLUGIN).name}"
uri = "{directory.url}"
base = "{slapd.PEOPLE}"
""")
        port = self.serve("company", "keyboard-interactive")
        self.assert_in(port, "alice", "of the file")
        self.assert_in(port, "lisa", "of the directory")
        self.assert_out(port, "lisa", "of the file")
        self.assert_out(port, "lisa", "")  # RFC 4513: a bind without a password would succeed
        self.assert_out(port, "alice", "of the directory")  # the file has the last word about her
        self.assert_out(port, "otp", "of the directory")
        directory.stop()
        self.assert_in(port, "alice", "of the file")
        self.assert_out(port, "lisa", "of the directory")
        directory.start()
        self.assert_in(port, "lisa", "of the directory")


if __name__ == "__main__":
    if os.environ.get("SANITIZE"):
        print("skipped: sshd cannot load what a sanitizer built")
        sys.exit(77)
    missing = [path for path in WRAPPERS + ["/usr/sbin/sshd"] if not os.path.exists(path)]
    if missing:
        print("skipped: needs " + ", ".join(missing) + ": apt-get install openssh-server libpam-wrapper libnss-wrapper")
        sys.exit(77)
    unittest.main()
