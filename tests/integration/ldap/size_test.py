# SPDX-License-Identifier: Apache-2.0
"""A large directory: many users, one of them in thousands of groups, and a thousand logins at once.

LDAP_USERS, LDAP_GROUPS and LDAP_LOGINS set the size; LDAP_COLD names the program that measures cold logins."""
import os
import subprocess
import threading
import time
import unittest

import faults
import slapd
import support
from slapd import GROUPS, PEOPLE, dn_of, group, person

USERS = int(os.environ.get("LDAP_USERS", "2000"))
IN_GROUPS = int(os.environ.get("LDAP_GROUPS", "1200"))
LOGINS = int(os.environ.get("LDAP_LOGINS", "200"))


class Size(support.Case):
    @classmethod
    def directory(cls):
        began = time.monotonic()
        ldif = "".join(person(f"user{i}") for i in range(USERS))
        ldif += "".join(group(f"group{i}", [dn_of("user0")]) for i in range(IN_GROUPS))
        ldif += person("member", more=[f"memberOf: cn=group{i},{GROUPS}" for i in range(IN_GROUPS)])
        server = slapd.Slapd(ldif, maxsize=4 << 30)
        print(f"{USERS} users and {IN_GROUPS} groups loaded in {time.monotonic() - began:.1f} s", flush=True)
        return server

    def test_a_user_in_many_groups(self):
        for how, user in (({"group_base": GROUPS, "member_of_attribute": "none"}, "user0"), ({}, "member")):
            with self.subTest(user):
                began = time.monotonic()
                outcome = self.login(user, operation_timeout="30s", timeout="60s", **how)
                self.assert_granted(outcome, user)
                self.assertEqual(len(outcome.groups), IN_GROUPS)
                print(f"{user}: {len(outcome.groups)} groups in {time.monotonic() - began:.2f} s: {outcome.detail}")

    def test_many_logins_at_once(self):
        proxy = faults.Proxy(self.server.port)
        self.addCleanup(proxy.close)
        path = self.folder / "many.toml"
        path.write_text('[realms.app]\nchain = ["corp"]\n' +
                        self.backend(uri=proxy.url, max_connections=8, workers=8, timeout="60s", operation_timeout="30s") +
                        support.EVERY_TIME)
        path.chmod(0o600)
        served = support.Served(path)
        self.addCleanup(served.close)
        statuses = []

        def login(number):
            try:
                statuses.append(served.status(f"user{number % USERS}"))
            except OSError as fault:
                statuses.append(repr(fault))

        began = time.monotonic()
        threads = [threading.Thread(target=login, args=(n,)) for n in range(LOGINS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(support.PATIENCE)
        took = time.monotonic() - began
        # A full queue is answered 503 at once; nothing else may go wrong, and the pool holds.
        self.assertEqual({s for s in statuses if s not in (200, 503)}, set(), served.log())
        self.assertGreater(statuses.count(200), LOGINS // 4)
        self.assertLessEqual(proxy.most_open, 16)
        print(f"{LOGINS} logins at once: {statuses.count(200)} granted, {statuses.count(503)} told to come back, in "
              f"{took:.2f} s over at most {proxy.most_open} connections")
        self.assertEqual(served.status("user1"), 200)

    @unittest.skipUnless(os.environ.get("LDAP_COLD"), "LDAP_COLD is not set")
    def test_cold_logins(self):
        plugins = os.environ["LDAP_PLUGINS"]
        for threads in ("1", "8"):
            done = subprocess.run([os.environ["LDAP_COLD"], self.server.url, PEOPLE, str(USERS), threads, "3", plugins],
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            print(done.stdout.strip())


if __name__ == "__main__":
    unittest.main()
