#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/audit.md shows: its lines have the fields of real ones, and the real logrotate and fail2ban take its
examples."""
import grp
import json
import os
import pathlib
import pwd
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import PATIENCE, Case, Served, environment, eventually  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs/examples/audit"


class Examples(Case):
    def setUp(self):
        super().setUp()
        self.add_user("alice", "right")
        self.audit = self.folder / "audit.log"
        config = self.write("app.toml", f"""[realms.app]
chain = ["staff"]
[backends.staff]
plugin = "htpasswd"
file = "{self.users}"
[proxy]
listen = "127.0.0.1:0"
upstream = "whoami:"
[log]
sink = "{self.audit}"
""")
        self.served = Served("--config", config)
        self.addCleanup(self.served.end)

    def ask_everything(self):
        """Four that guess; one that has no login yet; one that is let in, twice."""
        for password in ("wrong-1", "wrong-2", "wrong-3"):
            self.assertEqual(self.served.status(user="alice", password=password), 401)
        self.assertEqual(self.served.status(user="\"source\":\"198.51.100.1\"", password="x"), 401)
        self.assertEqual(self.served.status(), 401)
        for _ in range(2):
            self.assertEqual(self.served.status(user="alice", password="right"), 200)

    def test_the_page(self):
        page = (ROOT / "docs/audit.md").read_text()
        shown = [json.loads(line) for line in re.search(r"```json\n(.*?)```", page, re.DOTALL).group(1).splitlines()]
        self.ask_everything()
        self.served.end()
        real = [json.loads(line) for line in self.audit.read_text().splitlines()]
        for record in shown:
            same = [r for r in real if (r["event"], r.get("reason")) == (record["event"], record.get("reason"))]
            self.assertTrue(same, record)
            self.assertEqual(list(record), list(same[0]), "fields and their order")
            for name, value in record.items():
                self.assertEqual(type(value), type(same[0][name]), name)
        told = set(re.findall(r"^\| `([a-z_]+)`(?:, `([a-z_]+)`)? \|", page, re.MULTILINE))
        told = {name for pair in told for name in pair}
        for name in {name for record in real for name in record}:
            self.assertIn(name, told | {"event", "count", "since"})

    def test_fail2ban(self):
        self.ask_everything()
        self.served.end()
        lines = self.audit.read_text()
        done = subprocess.run([os.environ["FAIL2BAN_REGEX"], "--print-all-matched", str(self.audit),
                               str(EXAMPLES / "fail2ban-filter.conf")], capture_output=True, text=True,
                              timeout=PATIENCE, env=environment(), cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"Failregex: 4 total", lines)
        self.assertNotIn("198.51.100.1", done.stdout.split("Matched line(s)")[-1].replace('\\"', ""))
        self.assertRegex(done.stdout, rf"Lines: {len(lines.splitlines())} lines, 0 ignored, 4 matched")
        self.assertRegex(done.stdout, r"Date template hits:\n(.*\n)*?\|-? *\[\d+\]|\[\d+\]")

    def test_logrotate(self):
        self.assertEqual(self.served.status(), 401)
        eventually(lambda: self.audit.exists() and self.audit.read_text(), PATIENCE, "a line")
        rules = (EXAMPLES / "logrotate").read_text()
        rules = rules.replace("/var/log/gatehouse/access.log", "").replace("/var/log/gatehouse/audit.log", str(self.audit))
        rules = rules.replace("create 0640 gatehouse adm", "create 0640 " + self.owner())
        rules = rules.replace("systemctl kill --signal=USR1 gatehouse", f"kill -USR1 {self.served.process.pid}")
        self.assertNotIn("gatehouse adm", rules)
        rules = self.write("rules", rules, 0o644)
        done = subprocess.run([os.environ["LOGROTATE"], "--force", "--state", str(self.folder / "state"), str(rules)],
                              capture_output=True, text=True, timeout=PATIENCE, env=environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.served.wait_for("opening the files of the logs again")
        self.assertEqual(self.served.status(), 401)
        eventually(lambda: self.audit.read_text(), PATIENCE, "a line in the new file")
        self.assertEqual(len((self.folder / "audit.log.1").read_text().splitlines()), 1)
        self.assertEqual(self.audit.stat().st_mode & 0o777, 0o640)

    @staticmethod
    def owner():
        return f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}"


if __name__ == "__main__":
    unittest.main()
