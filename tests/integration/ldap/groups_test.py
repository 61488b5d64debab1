# SPDX-License-Identifier: Apache-2.0
"""Groups, account states and the presets, at a real OpenLDAP server."""
import unittest

import faults
import slapd
import support
from slapd import GROUPS, PEOPLE, dn_of, group, person

AD_USERS = "cn=users," + slapd.BASE


def account(name, principal, groups=()):
    lines = [f"dn: cn={name},{AD_USERS}", "objectClass: inetOrgPerson", "objectClass: windowsAccount", f"cn: {name}",
             f"sn: {name}", f"sAMAccountName: {name}", f"userPrincipalName: {principal}", f"displayName: The {name}",
             f"mail: {name}@corp.example", "userPassword: secret"]
    return "\n".join(lines) + "\n\n"


class Groups(support.Case):
    @classmethod
    def directory(cls):
        server = slapd.Slapd("".join([
            person("alice"), person("bob"), person("carol"), person("many"),
            group("unix", ["alice", "ALICE2"], kind="posixGroup", attribute="memberUid").rstrip() + "\ngidNumber: 7\n\n",
            group("unique", [dn_of("alice")], kind="groupOfUniqueNames", attribute="uniqueMember"),
        ]))
        try:
            server.add("".join([
                group("staff", ["UID=Alice,OU=People,DC=Example,DC=Org", dn_of("bob")]),
                group("writers", [dn_of("alice")]),
                group("a\\, b", [dn_of("alice")]),
                # all > everybody > staff; and a circle.
                group("everybody", [f"cn=staff,{GROUPS}"]),
                group("all", [f"cn=everybody,{GROUPS}", f"cn=circle,{GROUPS}"]),
                group("circle", [f"cn=all,{GROUPS}"]),
                group("elsewhere", [dn_of("alice")], where=PEOPLE),
            ]))
            cls.levels = 50
            chain = [group("level0", [dn_of("carol")])]
            chain += [group(f"level{i}", [f"cn=level{i - 1},{GROUPS}"]) for i in range(1, cls.levels)]
            server.add("".join(chain))
        except BaseException:
            server.close()
            raise
        return server

    def test_member_of(self):
        self.assert_granted(self.login("alice"), "alice", ["a, b", "elsewhere", "staff", "writers"])
        self.assert_granted(self.login("bob"), "bob", ["staff"])
        self.assert_granted(self.login("alice", member_of_attribute="none"), "alice", [])
        outcome = self.login("bob", group_name_attribute="dn")
        self.assertEqual([g.lower() for g in outcome.groups], [f"cn=staff,{GROUPS}".lower()])

    def test_group_search(self):
        everything = ["a, b", "staff", "unique", "unix", "writers"]
        self.assert_granted(self.login("alice", group_base=GROUPS), "alice", everything)
        self.assert_granted(self.login("alice", group_base=GROUPS, member_of_attribute="none"), "alice", everything)
        self.assert_granted(self.login("ALICE", group_base=GROUPS, group_attributes=["memberUid"],
                                       member_of_attribute="none", **self.service), "alice", ["unix"])
        self.assert_granted(self.login("alice", group_base=GROUPS, group_filter="(cn=s*)", member_of_attribute="none"),
                            "alice", ["staff"])
        outcome = self.login("alice", group_base="ou=nowhere," + slapd.BASE)
        self.assert_decided(outcome, "unavailable", "backend_error")
        self.assertIn("group_base does not exist", outcome.detail)

    def test_nested(self):
        nested = {"group_base": GROUPS, "nested_groups": "walk"}
        self.assert_granted(self.login("bob", **nested), "bob", ["all", "circle", "everybody", "staff"])
        self.assert_granted(self.login("bob", group_base=GROUPS), "bob", ["staff"])
        self.assertEqual(len(self.login("carol", **nested).groups), 9)
        self.assertIn("beyond max_group_depth", self.login("carol", **nested).detail)
        deep = self.login("carol", max_group_depth=64, **nested)
        self.assertEqual(len(deep.groups), self.levels)
        self.assertNotIn("beyond", deep.detail)

    def test_required(self):
        self.assert_granted(self.login("alice", required_groups=["nobody", "writers"]), "alice")
        self.assert_granted(self.login("alice", required_groups=[f"CN=Writers, {GROUPS.upper()}"]), "alice")
        outcome = self.login("bob", required_groups=["writers"])
        self.assert_decided(outcome, "forbidden", "insufficient")
        self.assert_decided(self.login("bob", "wrong-password", required_groups=["writers"]), "denied", "bad_credential")
        # Of the same name, but not below group_base.
        self.assert_decided(self.login("alice", required_groups=["elsewhere"], group_base=GROUPS), "forbidden",
                            "insufficient")

    def test_more_groups_than_allowed(self):
        outcome = self.login("alice", max_groups=2)
        self.assert_decided(outcome, "unavailable", "backend_error")
        self.assertIn("max_groups", outcome.detail)
        self.assert_decided(self.login("alice", max_groups=2, group_base=GROUPS, member_of_attribute="none"),
                            "unavailable", "backend_error")

    def test_groups_read_as_the_user(self):
        template = "uid={user}," + PEOPLE
        self.assert_granted(self.login("alice", user_dn=template, base=None, group_base=GROUPS), "alice",
                            ["a, b", "staff", "unique", "unix", "writers"])


