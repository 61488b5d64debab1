# SPDX-License-Identifier: Apache-2.0
"""From a password file to the directory: one edit of the configuration, one SIGHUP, and no request is dropped."""
import base64
import hashlib
import unittest

import slapd
import support
from slapd import person
from steady import Steady


class Switch(support.Case):
    @classmethod
    def directory(cls):
        return slapd.Slapd(person("alice") + person("bob"))

    def test_file_to_directory_and_back(self):
        users = self.folder / "users"
        digest = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
        users.write_text(f"alice:{{SHA}}{digest}\nformer:{{SHA}}{digest}\n")
        users.chmod(0o600)
        realm = '[realms.app]\nchain = ["staff"]\n[backends.staff]\n'
        by_file = realm + f'plugin = "htpasswd"\nfile = "{users}"\n'
        by_ldap = realm + f'plugin = "ldap"\nuri = "{self.server.url}"\nbase = "{slapd.PEOPLE}"\n'
        config = self.folder / "app.toml"
        config.write_text(by_file)
        config.chmod(0o600)
        served = support.Served(config)
        self.addCleanup(served.close)

        with Steady(served.port) as steady:
            for text, inside, outside in ((by_ldap, "bob", "former"), (by_file, "former", "bob"), (by_ldap, "bob", "former")):
                served.reload(text)
                support.eventually(lambda user=inside: served.status(user) == 200, support.PATIENCE, "the reload")
                self.assertEqual(served.status(outside), 401)
                steady.goes_on()
            # One that is wrong changes nothing.
            before = served.reload(by_ldap.replace("uri", "url"))
            served.wait_for(r"url", after=before)
            self.assertEqual(served.status("bob"), 200)
        self.assertEqual(set(steady.every()), {200}, served.log())
        self.assertGreater(len(steady.every()), 100)


if __name__ == "__main__":
    unittest.main()
