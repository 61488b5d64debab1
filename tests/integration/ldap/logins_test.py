# SPDX-License-Identifier: Apache-2.0
"""Who gets in and who does not, at a real OpenLDAP server."""
import subprocess
import unittest

import faults
import slapd
import support
from slapd import PEOPLE, dn_of, person


class Logins(support.Case):
    @classmethod
    def directory(cls):
        users = [
            person("alice", "Alice Liddell"), person("bob"), person("Åsa", "Åsa"), person("carol", mail="alice@elsewhere"),
            person("twin", "Twin One"), person("twin", "Twin Two", where="ou=hidden," + slapd.BASE),
            person("a,ou=admins", "Comma").replace("dn: uid=a,ou=admins,", "dn: uid=a\\2Cou\\3Dadmins,"),
            person("star"), person("double", mail="d1@example.org"),
            person("double", where="ou=hidden," + slapd.BASE, mail="d2@example.org"), person("tom"), person("tina"), person("hugo", where="ou=hidden," + slapd.BASE),
            person("paul", where="ou=private," + slapd.BASE), person("braces", password="{CRYPT}x"),
            person("long", password="p" * 4000), person("umlaut", password="pässwörd"), person("spaces").replace("userPassword: secret", "userPassword:: ICAg"),
            "dn: cn=two names,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: two names\nsn: x\n"
            "uid: zwei\nuid: two\nuserPassword: secret\n\n",
        ]
        return slapd.Slapd("".join(users))

    def test_search_then_bind(self):
        for how in ({}, self.service, {"implementation": "custom", "user_attributes": ["uid"]}):
            with self.subTest(how=how):
                outcome = self.login("alice", **how)
                self.assert_granted(outcome, "alice")
                self.assertEqual(outcome.value("vouched by"), "corp")
        self.assertIn(dn_of("alice"), outcome.detail)
        self.assertIn(self.server.url, outcome.detail)
        self.assertRegex(outcome.detail, r"search [0-9.]+ ms, bind [0-9.]+ ms")

    def test_attributes(self):
        outcome = self.login("alice", attributes=["sn", "login=uid"])
        self.assertEqual([outcome.value(n) for n in ("email", "name", "sn", "login")],
                         ["alice@example.org", "Alice Liddell", "Alice Liddell", "alice"])
        outcome = self.login("alice", email_attribute="none", name_attribute="sn")
        self.assertEqual((outcome.value("email"), outcome.value("name")), (None, "Alice Liddell"))

    def test_wrong_password_and_unknown_user(self):
        outcome = self.login("alice", "wrong-password")
        self.assert_decided(outcome, "denied", "bad_credential")
        self.assertEqual(outcome.verdict, "denied")
        outcome = self.login("nobody")
        self.assertEqual((outcome.decision, outcome.verdict, outcome.reason), ("denied", "not_mine", "unknown_user"))

    def test_any_of_several_attributes(self):
        how = {"user_attributes": ["uid", "mail"]}
        self.assert_granted(self.login("alice@example.org", **how), "alice")
        self.assert_granted(self.login("bob", **how), "bob")
        self.assert_decided(self.login("alice@nowhere", **how), "denied", "unknown_user")

    def test_name_in_another_spelling_is_the_same_subject(self):
        for typed in ("ALICE", "Alice", " alice", "alice ", "ａｌｉｃｅ"):
            with self.subTest(typed=typed):
                self.assert_granted(self.login(typed), "alice")
        self.assert_decided(self.login("a lice"), "denied", "unknown_user")
        self.assert_granted(self.login("Åsa"), "Åsa")

    def test_filter_signs_in_a_name_are_letters(self):
        for typed in ("*", "al*", "alice)(uid=*", "*)(|(uid=*", "\\2a", "\\", "a\\00b", "(alice)", "alice)(userPassword=*",
                      "uid=alice,ou=people,dc=example,dc=org", "ldap:///dc=example", "&", "|", "!"):
            with self.subTest(typed=typed):
                outcome = self.login(typed)
                self.assertEqual((outcome.decision, outcome.verdict), ("denied", "not_mine"), outcome.text)

    def test_more_than_one_match_is_refused(self):
        outcome = self.login("twin", base=slapd.BASE, **self.service)
        self.assertEqual((outcome.decision, outcome.verdict), ("denied", "denied"), outcome.text)
        self.assertIn("several entries", outcome.detail)
        self.assert_granted(self.login("twin"), "twin")

    def test_subject_must_be_one(self):
        self.assert_decided(self.login("zwei"), "denied", "disabled")
        self.assert_decided(self.login("alice", subject_attribute="telephoneNumber"), "denied", "disabled")
        self.assert_granted(self.login("zwei", subject_attribute="cn"), "two names")

    def test_a_subject_is_one_entrys_alone(self):
        """Two entries with one uid: by mail each would be found alone, and be let in as the same user."""
        how = {"user_attributes": ["uid", "mail"], "base": slapd.BASE, **self.service}
        for typed in ("double", "d1@example.org", "d2@example.org"):
            outcome = self.login(typed, **how)
            self.assertEqual((outcome.decision, outcome.verdict), ("denied", "denied"), outcome.text)
            self.assertIn("several entries", outcome.detail)
        self.assert_decided(self.login("d1@example.org", "wrong-password", **how), "denied", "bad_credential")
        self.assert_granted(self.login("d1@example.org", **{**how, "base": PEOPLE}), "double")

    def test_extra_filter(self):
        self.assert_granted(self.login("alice", filter="(mail=*@example.org)"), "alice")
        outcome = self.login("carol", filter="(mail=*@example.org)")
        self.assertEqual((outcome.decision, outcome.verdict), ("denied", "not_mine"))

    def test_what_only_the_service_account_may_see(self):
        hidden = "ou=hidden," + slapd.BASE
        self.assertEqual(self.login("hugo", base=hidden).verdict, "unavailable")
        self.assert_granted(self.login("hugo", base=hidden, **self.service), "hugo")
        self.assert_decided(self.login("hugo", "wrong-password", base=hidden, **self.service), "denied",
                            "bad_credential")

    def test_scope(self):
        self.assertEqual(self.login("alice", base=slapd.BASE, scope="one").verdict, "not_mine")
        self.assert_granted(self.login("alice", base=dn_of("alice"), scope="base"), "alice")

    def test_passwords_are_bytes(self):
        self.assert_granted(self.login("long", "p" * 4000), "long")
        self.assert_decided(self.login("long", "p" * 3999), "denied", "bad_credential")
        self.assert_granted(self.login("umlaut", "pässwörd"), "umlaut")
        self.assert_granted(self.login("spaces", "   "), "spaces")
        self.assert_decided(self.login("spaces", " "), "denied", "bad_credential")
        self.assert_decided(self.login("braces", "{CRYPT}x"), "denied", "bad_credential")

    def test_empty_password_is_never_asked(self):
        proxy = faults.Proxy(self.server.port)
        self.addCleanup(proxy.close)
        outcome = self.login("alice", "", uri=proxy.url)
        self.assertIn(outcome.decision, ("denied", "error"), outcome.text)
        self.assertEqual(proxy.connections, 0)

    def test_only_simple_binds_unless_told_otherwise(self):
        """Whatever else the server offers."""
        binds = []

        def answers(operation, body):
            if operation == faults.SEARCH:
                yield faults.entry("uid=alice,dc=x", uid=["alice"], supportedSASLMechanisms=["EXTERNAL", "PLAIN"])
                yield faults.result(faults.SEARCH_DONE)
            elif operation == faults.BIND:
                binds.append(body)
                yield faults.result(faults.BIND_ANSWER)

        server = faults.Scripted(answers)
        self.addCleanup(server.close)
        self.assert_granted(self.login("alice", uri=server.url, **self.service), "alice")
        self.assertEqual(len(binds), 2)
        for name, password, body in zip((slapd.SERVICE, "uid=alice,dc=x"), (slapd.SERVICE_PASSWORD, "secret"), binds):
            self.assertTrue(body.startswith(faults.tlv(0x02, b"\x03") + faults.text(name) + faults.text(password, 0x80)), body)

    def test_missing_base_and_refused_service_account(self):
        outcome = self.login("alice", base="ou=nowhere," + slapd.BASE)
        self.assert_decided(outcome, "unavailable", "backend_error")
        self.assertIn("base does not exist", outcome.detail)
        wrong = self.folder / "wrong"
        wrong.write_text("not-the-password")
        wrong.chmod(0o600)
        outcome = self.login("alice", bind_dn=slapd.SERVICE, bind_password_file=wrong)
        self.assert_decided(outcome, "unavailable", "backend_error")
        self.assertIn("the service account is refused", outcome.text)
        self.assertNotIn("not-the-password", outcome.text)

    def test_bind_by_template(self):
        people = "uid={user}," + slapd.PEOPLE
        private = "uid={user},ou=private," + slapd.BASE
        outcome = self.login("alice", user_dn=people, base=None)
        self.assert_granted(outcome, "alice")
        self.assert_granted(self.login("ALICE", user_dn=people, base=None), "alice")
        self.assert_decided(self.login("alice", "wrong-password", user_dn=people, base=None), "denied", "bad_credential")
        self.assert_decided(self.login("nobody", user_dn=people, base=None), "denied", "bad_credential")
        # Several, in order. Nobody but paul can read paul: the search is paul's.
        for search_as in (None, "user"):
            outcome = self.login("paul", user_dn=[people, private], base=None, search_as=search_as)
            self.assert_granted(outcome, "paul")
        outcome = self.login("paul", user_dn=[people, private], base=None, search_as="service", **self.service)
        self.assert_decided(outcome, "denied", "disabled")
        self.assert_granted(self.login("alice", user_dn=[people, private], base=None, search_as="service",
                                       **self.service), "alice")
        outcome = self.login("alice", user_dn=people, base=None, filter="(mail=*@elsewhere)")
        self.assert_decided(outcome, "denied", "disabled")

    def test_a_template_takes_ascii_unless_told_otherwise(self):
        people = "uid={user}," + slapd.PEOPLE
        proxy = faults.Proxy(self.server.port)
        self.addCleanup(proxy.close)
        for typed in ("ａｌｉｃｅ", "Åsa", "ali\u00adce", "alice\u00a0"):
            with self.subTest(typed=typed):
                outcome = self.login(typed, uri=proxy.url, user_dn=people, base=None)
                self.assertEqual((outcome.decision, outcome.verdict), ("denied", "not_mine"), outcome.text)
                self.assertIn("allow_unicode_names", outcome.text)
        self.assertEqual(proxy.connections, 0)
        self.assert_granted(self.login("Åsa", user_dn=people, base=None, allow_unicode_names=True), "Åsa")
        self.assert_granted(self.login("ａｌｉｃｅ", user_dn=people, base=None, allow_unicode_names=True), "alice")

    def test_guesses_are_counted_for_the_account_in_any_spelling(self):
        limits = '[cache]\nttl = "0s"\n[throttle]\nfailures = 3\nfailures_every = "1h"\nsource_failures = 0\n'
        for how, spellings in (({}, ("tom", "TOM ", "ｔｏｍ", "ｔＯＭ")),
                               ({"user_dn": "uid={user}," + slapd.PEOPLE, "base": None}, ("tina", "TINA", " tina", "tina  "))):
            with self.subTest(how=how):
                served = support.Served(self.config(top=limits, **how))
                self.addCleanup(served.close)
                self.assertEqual([served.status(name, "wrong-password") for name in spellings], [401, 401, 401, 429])
                self.assertEqual(served.status(spellings[0]), 429)
                self.assertEqual(served.status("bob"), 200)

    def test_a_template_reaches_no_other_entry(self):
        people = "uid={user}," + slapd.PEOPLE
        self.assert_granted(self.login("a,ou=admins", user_dn=people, base=None), "a,ou=admins")
        for typed in ("alice,ou=people", "alice+cn=Alice Liddell", "#616c696365", "\"alice\"", "a=b", "a\\,b", "alice;",
                      "<>", "alice,ou=people,dc=example,dc=org", "\\61lice", "alice\\20"):
            with self.subTest(typed=typed):
                outcome = self.login(typed, user_dn=people, base=None)
                self.assert_decided(outcome, "denied", "bad_credential")

    def ask_by_uri(self, user, *uris, password="secret"):
        command = [support.GATEHOUSE, "login", *(part for uri in uris for part in ("--backend", uri)), "-i", "--", user]
        done = subprocess.run(command, input=password + "\n", capture_output=True, text=True, timeout=support.PATIENCE,
                              start_new_session=True)
        return support.Outcome(done)

    def test_uris(self):
        base = f"{self.server.url}/{slapd.PEOPLE}"
        for uri in (base, base + "?uid", base + "?uid,mail?one?(objectClass=person)", f"{self.server.socket_url}/{slapd.PEOPLE}",
                    base + "????x-implementation=freeipa,x-email_attribute=none,x-timeout=5s",
                    f"{self.server.url}/{slapd.PEOPLE.replace('=', '%3D')}"):
            with self.subTest(uri):
                outcome = self.ask_by_uri("alice", uri)
                self.assertEqual((outcome.decision, outcome.subject), ("granted", "alice"), outcome.text)
                self.assertEqual(self.ask_by_uri("alice", uri, password="wrong-password").decision, "denied")
        self.assertEqual(self.ask_by_uri("alice@example.org", base + "?mail").subject, "alice@example.org")
        down = f"ldap://127.0.0.1:{slapd.free_port()}/dc=x"
        self.assertEqual(self.ask_by_uri("alice", down, base).decision, "unavailable")
        self.assertEqual(self.ask_by_uri("alice", down + "????x-on_unavailable=next", base).decision, "granted")
        for uri, words in ((base + "?uid?sub?(uid=x)?x-bind_password=secret", "bind_password_file"),
                           (base + "????x-filtr=a", "filter"), (base + "????filter=a", "x-OPTION"), (base + "????x-plugin=a", "plugin"),
                           (base.replace("//", "//admin:secret@"), "host"), (base + "#x", "fragment"), (base + "?on_unavailable=next", "x-OPTION"),
                           (base + "????x-on_unavailable=maybe", "next"), (base + "??deep", "scope")):
            with self.subTest(uri):
                outcome = self.ask_by_uri("alice", uri)
                self.assertEqual(outcome.decision, "error", outcome.text)
                self.assertIn(words, outcome.text)

    def test_configurations_that_are_refused(self):
        people = "uid={user}," + slapd.PEOPLE
        cases = [
            ({"uri": None}, "uri"), ({"uri": "http://x"}, "is not a server"), ({"uri": "ldap://a@b"}, "uri"),
            ({"uri": "ldap://ldap.example.org"}, "allow_plaintext"), ({"base": None}, "base"), ({"base": "people"}, "base"),
            ({"uri": ["ldap://127.0.0.1", "ldap://127.0.0.1:389"]}, "twice"),
            ({"bind_dn": slapd.SERVICE}, "bind_password"), ({"bind_password_file": self.secret}, "bind_dn"),
            ({"filter": "(uid={user})"}, "placeholder"), ({"filter": "(uid=%s)"}, "placeholder"),
            ({"filter": "uid=x"}, "filter"), ({"filter": "(&(a=b)(c=d)"}, "filter"), ({"filter": "(a=b))"}, "filter"),
            ({"filter": "(a=\\zz)"}, "filter"), ({"filter": ""}, "filter"),
            ({"user_dn": "uid=alice," + slapd.PEOPLE}, "{user}"), ({"user_dn": people + ",uid={user}"}, "{user}"),
            ({"user_dn": "uid=%s," + slapd.PEOPLE}, "{user}"), ({"user_dn": "uid={user},,dc=x"}, "user_dn"),
            ({"user_dn": "uid=x{user},dc=x"}, "user_dn"), ({"user_dn": "{user}"}, "user_dn"),
            ({"search_as": "user"}, "user_dn"), ({"allow_unicode_names": True}, "user_dn"), ({"implementation": "custom"}, "user_attributes"),
            ({"user_attributes": ["uid)(x"]}, "user_attributes"), ({"nested_groups": "walk"}, "group_base"),
            ({"uri": self.server.tls_url, "ca_file": "/nowhere.pem"}, "ca_file"),
            ({"uri": self.server.tls_url, "start_tls": True}, "start_tls"), ({"tls_cert": self.secret}, "tls_key"),
            ({"bind": "external"}, "ldapi"), ({"uri": ["ldaps+srv://a", "ldaps://b"]}, "alone"),
            ({"uri": ["ldaps://b", "ldaps+srv://a"]}, "alone"), ({"uri": "ldap+srv://example.org"}, "allow_plaintext"),
            ({"required_groups": ["cn=a,ou"], "group_base": PEOPLE}, "required_groups"),
            ({"uri": []}, "uri"), ({"uri": "ldaps+srv://-"}, "uri"), ({"scope": "all"}, "scope"),
            ({"attributes": ["a=b=c"]}, "attributes"), ({"max_groups": 0}, "max_groups"),
            ({"bind_password": "secret"}, "bind_password_file"), ({"uri": "ldapi://run/slapd"}, "uri"),
        ]
        for options, words in cases:
            with self.subTest(options=options):
                status, text = self.check(**options)
                self.assertEqual(status, 2, text)
                self.assertIn(words, text)
        status, text = self.check(uri="ldap://ldap.example.org", allow_plaintext=True)
        self.assertEqual(status, 0, text)


if __name__ == "__main__":
    unittest.main()