class FreeIpa(support.Case):
    """What memberOf holds at FreeIPA: groups, and roles and rules that could have their names."""

    @classmethod
    def directory(cls):
        return slapd.Slapd(person("alice"))

    def test_groups_are_what_counts(self):
        suffix = "dc=example,dc=org"
        groups = f"cn=groups,cn=accounts,{suffix}"

        def answers(operation, _):
            if operation == faults.SEARCH:
                yield faults.entry(f"uid=alice,cn=users,cn=accounts,{suffix}", uid=["alice"], memberOf=[
                    f"cn=staff,{groups}", f"CN=Writers, CN=Groups, CN=Accounts, {suffix}", f"cn=admins,cn=roles,cn=accounts,{suffix}",
                    f"cn=User Administrators,cn=privileges,cn=pbac,{suffix}", f"ipaUniqueID=1234,cn=hbac,{suffix}",
                    f"cn=x\\,cn\\=groups,cn=accounts,{suffix}", f"cn=deeper,cn=below,{groups}", groups,
                    f"cn=old,cn=groups,cn=compat,{suffix}", f"cn=odd,cn=groups,cn=accounts2,{suffix}", "cn=alone"])
                yield faults.result(faults.SEARCH_DONE)
            elif operation == faults.BIND:
                yield faults.result(faults.BIND_ANSWER)

        server = faults.Scripted(answers)
        self.addCleanup(server.close)
        ask = {"uri": server.url, "implementation": "freeipa", "base": f"cn=users,cn=accounts,{suffix}"}
        self.assert_granted(self.login("alice", **ask), "alice", ["Writers", "staff"])
        self.assert_decided(self.login("alice", required_groups=["admins"], **ask), "forbidden", "insufficient")
        for required in ("staff", f"cn=writers,{groups}"):
            self.assert_granted(self.login("alice", required_groups=[required], **ask), "alice")


class States(support.Case):
    """What the password policy of OpenLDAP says of accounts."""

    @classmethod
    def directory(cls):
        policy = "ou=policies," + slapd.BASE
        return slapd.Slapd("".join([
            person("locked"), person("guessed"), person("reset"),
            person("expired", more=[f"pwdPolicySubentry: cn=short,{policy}", "pwdChangedTime: 20200101000000Z"]),
            person("grace", more=[f"pwdPolicySubentry: cn=grace,{policy}", "pwdChangedTime: 20200101000000Z"]),
            person("off", more=["pwdAccountLockedTime: 000001010000Z"]),
        ]))

    def test_locked(self):
        self.assert_decided(self.login("off"), "denied", "locked")
        for _ in range(5):
            self.assert_decided(self.login("guessed", "wrong-password"), "denied", "bad_credential")
        self.assert_decided(self.login("guessed"), "denied", "locked")

    def test_expired(self):
        self.assert_decided(self.login("expired"), "denied", "expired")
        outcome = self.login("grace")
        self.assert_granted(outcome, "grace")

    def test_must_change(self):
        self.assert_granted(self.login("reset"), "reset")
        self.server.modify(f"dn: {dn_of('reset')}\nchangetype: modify\nreplace: pwdReset\npwdReset: TRUE\n")
        self.assert_decided(self.login("reset"), "denied", "must_change")
        self.assert_decided(self.login("reset", "wrong-password"), "denied", "bad_credential")


