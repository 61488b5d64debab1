# SPDX-License-Identifier: Apache-2.0
"""TLS on both sides: versions, certificates and their renewal, verified upstreams, and the same traffic as without."""
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import unittest

from certificates import Authority, openssl
from support import ALICE, LIMIT, WRONG, Client, Gatehouse, Reader, Upstream, basic


class TlsClient(Client):
    def __init__(self, address, context, name="localhost"):
        super().__init__(address)
        self.sock = context.wrap_socket(self.sock, server_hostname=name)
        self.reader = Reader(self.sock)


class TlsUpstream(Upstream):
    """The scripted upstream behind a certificate. Connections that fail the handshake count too."""

    def __init__(self, file, key, version=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file, key)
        self.names = []
        self.context.sni_callback = lambda sock, name, context: self.names.append(name)
        if version:
            self.context.maximum_version = version
        super().__init__()
        self.url = self.url.replace("http://127.0.0.1", "https://localhost")

    def serve(self, sock, number):
        try:
            secured = self.context.wrap_socket(sock, server_side=True)
        except OSError:
            sock.close()
            return
        super().serve(secured, number)


class Callers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = tempfile.TemporaryDirectory()
        cls.authority = Authority(cls.files.name)
        cls.cert, cls.key = cls.authority.sign("server")
        cls.context = ssl.create_default_context(cafile=cls.authority.file)
        cls.upstream = Upstream()
        cls.gatehouse = Gatehouse(cls.upstream.url, f'tls_cert = "{cls.cert}"\ntls_key = "{cls.key}"\nheader_timeout = "2s"')

    @classmethod
    def tearDownClass(cls):
        cls.upstream.close()
        cls.gatehouse.stop()
        cls.files.cleanup()

    def setUp(self):
        self.upstream.answers.clear()
        self.upstream.requests.clear()

    def client(self, context=None):
        client = TlsClient(self.gatehouse.address, context or self.context)
        self.addCleanup(client.sock.close)
        return client

    def test_a_login_and_what_the_service_is_told(self):
        client = self.client()
        self.assertIsNone(client.sock.selected_alpn_protocol())
        self.assertEqual(client.ask(lines="").status, 401)
        self.assertEqual(client.ask(lines=WRONG).status, 401)
        body = client.ask("/x").body
        self.assertIn(b"\nX-Forwarded-Proto: https\n", body)
        self.assertIn(b"\nRemote-User: alice\n", body)
        self.assertEqual(client.ask("https://real.example/y").status, 200)
        self.assertEqual(self.upstream.requests[-1].value("Host"), "real.example")
        self.assertEqual(client.ask("http://real.example/y").status, 400)

    def test_pipelined_and_cut_anywhere(self):
        client = self.client()
        for byte in "GET /1 HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n":
            client.send(byte)
        self.assertEqual(client.response().status, 200)
        client.send(("GET /2 HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n") * 40)
        for _ in range(40):
            self.assertEqual(client.response().status, 200)

    def test_large_bodies_both_ways_at_once(self):
        body = os.urandom(3_000_000)
        client = self.client()
        sender = threading.Thread(target=client.send, args=(
            b"POST / HTTP/1.1\r\nHost: a\r\n" + ALICE.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body,))
        sender.start()
        response = client.response()
        sender.join(LIMIT)
        self.assertTrue(response.body.endswith(body))
        self.assertEqual(client.ask().status, 200)

    def test_versions_and_protocols(self):
        old = ssl.create_default_context(cafile=self.authority.file)
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.client(old)
        weak = ssl.create_default_context(cafile=self.authority.file)
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertEqual(self.client(weak).ask().status, 200)
        weak.set_ciphers("ECDHE-ECDSA-AES128-SHA256:AES128-SHA")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.client(weak)
        for offered, chosen in ((["h2", "http/1.1"], "http/1.1"), (["http/1.1"], "http/1.1")):
            context = ssl.create_default_context(cafile=self.authority.file)
            context.set_alpn_protocols(offered)
            client = self.client(context)
            self.assertEqual(client.sock.selected_alpn_protocol(), chosen)
            self.assertEqual(client.ask().status, 200)
        only_h2 = ssl.create_default_context(cafile=self.authority.file)
        only_h2.set_alpn_protocols(["h2"])
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.client(only_h2)

    def test_plain_http_is_told_so(self):
        with self.gatehouse.client() as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            response = client.response()
            self.assertEqual(response.status, 400)
            self.assertIn(b"HTTPS", response.body)
            self.assertTrue(client.is_closed())
        self.assertEqual(self.upstream.requests, [])

    def test_broken_handshakes_end_in_time_and_harm_nobody(self):
        silent = self.gatehouse.client()
        self.addCleanup(silent.sock.close)
        slow = self.gatehouse.client()
        self.addCleanup(slow.sock.close)
        slow.send(b"\x16\x03\x01\x02\x00\x01")
        for junk in (b"\x16\x03\x01\xff\xff" + b"\0" * 70000, b"\x80\x2e\x01\x00\x02", os.urandom(512),
                     b"\x15\x03\x03\x00\x02\x02\x28"):
            with self.gatehouse.client() as client:
                try:
                    client.send(junk)
                    client.reader.rest()
                except OSError:
                    pass
        with self.gatehouse.client() as client:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.send(b"\x16\x03\x01")
        self.assertEqual(self.client().ask().status, 200)
        for client in (silent, slow):  # header_timeout is for the handshake too
            client.reader.rest()

    def test_a_caller_that_leaves_while_it_waits(self):
        left = threading.Event()

        def held(exchange):
            exchange.sock.settimeout(LIMIT)
            if exchange.sock.recv(1) == b"":
                left.set()
            exchange.close()

        self.upstream.answers = {"/held": held}
        client = self.client()
        client.send("GET /held HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
        self.upstream.wait_for(lambda: self.upstream.requests)
        client.sock.close()
        self.assertTrue(left.wait(LIMIT))

    def test_the_end_of_a_response_is_announced_only_when_it_is_whole(self):
        def until_close(exchange):
            exchange.send("HTTP/1.0 200 OK\r\n\r\nwhole")
            exchange.close()

        def cut(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwho")
            exchange.close()

        self.upstream.answers = {"/whole": until_close, "/cut": cut}
        client = self.client()
        client.send("GET /whole HTTP/1.0\r\nHost: a\r\n" + ALICE + "\r\n")
        client.reader.head()
        self.assertEqual(client.reader.rest(), b"whole")
        client = self.client()
        client.send("GET /cut HTTP/1.0\r\nHost: a\r\n" + ALICE + "\r\n")
        client.reader.head()
        client.sock.suppress_ragged_eofs = False
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            while client.sock.recv(100):
                pass

    @unittest.skipIf("GATEHOUSE_SANITIZED" in os.environ, "too much memory to look through")
    def test_no_password_stays_in_memory(self):
        login = basic("bob", "a-password-to-look-for")
        kept = self.client()
        self.assertEqual(kept.ask("/", lines=login).status, 401)
        self.assertEqual(kept.ask("/").status, 200)
        try:
            self.assertTrue(self.gatehouse.forgets(b"a-password-to-look-for", login.split()[2].encode()))
        except PermissionError:
            self.skipTest("the memory of a child cannot be read here")

    def test_curl(self):
        host, port = self.gatehouse.address
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", self.authority.file, "-u", "alice:secret",
                               f"https://localhost:{port}/", "--resolve", f"localhost:{port}:{host}"],
                              capture_output=True, timeout=60)
        self.assertIn(b"Remote-User: alice", done.stdout, done.stderr)


