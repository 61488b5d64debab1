# SPDX-License-Identifier: Apache-2.0
"""From a password file to the directory: one edit of the configuration, one SIGHUP, and no request is dropped."""
import base64
import hashlib
import http.client
import threading
import unittest

import slapd
import support
from slapd import person


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

        ended = threading.Event()
        answers = [[] for _ in range(6)]
        word = "Basic " + base64.b64encode(b"alice:secret").decode()

        def caller(number):
            connection = None
            while not ended.is_set():
                try:
                    # Half of them keep their connection, half make a new one for each request.
                    if connection is None or number % 2:
                        if connection is not None:
                            connection.close()
                        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=support.PATIENCE)
                    connection.request("GET", "/", headers={"Authorization": word})
                    response = connection.getresponse()
                    response.read()
                    answers[number].append(response.status)
                except (OSError, http.client.HTTPException) as fault:
                    answers[number].append(repr(fault))
                    connection = None
            if connection is not None:
                connection.close()

        callers = [threading.Thread(target=caller, args=(n,)) for n in range(len(answers))]
        for one in callers:
            one.start()
        try:
            for text, inside, outside in ((by_ldap, "bob", "former"), (by_file, "former", "bob"), (by_ldap, "bob", "former")):
                served.reload(text)
                support.eventually(lambda user=inside: served.status(user) == 200, support.PATIENCE, "the reload")
                self.assertEqual(served.status(outside), 401)
                counts = [len(list_) for list_ in answers]
                support.eventually(lambda c=counts: all(len(a) > n + 5 for a, n in zip(answers, c)), support.PATIENCE,
                                   "callers go on")
            # One that is wrong changes nothing.
            before = served.reload(by_ldap.replace("uri", "url"))
            served.wait_for(r"url", after=before)
            self.assertEqual(served.status("bob"), 200)
        finally:
            ended.set()
            for one in callers:
                one.join(support.PATIENCE)
        every = [answer for list_ in answers for answer in list_]
        self.assertEqual({a for a in every if a != 200}, set(), served.log())
        self.assertGreater(len(every), 100)


if __name__ == "__main__":
    unittest.main()
