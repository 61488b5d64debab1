# SPDX-License-Identifier: Apache-2.0
"""TLS: verified or nothing, and whatever the machine's own LDAP settings say."""
import os
import ssl
import subprocess
import time
import unittest

import faults
import slapd
import support
from slapd import person

STARTTLS_OID = b"1.3.6.1.4.1.1466.20037"


class Tls(support.Case):
    @classmethod
    def directory(cls):
        cls.authority = slapd.Authority(cls.folder)
        return slapd.Slapd(person("alice") + person("hugo", where="ou=hidden," + slapd.BASE), authority=cls.authority)

    def setUp(self):
        self.trusted = {"ca_file": self.authority.cert}

    def unavailable(self, outcome, words=""):
        self.assertEqual(outcome.decision, "unavailable", outcome.text)
        self.assertIn(words, outcome.text)

    def tls_server(self, name, **certificate):
        """An ldaps server with a certificate of its own, that would let anybody in."""
        issuer = certificate.pop("authority", self.authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*issuer.issue(name, **certificate))
        server = faults.Scripted(self.let_in, context)
        self.addCleanup(server.close)
        return server

    @staticmethod
    def let_in(operation, _):
        if operation == faults.BIND:
            yield faults.result(faults.BIND_ANSWER)
        elif operation == faults.SEARCH:
            yield faults.entry("uid=alice,dc=x", uid=["alice"])
            yield faults.result(faults.SEARCH_DONE)
        elif operation == faults.EXTENDED:
            yield faults.result(faults.EXTENDED_ANSWER)

    def test_verified(self):
        self.assert_granted(self.login("alice", uri=self.server.tls_url, **self.trusted), "alice")
        self.assert_granted(self.login("alice", uri=self.server.url, start_tls=True, **self.trusted), "alice")
        good = self.tls_server("good")
        self.assert_granted(self.login("alice", uri=f"ldaps://127.0.0.1:{good.port}", **self.trusted), "alice")

    def test_certificates_that_are_refused(self):
        other = slapd.Authority(self.folder, "other")
        cases = [("wrong-host", {"san": "DNS:ldap.example.org"}),
                 ("name-in-subject-only", {"san": ""}),
                 ("subject-beside-other-name", {"san": "DNS:ldap.example.org", "subject": "/CN=127.0.0.1"}),
                 ("expired", {"days": "-1"}),
                 ("other-authority", {"authority": other})]
        for name, certificate in cases:
            with self.subTest(name):
                server = self.tls_server(name, **certificate)
                outcome = self.login("alice", uri=f"ldaps://127.0.0.1:{server.port}", **self.trusted)
                self.unavailable(outcome, "TLS failed")
                self.assertEqual([op for op, _ in server.asked], [])
        with self.subTest("self-signed"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(other.cert, other.key)
            server = faults.Scripted(self.let_in, context)
            self.addCleanup(server.close)
            self.unavailable(self.login("alice", uri=f"ldaps://127.0.0.1:{server.port}", **self.trusted), "TLS failed")
            self.assertEqual(server.asked, [])
        with self.subTest("authorities of the system"):
            known = "/etc/ssl/certs/ca-certificates.crt"
            options = {} if os.path.exists(known) else {"ca_file": other.cert}
            self.unavailable(self.login("alice", uri=self.server.tls_url, **options), "TLS failed")

    def test_settings_of_the_machine_do_not_count(self):
        (self.folder / ".ldaprc").write_text(f"TLS_REQCERT never\nTLS_CACERT {self.authority.cert}\nTIMEOUT 1\n"
                                             "URI ldap://127.0.0.1:1\nBASE dc=nowhere\n")
        other = slapd.Authority(self.folder, "stranger")
        hostile = {"HOME": str(self.folder), "LDAPTLS_REQCERT": "never", "LDAPTLS_CACERT": str(self.authority.cert),
                   "LDAPURI": "ldap://127.0.0.1:1", "LDAPREFERRALS": "on", "LDAPTLS_REQSAN": "never"}
        self.unavailable(self.login("alice", uri=self.server.tls_url, ca_file=other.cert, environment=hostile),
                         "TLS failed")
        server = self.tls_server("elsewhere", san="DNS:ldap.example.org")
        self.unavailable(self.login("alice", uri=f"ldaps://127.0.0.1:{server.port}", environment=hostile,
                                    **self.trusted), "TLS failed")
        # And those of the whole machine, wherever they are.
        everywhere = self.folder / "ldap.conf"
        everywhere.write_text(f"TLS_REQCERT never\nTLS_REQSAN never\nTLS_CACERT {self.authority.cert}\n"
                              "URI ldap://127.0.0.1:1\nREFERRALS on\nDEREF always\nSIZELIMIT 1\n")
        for variable in ("LDAPCONF", "LDAPRC"):
            machine = {variable: str(everywhere)}
            self.unavailable(self.login("alice", uri=self.server.tls_url, ca_file=other.cert, environment=machine),
                             "TLS failed")
            self.assert_granted(self.login("alice", uri=self.server.tls_url, environment=machine, **self.trusted), "alice")
        # They are not even opened.
        hangs = self.folder / "fifo"
        os.mkfifo(hangs)
        self.assert_granted(self.login("alice", uri=self.server.tls_url, environment={"LDAPCONF": str(hangs)},
                                       **self.trusted), "alice")
        hostile["LDAPTLS_CACERT"] = str(other.cert)
        self.assert_granted(self.login("alice", uri=self.server.tls_url, environment=hostile, **self.trusted), "alice")

    def test_old_tls_and_weak_ciphers_are_refused(self):
        cert, key = self.authority.issue("versions")
        everything = "ALL:@SECLEVEL=0"
        for version, ciphers, spoken in (("-tls1_1", everything, False), ("-tls1", everything, False),
                                         ("-tls1_2", everything, True), ("-tls1_2", "eNULL:@SECLEVEL=0", False),
                                         ("-tls1_2", "aNULL:@SECLEVEL=0", False)):
            with self.subTest(version=version, ciphers=ciphers):
                port = slapd.free_port()
                server = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", cert, "-key",
                                           key, version, "-cipher", ciphers, "-quiet"],
                                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                          preexec_fn=slapd.end_with_the_test)
                try:
                    support.eventually(lambda: self.connects(port), support.PATIENCE, "openssl listens")
                    outcome = self.login("alice", uri=f"ldaps://127.0.0.1:{port}", operation_timeout="300ms",
                                         **self.trusted)
                    self.unavailable(outcome)
                    self.assertEqual("TLS failed" not in outcome.text, spoken, outcome.text)
                finally:
                    server.kill()
                    server.wait()
                    server.stdin.close()

    @staticmethod
    def connects(port):
        import socket
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def test_start_tls_or_nothing(self):
        def refuses(operation, _):
            if operation == faults.EXTENDED:
                yield faults.result(faults.EXTENDED_ANSWER, 2)
            else:
                yield from self.let_in(operation, _)

        def goes_on_in_clear(operation, _):
            yield from self.let_in(operation, _)

        def injects(operation, _):
            if operation == faults.EXTENDED:
                bind = faults.message(2, faults.result(faults.BIND_ANSWER))
                yield ("raw", faults.message(1, faults.result(faults.EXTENDED_ANSWER)) + bind + bind)

        def is_silent(operation, _):
            return ()

        for answers in (refuses, goes_on_in_clear, injects, is_silent):
            with self.subTest(answers.__name__):
                server = faults.Scripted(answers)
                self.addCleanup(server.close)
                began = time.monotonic()
                outcome = self.login("alice", uri=server.url, start_tls=True, connect_timeout="500ms", **self.service,
                                     **self.trusted)
                self.unavailable(outcome)
                self.assertLess(time.monotonic() - began, support.PATIENCE / 4)
                self.assertTrue(server.asked)
                self.assertNotIn(faults.BIND, [op for op, _ in server.asked])
                self.assertNotIn(slapd.SERVICE_PASSWORD.encode(), b"".join(body for _, body in server.asked))

    def test_start_tls_with_words_in_clear_before_tls(self):
        """Whatever came before the handshake must not be taken for an answer after it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.issue("injected"))
        import socket
        import threading
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        seen = []

        def serve():
            client, _ = listener.accept()
            client.recv(65536)
            injected = b"".join(faults.message(n, faults.result(faults.BIND_ANSWER)) for n in (2, 3, 4))
            client.sendall(faults.message(1, faults.result(faults.EXTENDED_ANSWER)) + injected)
            try:
                tls = context.wrap_socket(client, server_side=True)
                seen.append(tls.recv(65536))
                tls.close()
            except OSError:
                client.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        outcome = self.login("alice", uri=f"ldap://127.0.0.1:{listener.getsockname()[1]}", start_tls=True,
                             connect_timeout="1s", operation_timeout="1s", **self.service, **self.trusted)
        self.unavailable(outcome)
        thread.join(support.PATIENCE)
        self.assertEqual(seen, [])

    def test_handshake_that_stalls(self):
        proxy = faults.Proxy(self.server.tls_port)
        self.addCleanup(proxy.close)
        for how in ("swallow", "cut"):
            with self.subTest(how):
                proxy.swallow = how == "swallow"
                proxy.cut_after = 60 if how == "cut" else None
                began = time.monotonic()
                outcome = self.login("alice", uri=proxy.tls_url, connect_timeout="300ms", **self.trusted)
                self.unavailable(outcome)
                self.assertLess(time.monotonic() - began, support.PATIENCE / 4)

    def test_keys_that_others_can_read_or_that_need_a_passphrase(self):
        cert, key = self.authority.issue("guarded", subject="/CN=client", san="")
        other, _ = self.authority.issue("unlike", subject="/CN=client", san="")
        options = {"uri": self.server.tls_url, "bind": "external", "tls_cert": cert, "tls_key": key, **self.trusted}
        self.assertEqual(self.check(**options)[0], 0)
        for mode in (0o644, 0o604, 0o602):
            key.chmod(mode)
            status, text = self.check(**options)
            self.assertEqual(status, 2, text)
            self.assertIn("tls_key", text)
            self.assertIn("chmod 600", text)
        if os.getuid() == 0:  # with a group of its own, as Debian's ssl-cert
            for owner, mode, status in ((0, 0o640, 0), (0, 0o660, 2), (65534, 0o640, 2), (65534, 0o600, 0)):
                os.chown(key, owner, 65534)
                key.chmod(mode)
                self.assertEqual(self.check(**options)[0], status, (owner, oct(mode)))
            os.chown(key, 0, 0)
        key.chmod(0o600)
        for name, how in (("pkcs8", ["pkcs8", "-topk8", "-in", key]), ("old", ["ec", "-aes128", "-in", key])):
            with self.subTest(name):
                guarded = self.folder / f"{name}-guarded.key"
                slapd.run("openssl", *how, "-passout", "pass:guard", "-out", guarded)
                guarded.chmod(0o600)
                began = time.monotonic()
                status, text = self.check(**{**options, "tls_key": guarded})
                self.assertEqual(status, 2, text)
                self.assertIn("passphrase", text)
                self.assertLess(time.monotonic() - began, support.PATIENCE / 4)
        for name, files, words in (("of another", {"tls_cert": other}, "tls_cert"),
                                   ("no key", {"tls_key": self.secret}, "tls_cert"),
                                   ("no certificate", {"tls_cert": self.secret}, "tls_cert"),
                                   ("no file", {"tls_key": self.folder}, "tls_key"),
                                   ("no authorities", {"ca_file": self.secret}, "ca_file")):
            with self.subTest(name):
                status, text = self.check(**{**options, **files})
                self.assertEqual(status, 2, text)
                self.assertIn(words, text)

    def test_client_certificate_and_socket(self):
        hidden = "ou=hidden," + slapd.BASE
        cert, key = self.authority.issue("client", subject="/CN=client", san="")
        with_cert = {"tls_cert": cert, "tls_key": key, "base": hidden, **self.trusted}
        self.assert_granted(self.login("hugo", uri=self.server.tls_url, bind="external", **with_cert), "hugo")
        # The certificate alone makes nobody: without "external" the search is anonymous.
        self.assertEqual(self.login("hugo", uri=self.server.tls_url, **with_cert).decision, "unavailable")
        self.assert_granted(self.login("hugo", uri=self.server.socket_url, bind="external", base=hidden), "hugo")
        self.assertEqual(self.login("hugo", uri=self.server.socket_url, base=hidden).decision, "unavailable")
        self.assert_granted(self.login("alice", uri=self.server.socket_url), "alice")


if __name__ == "__main__":
    unittest.main()