class Renewal(unittest.TestCase):
    def test_a_new_certificate_serves_and_a_broken_one_does_not(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            cert, key = authority.sign("first")
            second, second_key = authority.sign("second")
            expired, expired_key = authority.sign("expired", days="-1")
            serving, serving_key = os.path.join(folder, "now.pem"), os.path.join(folder, "now.key")
            shutil.copy(cert, serving)
            shutil.copy(key, serving_key)
            context = ssl.create_default_context(cafile=authority.file)
            gatehouse = Gatehouse("whoami:", f'tls_cert = "{serving}"\ntls_key = "{serving_key}"')
            self.addCleanup(gatehouse.stop)

            def subject():
                client = TlsClient(gatehouse.address, context)
                self.addCleanup(client.sock.close)
                self.assertEqual(client.ask().status, 200)
                return dict(pair[0] for pair in client.sock.getpeercert()["subject"])["commonName"], client

            def reload(says, times):
                gatehouse.signal(signal.SIGHUP)
                gatehouse.wait_for_log(says, times)

            name, kept = subject()
            self.assertEqual(name, "first")
            for number, content in enumerate((b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"), 1):
                with open(serving, "wb") as file:
                    file.write(content)
                reload("the old one goes on serving", number)
                self.assertEqual(subject()[0], "first")
            shutil.copy(second, serving)  # with the key of the first
            reload("is not the key of the certificate", 1)
            self.assertEqual(subject()[0], "first")
            openssl("ec", "-in", second_key, "-aes128", "-passout", "pass:x", "-out", serving_key)
            reload("is protected by a passphrase", 1)
            shutil.copy(second_key, serving_key)
            reload("the new configuration serves", 1)
            self.assertEqual(subject()[0], "second")
            self.assertEqual(kept.ask().status, 200)
            gatehouse.write_config("whoami:")  # without TLS
            reload("callers would send their passwords in plain text", 1)
            self.assertEqual(subject()[0], "second")
            gatehouse.write_config("whoami:", f'tls_cert = "{serving}"\ntls_key = "{serving_key}"')
            shutil.copy(expired, serving)
            shutil.copy(expired_key, serving_key)
            reload("time is over", 1)


class ClientCertificates(unittest.TestCase):
    def setUp(self):
        files = tempfile.TemporaryDirectory()
        self.addCleanup(files.cleanup)
        self.authority = Authority(files.name)
        self.other = Authority(files.name, "stranger")
        self.cert, self.key = self.authority.sign("server")

    def serve(self, more):
        gatehouse = Gatehouse("whoami:", f'tls_cert = "{self.cert}"\ntls_key = "{self.key}"\n{more}')
        self.addCleanup(gatehouse.stop)
        return gatehouse

    def ask(self, gatehouse, pair=None):
        context = ssl.create_default_context(cafile=self.authority.file)
        if pair:
            context.load_cert_chain(*pair)
        client = TlsClient(gatehouse.address, context)
        self.addCleanup(client.sock.close)
        return client.ask().status

    def test_by_an_authority(self):
        gatehouse = self.serve(f'tls_client_ca = "{self.authority.file}"')
        mine, strange = self.authority.sign("mine"), self.other.sign("strange")
        self.assertEqual(self.ask(gatehouse), 200)
        self.assertEqual(self.ask(gatehouse, mine), 200)
        with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
            self.ask(gatehouse, strange)

    def test_required(self):
        gatehouse = self.serve(f'tls_client_ca = "{self.authority.file}"\ntls_client_cert = "required"')
        self.assertEqual(self.ask(gatehouse, self.authority.sign("mine")), 200)
        with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
            self.ask(gatehouse)

    def test_any_for_its_hash(self):
        gatehouse = self.serve('tls_client_cert = "optional"')
        self.assertEqual(self.ask(gatehouse), 200)
        self.assertEqual(self.ask(gatehouse, self.other.sign("strange")), 200)


class Upstreams(unittest.TestCase):
    def setUp(self):
        try:
            socket.getaddrinfo("localhost", 80)
        except OSError:
            self.skipTest("localhost has no address on this machine")
        files = tempfile.TemporaryDirectory()
        self.addCleanup(files.cleanup)
        self.authority = Authority(files.name)
        self.folder = files.name

    def serve(self, upstream, authority):
        self.addCleanup(upstream.close)
        gatehouse = Gatehouse(upstream.url, f'upstream_ca = "{authority.file}"' if authority else "")
        self.addCleanup(gatehouse.stop)
        return gatehouse

    def test_verified_kept_and_streamed(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            upstream = TlsUpstream(*self.authority.sign("up"), version)
            gatehouse = self.serve(upstream, self.authority)
            body = os.urandom(500_000)
            with gatehouse.client() as client:
                for _ in range(20):
                    self.assertEqual(client.ask().status, 200)
                response = client.ask("/", "POST", ALICE + f"Content-Length: {len(body)}\r\n", body)
                self.assertTrue(response.body.endswith(body))
            self.assertEqual(upstream.connections, 1)
            self.assertEqual(upstream.names, ["localhost"])

    def refused(self, upstream, authority, why):
        gatehouse = self.serve(upstream, authority)
        with gatehouse.client() as client:
            response = client.ask()
            self.assertEqual(response.status, 502)
            self.assertNotIn(b"certificate", response.body)
        gatehouse.wait_for_log(why)
        self.assertEqual(upstream.requests, [])

    def test_the_wrong_authority(self):
        self.refused(TlsUpstream(*self.authority.sign("up")), Authority(self.folder, "stranger"), "certificate verify failed")

    def test_not_the_systems_authorities_either(self):
        self.refused(TlsUpstream(*self.authority.sign("up")), None, "certificate verify failed")

    def test_the_wrong_name(self):
        self.refused(TlsUpstream(*self.authority.sign("up", "DNS:other.example")), self.authority, "hostname mismatch")

    def test_an_expired_certificate(self):
        self.refused(TlsUpstream(*self.authority.sign("up", days="-1")), self.authority, "expired")

    def test_an_address_must_be_named_as_one(self):
        good = TlsUpstream(*self.authority.sign("ip", "IP:127.0.0.1"))
        good.url = good.url.replace("localhost", "127.0.0.1")
        with self.serve(good, self.authority).client() as client:
            self.assertEqual(client.ask().status, 200)
        bad = TlsUpstream(*self.authority.sign("dns", "DNS:127.0.0.1"))
        bad.url = bad.url.replace("localhost", "127.0.0.1")
        self.refused(bad, self.authority, "mismatch")

    def test_an_upstream_without_tls(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def answer():
            sock, _ = listener.accept()
            with sock:
                sock.recv(1000)
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        gatehouse = Gatehouse("https://127.0.0.1:%d" % listener.getsockname()[1])
        self.addCleanup(gatehouse.stop)
        with gatehouse.client() as client:
            self.assertEqual(client.ask().status, 502)
        gatehouse.wait_for_log("wrong version number")

    def test_an_end_that_is_not_announced_is_not_the_end_of_a_body(self):
        def ragged(exchange):
            exchange.send("HTTP/1.0 200 OK\r\n\r\nhalf")
            exchange.sock.shutdown(socket.SHUT_RDWR)  # without TLS's own end
            exchange.close()

        upstream = TlsUpstream(*self.authority.sign("up"))
        upstream.answers = {"/": ragged}
        with self.serve(upstream, self.authority).client() as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n" + ALICE + "\r\n")
            client.reader.head()
            with self.assertRaises((EOFError, ConnectionError)):
                client.reader.chunks()


if __name__ == "__main__":
    unittest.main()
