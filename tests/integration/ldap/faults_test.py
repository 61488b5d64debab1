# SPDX-License-Identifier: Apache-2.0
"""The directory is down, slow, half open, lying or restarting: unavailable in time, and back within a second."""
import base64
import hashlib
import threading
import time
import unittest

import faults
import slapd
import support
from slapd import person

# Far above what it takes, far below what would be a wait for some other limit.
SOON = 5.0
# What is promised, and room for a busy machine.
BACK = 1.0 + 4.0


class Faults(support.Case):
    @classmethod
    def directory(cls):
        people = [person(f"user{i}") for i in range(20)]
        access = """
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=private,{base}" by users read by anonymous auth by * none
access to * by * read
"""
        return slapd.Slapd("".join([person("alice"), person("bob"), person("paul", where="ou=private," + slapd.BASE),
                                    *people]), access=access)

    def setUp(self):
        self.proxy = self.through()
        users = self.folder / "users"
        digest = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
        users.write_text(f"emergency:{{SHA}}{digest}\n")
        users.chmod(0o600)
        self.file = f'[backends.file]\nplugin = "htpasswd"\nfile = "{users}"\n'

    def through(self):
        proxy = faults.Proxy(self.server.port)
        self.addCleanup(proxy.close)
        return proxy

    def serve(self, *, chain=("corp",), engine="", **options):
        quick = {"uri": self.proxy.url, "connect_timeout": "400ms", "operation_timeout": "400ms", "cool_down": "200ms"}
        text = (f"[realms.app]\nchain = {support.toml(chain)}\n" + ('subjects = "shared"\n' if len(chain) > 1 else "") +
                self.backend(**{**quick, **options}) + engine + support.EVERY_TIME)
        if "file" in chain:
            text += self.file
        path = self.folder / f"{self._testMethodName}.toml"
        path.write_text(text)
        path.chmod(0o600)
        served = support.Served(path)
        self.addCleanup(served.close)
        return served

    def assert_soon(self, served, user, status, within=SOON, password="secret"):
        began = time.monotonic()
        self.assertEqual(served.status(user, password), status, served.log())
        self.assertLess(time.monotonic() - began, within)

    def assert_back(self, served):
        began = time.monotonic()
        support.eventually(lambda: served.status("alice") == 200, support.PATIENCE, "recovery")
        self.assertLess(time.monotonic() - began, BACK, served.log())

    def test_nobody_listens(self):
        self.proxy.refuse()
        served = self.serve()
        self.assert_soon(served, "alice", 503)
        self.assertEqual(served.status("alice", "wrong-password"), 503)
        self.assertEqual(served.status("nobody"), 503)
        self.proxy.accept_again()
        self.assert_back(served)
        self.proxy.refuse()
        self.assert_soon(served, "alice", 503)
        self.proxy.accept_again()
        self.assert_back(served)
        served.wait_for(r"does not work")
        served.wait_for(r"works again")

    def test_silence(self):
        """Packets vanish: on connections that are open, and on new ones."""
        served = self.serve()
        self.assert_soon(served, "alice", 200)
        self.proxy.swallow = True
        self.assert_soon(served, "alice", 503)
        # Once that is known, nobody waits for it to be found out again, but those who try.
        quick = 0
        for _ in range(20):
            began = time.monotonic()
            self.assertEqual(served.status("alice"), 503)
            quick += time.monotonic() - began < 0.2
        self.assertGreater(quick, 10)
        self.proxy.swallow = False
        self.assert_back(served)

    def test_cut_anywhere(self):
        """Never an answer but the right one, wherever the connection breaks."""
        served = self.serve(bind_dn=slapd.SERVICE, bind_password_file=self.secret)
        for cut in [*range(0, 40), 60, 100, 150, 200, 300]:
            with self.subTest(cut):
                self.proxy.cut_after = cut
                self.proxy.drop()
                self.assertIn(served.status("alice"), (200, 503))
                self.assertIn(served.status("alice", "wrong-password"), (401, 503))
                self.assertIn(served.status("nobody"), (401, 503))
        self.proxy.cut_after = None
        self.proxy.drop()
        self.assert_back(served)

    def test_slow(self):
        self.proxy.delay = 0.1
        served = self.serve(operation_timeout="30s", connect_timeout="30s")
        self.assertEqual(served.status("alice"), 200)
        self.assertEqual(served.status("alice", "wrong-password"), 401)
        self.proxy.delay = 1.0
        impatient = self.serve()
        self.assert_soon(impatient, "alice", 503)

    def test_the_deadline_of_the_backend_counts(self):
        self.proxy.swallow = True
        served = self.serve(operation_timeout="60s", connect_timeout="60s", timeout="500ms")
        self.assert_soon(served, "alice", 503)
        served.wait_for(r"unavailable .*timeout|unavailable .*no answer|does not work")

    def test_restart(self):
        server = slapd.Slapd(person("alice"))
        self.addCleanup(server.close)
        served = self.serve(uri=server.url)
        self.assertEqual(served.status("alice"), 200)
        server.stop()
        self.assert_soon(served, "alice", 503)
        server.start()
        self.assert_back(served)
        # Faster than anybody asks: the connections of before are found to be dead.
        server.stop()
        server.start()
        self.assert_back(served)

    def test_connections_that_the_server_closes_while_idle(self):
        served = self.serve()
        for _ in range(5):
            self.assertEqual(served.status("alice"), 200)
            self.proxy.drop()
        self.assertEqual(served.status("alice", "wrong-password"), 401)

    def test_second_server(self):
        second = self.through()
        served = self.serve(uri=[self.proxy.url, second.url])
        self.assertEqual(served.status("alice"), 200)
        self.assertEqual(second.connections, 0)
        self.proxy.refuse()
        for _ in range(5):
            self.assert_soon(served, "alice", 200)
        self.assertGreater(second.connections, 0)
        self.proxy.accept_again()
        before = self.proxy.connections

        def is_back():
            self.assertEqual(served.status("alice"), 200)
            return self.proxy.connections > before + 1

        support.eventually(is_back, support.PATIENCE, "the first server is asked again")
        # And with the second one dead too, the first goes on.
        second.refuse()
        self.assertEqual(served.status("alice"), 200)

    def test_silent_first_server(self):
        second = self.through()
        self.proxy.swallow = True
        served = self.serve(uri=[self.proxy.url, second.url], operation_timeout="300ms")
        self.assert_soon(served, "alice", 200)
        for _ in range(5):
            self.assert_soon(served, "alice", 200)
        # Flapping: never an answer but the right one.
        for _ in range(5):
            self.proxy.swallow = not self.proxy.swallow
            self.assertEqual(served.status("alice"), 200)
            self.assertEqual(served.status("alice", "wrong-password"), 401)

    def test_all_servers_down(self):
        second = self.through()
        served = self.serve(uri=[self.proxy.url, second.url])
        self.proxy.refuse()
        second.refuse()
        self.assert_soon(served, "alice", 503)
        second.accept_again()
        self.assert_back(served)

    def test_chain_goes_on_as_configured(self):
        self.proxy.refuse()
        served = self.serve(chain=["file", "corp"])
        self.assert_soon(served, "emergency", 200)
        self.assert_soon(served, "alice", 503)
        self.assertEqual(served.status("emergency", "wrong-password"), 401)
        strict = self.serve(chain=["corp", "file"])
        self.assert_soon(strict, "emergency", 503)
        lenient = self.serve(chain=["corp", "file"], on_unavailable="next")
        self.assert_soon(lenient, "emergency", 200)
        self.assert_soon(lenient, "alice", 503)

    def test_nothing_else_is_slowed_down(self):
        self.proxy.swallow = True
        served = self.serve(chain=["file", "corp"], operation_timeout="3s", connect_timeout="3s")
        waiting = [threading.Thread(target=served.status, args=("alice",)) for _ in range(30)]
        for thread in waiting:
            thread.start()
        for _ in range(20):
            began = time.monotonic()
            self.assertEqual(served.status("emergency"), 200)
            self.assertLess(time.monotonic() - began, 2.0)
        for thread in waiting:
            thread.join(support.PATIENCE)

    def test_many_at_once(self):
        served = self.serve(max_connections=4, workers=16, operation_timeout="20s", connect_timeout="20s")
        statuses = []

        def login(i):
            if i % 3 == 0:
                statuses.append((served.status(f"user{i % 20}", "wrong-password"), 401))
            else:
                statuses.append((served.status(f"user{i % 20}"), 200))

        threads = [threading.Thread(target=login, args=(i,)) for i in range(120)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(support.PATIENCE)
        self.assertEqual([s for s in statuses if s[0] != s[1]], [], served.log())
        self.assertEqual(len(statuses), 120)
        # One that is being closed may still be seen while the next opens.
        self.assertLessEqual(self.proxy.most_open, 4 + 4)

    def test_one_user_never_searches_as_another(self):
        """Any user may see paul, an anonymous search may not: it must never go out on a connection of bob's."""
        served = self.serve(base=slapd.BASE, max_connections=2)
        for _ in range(10):
            self.assertEqual(served.status("bob"), 200)
            self.assertEqual(served.status("paul"), 401)
        served.wait_for(r'"reason":"unknown_user"')

    def scripted(self, answers):
        server = faults.Scripted(answers)
        self.addCleanup(server.close)
        return server

    def test_a_slow_search_for_groups_blames_no_server(self):
        def answers(operation, body):
            if operation == faults.SEARCH:
                if b"groupOfNames" in body and b"mallory" in body:
                    return
                if b"groupOfNames" not in body:
                    user = "mallory" if b"mallory" in body else "alice"
                    yield faults.entry(f"uid={user},dc=x", uid=[user])
                yield faults.result(faults.SEARCH_DONE)
            elif operation == faults.BIND:
                yield faults.result(faults.BIND_ANSWER)

        server = self.scripted(answers)
        served = self.serve(uri=server.url, group_base="dc=x", cool_down="5s")
        for _ in range(3):
            self.assertEqual(served.status("mallory"), 503, served.log())
            self.assertEqual(served.status("alice"), 200, served.log())
        self.assertNotIn("does not work", served.log())
        # Nor is such a search asked for again.
        self.assertEqual(sum(b"groupOfNames" in body and b"mallory" in body for _, body in server.asked), 3)

    def test_a_connection_that_ends_in_a_search_for_groups_blames_no_server(self):
        """One user's groups may be more than a server tells."""
        def answers(operation, body):
            if operation == faults.SEARCH:
                if b"groupOfNames" in body and b"mallory" in body:
                    raise EOFError
                if b"groupOfNames" not in body:
                    user = "mallory" if b"mallory" in body else "alice"
                    yield faults.entry(f"uid={user},dc=x", uid=[user])
                yield faults.result(faults.SEARCH_DONE)
            elif operation == faults.BIND:
                yield faults.result(faults.BIND_ANSWER)

        served = self.serve(uri=self.scripted(answers).url, group_base="dc=x", cool_down="5s")
        for _ in range(3):
            self.assertEqual(served.status("mallory"), 503, served.log())
            self.assertEqual(served.status("alice"), 200, served.log())
        self.assertNotIn("does not work", served.log())

    def test_a_server_that_refuses_the_service_account(self):
        """The next one is asked; and the account is not locked by trying on."""
        binds = []

        def answers(operation, body):
            if operation == faults.BIND:
                binds.append(body)
                yield faults.result(faults.BIND_ANSWER, 49)

        refusing = self.scripted(answers)
        served = self.serve(uri=[refusing.url, self.proxy.url], **self.service)
        for _ in range(4):
            self.assertEqual(served.status("alice"), 200, served.log())
            self.proxy.drop()
        served.wait_for(r"the service account is refused")
        self.assertEqual(len(binds), 1)
        # With the second one gone there is none; which is no reason to try the first again.
        self.proxy.refuse()
        self.assert_soon(served, "alice", 503)
        self.assertEqual(len(binds), 1)

    def test_wrong_password_counts_once(self):
        """A bind that may have arrived is not sent again."""
        binds = []

        def answers(operation, body):
            if operation == faults.BIND:
                binds.append(body)
                raise EOFError
            yield faults.entry("uid=alice,dc=x", uid=["alice"])
            yield faults.result(faults.SEARCH_DONE)

        server = faults.Scripted(answers)
        self.addCleanup(server.close)
        outcome = self.login("alice", uri=server.url)
        self.assertEqual(outcome.decision, "unavailable", outcome.text)
        self.assertEqual(len(binds), 1)

    def test_liars(self):
        one = faults.entry("uid=alice,dc=x", uid=["alice"])
        done = faults.result(faults.SEARCH_DONE)
        stray = faults.message(99, faults.result(faults.BIND_ANSWER))
        notice = faults.message(0, faults.result(faults.EXTENDED_ANSWER, 52, more=faults.text("1.3.6.1.4.1.1466.20036",
                                                                                              0x8A)))
        reference = faults.tlv(faults.REFERENCE, faults.text("ldap://127.0.0.1:1/dc=x"))
        searches = {
            "two entries": ([one, one, done], "denied"),
            "entries without end": ([one] * 2000, "denied"),
            "references without end": ([reference] * 2000, "unavailable"),
            "some references": ([reference, one, reference, done], "granted"),
            "nothing but strays": ([("raw", stray * 5000)], "unavailable"),
            "some strays": ([("raw", stray * 3), one, done], "granted"),
            "notices without end": ([("raw", notice * 5000)], "unavailable"),
            "no name": ([faults.entry("", uid=["alice"]), done], "denied"),
            "no attribute": ([faults.entry("uid=alice,dc=x"), done], "denied"),
            "two values": ([faults.entry("uid=alice,dc=x", uid=["alice", "root"]), done], "denied"),
            "control character": ([faults.entry("uid=alice,dc=x", uid=["al\nice"]), done], "denied"),
            "not UTF-8": ([faults.entry("uid=alice,dc=x", uid=[b"al\xffice"]), done], "denied"),
            "empty": ([faults.entry("uid=alice,dc=x", uid=[""]), done], "denied"),
            "long": ([faults.entry("uid=alice,dc=x", uid=["a" * 600]), done], "denied"),
            "odd values": ([faults.entry("uid=alice,dc=x", uid=["alice"], mail=[b"\xff", "a@b"],
                                         memberOf=["cn=a,dc=x", "x", b"\xff", "cn=\\0a,dc=x"]), done], "granted"),
            "referral": ([faults.result(faults.SEARCH_DONE, 10)], "unavailable"),
            "time limit": ([one, faults.result(faults.SEARCH_DONE, 3)], "unavailable"),
            "size limit": ([one, faults.result(faults.SEARCH_DONE, 4)], "denied"),
            "busy": ([faults.result(faults.SEARCH_DONE, 51)], "unavailable"),
            "not allowed": ([faults.result(faults.SEARCH_DONE, 50)], "unavailable"),
            "huge": ([("raw", b"\x30\x84\x7f\xff\xff\xff" + b"x" * 4096)], "unavailable"),
            "no LDAP": ([("raw", b"HTTP/1.1 200 OK\r\n\r\n")], "unavailable"),
            "bind instead": ([faults.result(faults.BIND_ANSWER)], "unavailable"),
        }
        for name, (answers, decision) in searches.items():
            with self.subTest(name):
                def script(operation, _, answers=answers):
                    if operation == faults.SEARCH:
                        yield from answers
                    elif operation == faults.BIND:
                        yield faults.result(faults.BIND_ANSWER)

                server = faults.Scripted(script)
                self.addCleanup(server.close)
                began = time.monotonic()
                outcome = self.login("alice", uri=server.url, connect_timeout="500ms", operation_timeout="500ms")
                self.assertEqual(outcome.decision, decision, outcome.text)
                self.assertLess(time.monotonic() - began, 2 * SOON)

    def test_a_wrong_service_password_is_tried_once_by_all_together(self):
        binds, release = [], threading.Event()

        def answers(operation, body):
            if operation == faults.BIND:
                binds.append(body)
                release.wait(support.PATIENCE)
                yield faults.result(faults.BIND_ANSWER, 49)

        server = self.scripted(answers)
        served = self.serve(uri=server.url, workers=8, timeout="30s", connect_timeout="20s", **self.service)
        statuses = []
        threads = [threading.Thread(target=lambda i=i: statuses.append(served.status(f"user{i}"))) for i in range(8)]
        for thread in threads:
            thread.start()
        support.eventually(lambda: binds, support.PATIENCE, "a bind")
        # All of them are connected, and wait for the one that tries.
        support.eventually(lambda: server.accepted == 8, support.PATIENCE, "eight connections")
        release.set()
        for thread in threads:
            thread.join(support.PATIENCE)
        self.assertEqual(statuses, [503] * 8, served.log())
        self.assertEqual(len(binds), 1)

    def test_an_answer_without_end_is_cut_off(self):
        """Entries that are small enough each, and within max_groups, but hold more than 16 MiB together."""
        large = faults.entry("cn=group,dc=x", cn=["x" * (1 << 20)])

        def answers(operation, body):
            if operation == faults.SEARCH and b"groupOfNames" in body:
                yield from [large] * 64
            elif operation == faults.SEARCH:
                yield faults.entry("uid=alice,dc=x", uid=["alice"])
            yield faults.result(faults.BIND_ANSWER if operation == faults.BIND else faults.SEARCH_DONE)

        outcome = self.login("alice", uri=self.scripted(answers).url, group_base="dc=x", timeout="60s",
                             operation_timeout="60s")
        self.assert_decided(outcome, "unavailable", "backend_error")
        self.assertIn("longer than 16 MiB", outcome.detail)

    def test_results_of_a_bind(self):
        codes = {0: "granted", 48: "denied", 49: "denied", 53: "denied", 19: "denied"}
        for code in (0, 1, 3, 7, 8, 10, 14, 19, 32, 34, 48, 49, 50, 51, 52, 53, 80):
            with self.subTest(code):
                def script(operation, _, code=code):
                    if operation == faults.SEARCH:
                        yield faults.entry("uid=alice,dc=x", uid=["alice"])
                        yield faults.result(faults.SEARCH_DONE)
                    elif operation == faults.BIND:
                        yield faults.result(faults.BIND_ANSWER, code, "secret of the server")

                server = faults.Scripted(script)
                self.addCleanup(server.close)
                outcome = self.login("alice", uri=server.url)
                self.assertEqual(outcome.decision, codes.get(code, "unavailable"), outcome.text)
                self.assertNotIn("secret of the server", outcome.text)


if __name__ == "__main__":
    unittest.main()
