# SPDX-License-Identifier: Apache-2.0
"""From a password file to the directory at nginx: one edit of the configuration, one reload, and no request is dropped."""
import pathlib
import sys
import unittest

import slapd
from slapd import person
from steady import Steady

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "nginx"))
from nginx_support import Nginx, login, sha_line, wait_for  # noqa: E402


class SwitchAtNginx(unittest.TestCase):
    def test_file_to_directory_and_back(self):
        directory = slapd.Slapd(person("alice") + person("bob"))
        self.addCleanup(directory.close)
        nginx = Nginx(server="gatehouse_config app.toml; gatehouse app;", workers=2)
        nginx.write("staff", sha_line("alice", "secret") + sha_line("former", "secret"))
        file = f'[backends.file]\nplugin = "htpasswd"\nfile = "{nginx.path("staff")}"\n'
        corp = f'[backends.corp]\nplugin = "ldap"\nuri = "{directory.url}"\nbase = "{slapd.PEOPLE}"\n'
        by_file = '[realms.app]\nchain = ["file"]\n' + file
        by_both = '[realms.app]\nchain = ["file", "corp"]\nsubjects = "shared"\n' + file + corp
        by_ldap = '[realms.app]\nchain = ["corp"]\n' + corp
        nginx.write("app.toml", by_file)

        def status(user):
            return nginx.status("/", login(user, "secret"))

        with nginx:
            self.assertEqual([status(user) for user in ("former", "bob")], [200, 401])
            with Steady(nginx.port, reopens=True) as steady:
                steady.goes_on()
                for text, former, bob in ((by_both, 200, 200), (by_ldap, 401, 200), (by_file, 200, 401), (by_ldap, 401, 200)):
                    nginx.write("app.toml", text)
                    nginx.reload()
                    self.assertEqual([status(user) for user in ("former", "bob", "alice")], [former, bob, 200])
                    steady.goes_on()
                # One that is wrong changes nothing.
                nginx.expected.append("backends.corp.ur")
                nginx.write("app.toml", by_ldap.replace("uri", "url"))
                nginx.signal(1)
                wait_for("a complaint", lambda: "[emerg]" in nginx.read("logs/error.log"))
                steady.goes_on()
                self.assertEqual(status("bob"), 200)
            self.assertEqual(set(steady.every()), {200}, nginx.read("logs/error.log")[-4000:])
            self.assertGreater(len(steady.every()), 100)


if __name__ == "__main__":
    unittest.main()
