# SPDX-License-Identifier: Apache-2.0
"""rules explain: what it says, and what it exits with."""
import os
import tempfile
import unittest

from support import gatehouse

RULES = """
[[http.rules]]
path = "/health"
require = "anyone"

[[http.rules]]
path = "/near"
from = "10.0.0.0/8"
require = "anyone"

[[http.rules]]
path = "/api/**"
methods = ["POST", "DELETE"]
require = ["group:writers", "attribute:team=core"]

[[http.rules]]
path = "/named"
host = "open.example"
require = "anyone"
"""


class RulesExplain(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.config = os.path.join(folder.name, "g.toml")
        users = os.path.join(folder.name, "users")
        for path, text in ((users, "a:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n"),
                           (self.config, f'[realms.r]\nchain = ["b"]\n[backends.b]\nplugin = "htpasswd"\nfile = "{users}"\n'
                            + RULES)):
            with open(path, "w") as file:
                file.write(text)
            os.chmod(path, 0o600)

    def explain(self, *words, code):
        done = gatehouse("rules", "explain", *words, "--config", self.config)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return (done.stdout + done.stderr).replace(self.config, "FILE")

    def test_the_rule_that_decides_is_named_with_its_place(self):
        said = self.explain("POST", "/api/x", "--user", "ann", "--group", "readers", code=5)
        self.assertIn("rule 3 (FILE:16) decides:", said)
        self.assertIn("require: group:writers or attribute:team=core", said)
        self.assertIn("ann is refused (403)", said)

    def test_exit_codes(self):
        self.assertIn("let in without a login", self.explain("GET", "/health", code=0))
        self.assertIn("a login is asked for (401)", self.explain("GET", "/other", code=1))
        self.assertIn("no rule matches: a login is enough", self.explain("GET", "/other", "--user", "ann", code=0))
        self.explain("DELETE", "/api/x", "--user", "ann", "--group", "readers", "--group", "writers", code=0)
        self.explain("DELETE", "/api/x", "--user", "ann", "--attribute", "team=core", code=0)
        self.explain("DELETE", "/api/x", "--user", "ann", "--attribute", "team=cores", code=5)
        self.explain("DELETE", "/api/x", code=1)
        self.explain("GET", "/near", "--from", "10.1.2.3", code=0)
        self.explain("GET", "/near", "--from", "11.1.2.3", code=1)
        self.explain("GET", "/named", "--host", "OPEN.example:80", code=0)

    def test_why_an_earlier_rule_did_not_decide(self):
        said = self.explain("GET", "/near", code=1)
        self.assertIn("rule 2 (FILE:11): the path matches, the source address does not", said)
        self.assertIn("rule 3 (FILE:16): the path matches, the method does not", self.explain("GET", "/api", code=1))
        self.assertIn("rule 4 (FILE:21): the path matches, the host does not", self.explain("GET", "/named", code=1))

    def test_a_path_with_two_readings_is_refused_whoever_asks(self):
        for path in ("/api/../health", "/health%2f", "//health", "health", "/a;b"):
            said = self.explain("GET", path, "--user", "ann", code=2)
            self.assertIn("refused with 400, whoever asks", said)

    def test_mistakes(self):
        self.assertIn("expected an address", self.explain("GET", "/", "--from", "here", code=2))
        self.assertIn("go with --user", self.explain("GET", "/", "--group", "x", code=2))
        self.assertIn("expected NAME=VALUE", self.explain("GET", "/", "--user", "a", "--attribute", "x", code=2))
        self.assertIn("no such", gatehouse("rules", "explain", "GET", "/", "--config", "/no/such").stderr.lower())

    def test_without_rules_a_login_is_enough(self):
        with open(self.config) as file:
            text = file.read()
        with open(self.config, "w") as file:
            file.write(text.replace(RULES, ""))
        self.assertIn("there are no rules", self.explain("GET", "/a/../b", "--user", "ann", code=0))


if __name__ == "__main__":
    unittest.main()