class ActiveDirectory(support.Case):
    """The names of Active Directory in OpenLDAP; what it says of accounts, from a script."""

    @classmethod
    def directory(cls):
        users = f"dn: {AD_USERS}\nobjectClass: organizationalRole\ncn: users\n\n"
        return slapd.Slapd(users + account("alice", "alice@corp.example") + account("bob", "robert@corp.example") +
                           account("carl", "bob@corp.example"), schema=slapd.WINDOWS_NAMES)

    def login(self, user, password="secret", **options):
        return super().login(user, password, **{"implementation": "activedirectory", "base": AD_USERS,
                                                "filter": "(objectClass=windowsAccount)", **options})

    def test_names(self):
        for typed in ("alice", "alice@corp.example", "ALICE"):
            self.assert_granted(self.login(typed), "alice")
        outcome = self.login("alice")
        self.assertEqual((outcome.value("name"), outcome.value("email")), ("The alice", "alice@corp.example"))
        self.assert_granted(self.login("robert@corp.example"), "bob")
        domain = {"domain": "corp.example", "netbios_domain": "CORP"}
        self.assert_granted(self.login("corp\\alice", **domain), "alice")
        self.assertEqual(self.login("other\\alice", **domain).verdict, "not_mine")
        self.assertEqual(self.login("corp\\alice").verdict, "not_mine")
        # By account it is bob, by principal it is carl.
        outcome = self.login("bob@corp.example", **domain)
        self.assertEqual((outcome.decision, outcome.verdict), ("denied", "denied"))
        self.assert_granted(self.login("bob@corp.example"), "carl")

    def test_states_of_accounts(self):
        reasons = {"52e": "bad_credential", "530": "disabled", "531": "disabled", "532": "expired", "533": "disabled",
                   "701": "expired", "773": "must_change", "775": "locked", "57": "bad_credential"}
        for data, reason in reasons.items():
            with self.subTest(data):
                def answers(operation, _, data=data):
                    if operation == faults.BIND:
                        yield faults.result(faults.BIND_ANSWER, 49, "80090308: LdapErr: DSID-0C090439, comment: "
                                            f"AcceptSecurityContext error, data {data}, v4563\0")
                    else:
                        yield faults.entry("cn=alice,cn=users,dc=x", sAMAccountName=["alice"])
                        yield faults.result(faults.SEARCH_DONE)

                server = faults.Scripted(answers)
                self.addCleanup(server.close)
                self.assert_decided(self.login("alice", uri=server.url), "denied", reason)

    def test_bind_by_principal_without_a_search(self):
        seen = []

        def answers(operation, body):
            if operation == faults.BIND:
                seen.append(body)
                yield faults.result(faults.BIND_ANSWER)
            else:
                yield faults.entry("cn=alice,cn=users,dc=x", sAMAccountName=["alice"])
                yield faults.result(faults.SEARCH_DONE)

        server = faults.Scripted(answers)
        self.addCleanup(server.close)
        self.assert_granted(self.login("alice", uri=server.url, user_dn="{user}@corp.example"), "alice")
        self.assertIn(b"alice@corp.example", seen[0])
        self.assertIn(b"cn=alice,cn=users,dc=x", seen[1])
        self.assertEqual(self.login("alice@elsewhere", uri=server.url, user_dn="{user}@corp.example").verdict, "not_mine")
        self.assertEqual(len(seen), 2)

    def test_a_principal_name_that_somebody_gave_itself(self):
        """Mallory's userPrincipalName is admin@corp.example: who binds so with Mallory's password is not admin."""
        for code, data in ((49, "52e"), (49, "775"), (0, "")):
            for template in ("{user}@corp.example", "CORP\\{user}"):
                for how in ({"search_as": "user"}, {"search_as": "service", **self.service}):
                    with self.subTest(code=code, data=data, template=template, how=how):
                        asked = []

                        def answers(operation, body, code=code, data=data, asked=asked):
                            if operation == faults.SEARCH:
                                asked.append("search")
                                yield faults.entry("cn=admin,cn=users,dc=x", sAMAccountName=["admin"])
                                yield faults.result(faults.SEARCH_DONE)
                            elif b"cn=admin" in body:
                                asked.append("entry")
                                yield faults.result(faults.BIND_ANSWER, code, f"80090308: LdapErr: DSID-0C090439, data {data}, v")
                            elif operation == faults.BIND and b"cn=service" not in body:
                                asked.append("principal")
                                yield faults.result(faults.BIND_ANSWER)
                            elif operation == faults.BIND:
                                yield faults.result(faults.BIND_ANSWER)

                        server = faults.Scripted(answers)
                        self.addCleanup(server.close)
                        outcome = self.login("admin", uri=server.url, user_dn=template, max_connections=2,
                                             group_base="cn=users,dc=x", **how)
                        if code == 0:
                            self.assert_granted(outcome, "admin")
                        else:
                            self.assert_decided(outcome, "denied", "bad_credential" if data == "52e" else "locked")
                        self.assertEqual(asked, ["principal", "search", "entry"] + ["search"] * (code == 0))


if __name__ == "__main__":
    unittest.main()
