#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`gatehouse passwd` beside Apache's own htpasswd: the same exit codes, and files that each reads of the other."""
import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import GATEHOUSE, HTPASSWD, PATIENCE, Case, environment, eventually, gatehouse  # noqa: E402

LONG = "a" * 300
# What each scheme of both tools is called. Not -p: Apache writes a line that no server on Unix takes.
SCHEMES = ("-m", "-B", "-2", "-5", "-s", "-d")


def apache(*arguments, stdin=""):
    return subprocess.run([HTPASSWD, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          timeout=PATIENCE, env=environment(), start_new_session=True)


def passwd(*arguments, stdin="", **kwargs):
    return gatehouse("passwd", *arguments, stdin=stdin, **kwargs)


class Passwd(Case):
    def ours(self, *arguments, stdin="", exits=0):
        done = passwd(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, exits, done.stderr)
        return done

    def prompted(self, arguments, typed):
        """Runs it on a terminal and types a line whenever it asks. Gives what the terminal showed, and the status."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(GATEHOUSE, [GATEHOUSE, "passwd", *map(str, arguments)], environment())
        shown, answered = b"", 0
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                got = os.read(terminal, 4096)
            except OSError:  # the child has closed it
                break
            if not got:
                break
            shown += got
            if answered < len(typed) and shown.count(b"assword: ") > answered:
                os.write(terminal, typed[answered].encode())
                answered += 1
        else:
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(terminal)
        return shown.decode(), status


class BesideApache(Passwd):
    def both(self, *arguments, stdin=""):
        """Runs both on their own copy of one folder."""
        results = []
        for tool in (apache, passwd):
            folder = self.folder / tool.__name__
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (folder / "users").write_text("# staff\n\nalice:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=\n")
            (folder / "foreign").write_text("alice:x\nno colon here\n")
            (folder / "folder").mkdir()
            words = [str(folder / word[1:]) if word.startswith("@") else word for word in arguments]
            results.append(tool(*words, stdin=stdin))
        return results

    def test_the_same_exit_code(self):
        cases = [
            [], ["@users"], ["-x", "@users", "bob"], ["-b", "@users", "bob"], ["@users", "bob", "x", "y"],
            ["-n"], ["-nb", "bob"], ["-n", "bob", "x"], ["-bn", "@users", "bob", "x"], ["-bi", "@users", "bob", "x"],
            ["-nc", "bob"], ["-nD", "bob"], ["-nv", "bob"], ["-cD", "@users", "alice"], ["-vc", "@users", "alice"],
            ["-vD", "@users", "alice"], ["@users", "-b", "bob", "x"], ["-b", "@users", "--", "bob", "x"],
            ["-bB", "-C", "3", "@users", "bob", "x"], ["-bB", "-C", "18", "@users", "bob", "x"],
            ["-bB", "-C", "x", "@users", "bob", "x"], ["-bB", "-C", "0", "@users", "bob", "x"], ["-bC"],
            ["-bB", "-C", "-5", "@users", "bob", "x"], ["-b2", "-r", "x", "@users", "bob", "x"],
            ["-b5", "-r", "0", "@users", "bob", "x"], ["-bB", "-C4x", "@users", "bob", "x"],
            ["-b", "@missing", "bob", "x"], ["-D", "@missing", "bob"], ["-bv", "@missing", "bob", "x"],
            ["-b", "@folder", "bob", "x"], ["-bc", "@folder", "bob", "x"], ["-bc", "@missing/users", "bob", "x"],
            ["-b", LONG, "bob", "x"], ["-b", "@users", "bo:b", "x"], ["-b", "@users", LONG, "x"],
            ["-b", "@users", "bob", LONG], ["-bm", "@users", "u" * 230, "x"], ["-bm", "@users", "u" * 217, "x"],
            ["-bm", "@users", "u" * 216, "x"], ["-bBC4", "@users", "u" * 193, "x"],
            ["-bBC4", "@users", "u" * 194, "x"],
            ["-b", "@foreign", "bob", "x"], ["-D", "@foreign", "alice"],
            ["-bv", "@users", "alice", "x"], ["-bv", "@users", "alice", "y"], ["-bv", "@users", "bob", "x"],
            ["-D", "@users", "alice"], ["-D", "@users", "bob"], ["-bD", "@users", "alice", "x"],
            ["-bBC4", "@users", "bob", "x"], ["-bBC", "4", "@users", "bob", "x"], ["-bBC04", "@users", "bob", "x"],
            ["-bm", "-C", "5", "@users", "bob", "x"], ["-bsr", "1000", "@users", "bob", "x"], ["-bm5", "@users", "u", "x"],
            ["-nbm", "bob", "x"], ["-nb", "-C4", "-B", "--", "bob", "x"], ["-cbs", "@new", "bob", "x"],
            ["-cbs", "@users", "bob", "x"], ["-b2", "-r", "500", "@users", "bob", "x"],
        ]
        for words in cases:
            with self.subTest(words=words):
                theirs, ours = self.both(*words)
                self.assertEqual(ours.returncode, theirs.returncode, ours.stderr + theirs.stderr)

    def test_the_same_exit_code_with_a_password_from_standard_input(self):
        for words, stdin in ((["-is", "@users", "bob"], "secret\n"), (["-is", "@users", "bob"], "secret"),
                             (["-iv", "@users", "alice"], "x\n"), (["-iv", "@users", "alice"], "y\r\n"),
                             (["-iv", "@users", "alice"], "x\r\n"), (["-is", "@users", "bob"], LONG + "\n"),
                             (["-is", "@users", "bob"], LONG * 20)):
            with self.subTest(words=words):
                theirs, ours = self.both(*words, stdin=stdin)
                self.assertEqual(ours.returncode, theirs.returncode, ours.stderr + theirs.stderr)

    def test_each_reads_what_the_other_wrote(self):
        for flag in SCHEMES:
            cost = ["-C", "4"] if flag == "-B" else []
            with self.subTest(flag=flag):
                self.assertEqual(passwd("-cb", flag, *cost, self.users, "alice", "pass \u00e9").returncode, 0)
                self.assertEqual(apache("-bv", self.users, "alice", "pass \u00e9").returncode, 0)
                self.assertEqual(apache("-bv", self.users, "alice", "pass e").returncode, 3)
                self.assertEqual(apache("-b", flag, *cost, self.users, "bob", "other").returncode, 0)
                self.assertEqual(passwd("-bv", self.users, "bob", "other").returncode, 0)
                self.assertEqual(passwd("-bv", self.users, "bob", "Other").returncode, 3)
                self.assertEqual(passwd("-b", flag, *cost, self.users, "bob", "third").returncode, 0)
                self.assertEqual(apache("-bv", self.users, "bob", "third").returncode, 0)
                self.assertEqual(apache("-D", self.users, "alice").returncode, 0)
                self.assertEqual([line.split(":")[0] for line in self.users.read_text().splitlines()], ["bob"])

    def test_the_file_stays_as_apache_leaves_it(self):
        text = "# staff\n\n  # indented\nalice:1\nbob:2:Bob\nalice:3\ncarol:4\n"
        for words in (["-D", "alice"], ["-D", "bob"], ["-D", "dave"]):
            left = []
            for tool in (apache, passwd):
                self.users.write_text(text)
                self.assertEqual(tool(words[0], self.users, words[1]).returncode, 0)
                left.append(self.users.read_text())
            self.assertEqual(left[0], left[1])
        left = []
        for tool in (apache, passwd):
            self.users.write_text(text)
            self.assertEqual(tool("-bs", self.users, "alice", "x").returncode, 0)
            left.append(self.users.read_text())
        self.assertEqual(left[0], left[1])


class Safer(Passwd):
    """Where it differs from Apache's, on purpose."""

    def test_the_default_is_bcrypt_12(self):
        self.ours("-cb", self.users, "alice", "x")
        self.assertRegex(self.users.read_text(), r"^alice:\$2y\$12\$[./0-9A-Za-z]{53}\n$")
        self.assertRegex(self.ours("-nb", "alice", "x").stdout, r"^alice:\$2y\$12\$[./0-9A-Za-z]{53}\n$")

    def test_passwords_that_could_never_work_are_refused(self):
        self.ours("-cbs", self.users, "alice", "x")
        before = self.users.read_text()
        self.ours("-bBC4", self.users, "bob", "a" * 72)
        self.ours("-D", self.users, "bob")
        for exits, words in ((5, ["-bBC4", "a" * 73]), (5, ["-bd", "123456789"]), (3, ["-bs", ""]),
                             (3, ["-bs", "a\nb"]), (3, ["-bs", "\x1b[A"]), (3, ["-bp", "a:b"]),):
            with self.subTest(words=words):
                self.ours(words[0], self.users, "bob", words[1], exits=exits)
        self.ours("-is", self.users, "bob", stdin="", exits=3)
        self.assertEqual(self.users.read_text(), before)

    def test_names_that_nobody_can_have_are_refused(self):
        self.ours("-cbs", self.users, "alice", "x")
        for name in ("", "#bob", "bo\nb", "bo\x07b", b"bo\xffb"):
            with self.subTest(name=name):
                done = subprocess.run([GATEHOUSE, "passwd", "-bs", self.users, name, "x"], capture_output=True,
                                      timeout=PATIENCE, env=environment())
                self.assertEqual(done.returncode, 6)
        self.assertEqual(self.users.read_text().count("\n"), 1)

    def test_rounds_that_crypt_does_not_know_are_refused(self):
        self.ours("-nb5", "-r", "1000000000", "alice", "x", exits=2)

    def test_a_last_line_without_an_end_is_kept_apart(self):
        self.users.write_text("alice:{SHA}x")
        self.ours("-bs", self.users, "bob", "x")
        self.assertEqual([line.split(":")[0] for line in self.users.read_text().splitlines()], ["alice", "bob"])

    def test_line_ends_of_windows_stay(self):
        self.users.write_bytes(b"alice:1\r\nbob:2\r\n")
        self.ours("-bs", self.users, "bob", "x")
        self.ours("-bs", self.users, "carol", "x")
        self.assertEqual([line.endswith(b"\r\n") for line in self.users.read_bytes().splitlines(True)], [True] * 3)

    def test_the_password_is_overwritten_on_the_command_line(self):
        self.ours("-cbs", self.users, "alice", "x")
        # A lock on the folder keeps it waiting, so that it can be looked at.
        folder = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        process = subprocess.Popen([GATEHOUSE, "passwd", "-bs", self.users, "bob", "canary-0815"], env=environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        line = pathlib.Path(f"/proc/{process.pid}/cmdline")
        eventually(lambda: b"bob" in line.read_bytes() and b"canary" not in line.read_bytes(), PATIENCE,
                   "the password is gone from the command line")
        os.close(folder)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.ours("-bv", self.users, "bob", "canary-0815")

    def test_nothing_is_told_of_a_password(self):
        self.ours("-cbs", self.users, "alice", "canary-0815")
        for words in (["-bv", self.users, "alice", "canary-0816"], ["-b", self.users, "canary-0816"],
                      ["-b", self.users, "alice", "canary-0816", "canary-0817"], ["-nb", "a:b", "canary-0816"],
                      ["-bs", self.users, "alice", "canary-0816\n"]):
            done = passwd(*words)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("canary", done.stdout + done.stderr)


class Files(Passwd):
    def leftovers(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name.startswith("."))

    def test_a_new_file_is_not_for_others(self):
        for mask, mode in ((0o022, 0o640), (0o077, 0o600), (0, 0o640)):
            self.users.unlink(missing_ok=True)
            before = os.umask(mask)
            try:
                self.ours("-cbs", self.users, "alice", "x")
            finally:
                os.umask(before)
            self.assertEqual(self.users.stat().st_mode & 0o7777, mode)

    def test_owner_and_mode_stay(self):
        self.ours("-cbs", self.users, "alice", "x")
        self.users.chmod(0o604)
        if os.getuid() == 0:
            os.chown(self.users, 12345, 54321)
        about = self.users.stat()
        for words in (["-bs", self.users, "bob", "x"], ["-D", self.users, "bob"], ["-cbs", self.users, "carol", "x"]):
            self.ours(*words)
            now = self.users.stat()
            self.assertEqual((now.st_mode, now.st_uid, now.st_gid), (about.st_mode, about.st_uid, about.st_gid))
        self.assertEqual(self.leftovers(), [])

    def test_access_lists_stay(self):
        self.ours("-cbs", self.users, "alice", "x")
        # Version 2; owner rw, user 12345 r, group -, mask r, others -.
        entries = ((1, 6, 0xFFFFFFFF), (2, 4, 12345), (4, 0, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF))
        acl = (2).to_bytes(4, "little") + b"".join(
            tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + who.to_bytes(4, "little")
            for tag, rights, who in entries)
        try:
            os.setxattr(self.users, "system.posix_acl_access", acl)
        except OSError:
            self.skipTest("this file system has no access lists")
        self.ours("-bs", self.users, "bob", "x")
        self.assertEqual(os.getxattr(self.users, "system.posix_acl_access"), acl)

    def test_the_folder_s_default_list_gives_nobody_a_right_that_the_old_file_did_not(self):
        self.ours("-cbs", self.users, "alice", "x")
        self.users.chmod(0o640)
        # Version 2; owner rwx, user 12345 rwx, group rwx, mask rwx, others -.
        entries = ((1, 7, 0xFFFFFFFF), (2, 7, 12345), (4, 7, 0xFFFFFFFF), (16, 7, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF))
        acl = (2).to_bytes(4, "little") + b"".join(
            tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + who.to_bytes(4, "little")
            for tag, rights, who in entries)
        try:
            os.setxattr(self.folder, "system.posix_acl_default", acl)
        except OSError:
            self.skipTest("this file system has no access lists")
        self.ours("-bs", self.users, "bob", "x")
        self.assertNotIn("system.posix_acl_access", os.listxattr(self.users))
        self.assertEqual(self.users.stat().st_mode & 0o7777, 0o640)

    def test_a_link_is_followed_not_replaced(self):
        (self.folder / "real").mkdir()
        real = self.folder / "real" / "users"
        self.ours("-cbs", real, "alice", "x")
        self.users.symlink_to("real/users")
        self.ours("-bs", self.users, "bob", "x")
        self.ours("-cbs", self.users, "carol", "x")
        self.assertTrue(self.users.is_symlink())
        self.assertEqual(real.read_text().count(":"), 1)
        real.unlink()
        self.assertIn("leads nowhere", self.ours("-cbs", self.users, "alice", "x", exits=1).stderr)

    def test_what_is_not_a_file_is_refused_at_once(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for words in (["-bs", pipe, "a", "x"], ["-cbs", pipe, "a", "x"], ["-D", pipe, "a"], ["-bv", pipe, "a", "x"]):
            self.ours(*words, exits=1)
        self.ours("-cbs", "/dev/null", "a", "x", exits=1)
        self.assertTrue(os.path.exists("/dev/null") and not os.path.isfile("/dev/null"))

    def test_many_at_once_lose_nothing(self):
        self.ours("-cbs", self.users, "alice", "x")
        running = [subprocess.Popen([GATEHOUSE, "passwd", "-bs", self.users, f"user{i}", "x"], env=environment(),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for i in range(20)]
        self.assertEqual([process.wait(PATIENCE) for process in running], [0] * 20)
        names = {line.split(":")[0] for line in self.users.read_text().splitlines()}
        self.assertEqual(names, {"alice"} | {f"user{i}" for i in range(20)})
        self.assertEqual(self.leftovers(), [])

    def test_a_reader_never_sees_a_half(self):
        lines = "".join(f"user{i}:{{SHA}}EfatjsUqKYSrqv18O1FlA3hcIHI=\n" for i in range(5000))
        self.users.write_text(lines)
        seen, stop = set(), threading.Event()

        def read():
            while not stop.is_set():
                text = self.users.read_text()
                seen.add((text.endswith("\n"), text.count("\n") in (5000, 5001)))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for i in range(10):
                self.ours("-bs", self.users, "zoe", str(i))
        finally:
            stop.set()
            reader.join()
        self.assertEqual(seen, {(True, True)})

    @unittest.skipIf(os.getuid() != 0, "needs root, to be somebody else")
    def test_a_folder_that_may_not_be_written_says_so(self):
        self.ours("-cbs", self.users, "alice", "x")
        os.chown(self.users, 12345, 12345)
        self.folder.chmod(0o755)
        done = passwd("-bs", self.users, "bob", "x", user=12345, group=12345, extra_groups=[])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("beside", done.stderr)
        self.assertEqual(self.users.read_text().count("\n"), 1)
        # Who may not give the file its owner back may not replace it.
        self.folder.chmod(0o777)
        os.chown(self.users, 0, 0)
        self.users.chmod(0o666)
        done = passwd("-bs", self.users, "bob", "x", user=12345, group=12345, extra_groups=[])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("owner", done.stderr)
        self.assertEqual(self.leftovers(), [])


class Asking(Passwd):
    def test_it_asks_twice_and_shows_nothing(self):
        shown, status = self.prompted(["-cs", self.users, "alice"], ["canary-0815\n", "canary-0815\n"])
        self.assertEqual(status, 0, shown)
        self.assertIn("New password: ", shown)
        self.assertIn("Re-type new password: ", shown)
        self.assertNotIn("canary", shown)
        self.ours("-bv", self.users, "alice", "canary-0815")

    def test_two_that_differ_change_nothing(self):
        shown, status = self.prompted(["-cs", self.users, "alice"], ["one\n", "two\n"])
        self.assertEqual(status, 3, shown)
        self.assertFalse(self.users.exists())

    def test_verify_asks_once(self):
        self.ours("-cbs", self.users, "alice", "x")
        self.assertEqual(self.prompted(["-v", self.users, "alice"], ["x\n"])[1], 0)
        self.assertEqual(self.prompted(["-v", self.users, "alice"], ["y\n"])[1], 3)

    def test_interrupted(self):
        shown, status = self.prompted(["-cs", self.users, "alice"], ["\x03"])
        self.assertEqual(status, 4, shown)
        self.assertIn("Interrupted.", shown)
        self.assertFalse(self.users.exists())

    def test_a_file_that_cannot_be_changed_is_told_before_the_question(self):
        shown, status = self.prompted(["-s", self.users, "alice"], ["x\n", "x\n"])
        self.assertEqual(status, 1)
        self.assertIn("-c makes a new file", shown)
        self.assertNotIn("New password", shown)


class Mark(Passwd):
    """A byte order mark, as editors of Windows leave it."""

    def test_the_first_user_is_the_first_user(self):
        self.users.write_bytes(b"\xef\xbb\xbfalice:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=\nbob:*\n")
        self.assertIn("byte order mark", self.ours("audit", self.users, exits=1).stdout)
        self.ours("-vb", self.users, "alice", "wrong", exits=3)
        self.ours("-D", self.users, "alice")
        self.assertNotIn(b"alice", self.users.read_bytes())


class Audit(Passwd):
    def test_a_sound_file(self):
        self.ours("-cb", self.users, "alice", "x")
        done = self.ours("audit", self.users)
        self.assertIn("bcrypt 12", done.stdout)
        self.assertIn("1 user, 0 findings", done.stdout)

    def test_every_finding_has_its_line(self):
        self.write("users", "# staff\nalice:$2y$05$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe\nbroken\n"
                            "bob:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=\n:x\ncarol:secret\n"
                            "alice:$apr1$abcdefgh$sIQmFnT1CuEXAsyjuXjUX/\n"
                            "dave:$2y$17$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe\n"
                            "erin:*\nmal:$2y$05$short\nfred:{PLAIN}x\ngina:abcdefghijklm\n", mode=0o666)
        done = self.ours("audit", self.users, exits=1)
        for finding in (r"everybody may write", r"the file's group, or who is on its access list, may write", r"everybody on this machine may read", r"line 2: alice: weak: bcrypt",
                        r"line 3: malformed: no colon", r"line 4: bob: weak: one SHA-1", r"line 5: malformed: the user",
                        r"line 6: carol: malformed: not a known hash", r"line 7: alice: double: line 2",
                        r"line 7: alice: weak", r"line 8: dave: too costly", r"line 10: mal: malformed",
                        r"line 11: fred: weak", r"line 12: gina: weak: DES"):
            self.assertRegex(done.stdout, finding)
        self.assertNotIn("erin:", done.stdout)
        self.assertNotIn("secret", done.stdout)
        self.assertNotIn("EfatjsUq", done.stdout)

    def test_hostile_names_do_not_reach_the_terminal(self):
        self.users.write_bytes("\u202eecila:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=\n".encode())
        self.assertNotIn("\u202e", self.ours("audit", self.users, exits=1).stdout)

    def test_wrong_use(self):
        self.ours("audit", exits=2)
        self.ours("audit", self.users, "x", exits=2)
        self.ours("audit", self.folder / "missing", exits=2)


if __name__ == "__main__":
    unittest.main()
