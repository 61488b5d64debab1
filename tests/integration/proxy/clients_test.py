# SPDX-License-Identifier: Apache-2.0
"""An HTTP library that was not made for these tests, and fields of responses that could be taken for ours."""
import http.client
import unittest
import urllib.error
import urllib.request

from support import ALICE, LIMIT, Gatehouse, Upstream

AUTHORIZATION = {"Authorization": ALICE.split(": ", 1)[1].strip()}


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.gatehouse = Gatehouse(cls.upstream.url)

    @classmethod
    def tearDownClass(cls):
        cls.upstream.close()
        cls.gatehouse.stop()

    def setUp(self):
        self.upstream.answers.clear()
        self.connection = http.client.HTTPConnection(*self.gatehouse.address, timeout=LIMIT)
        self.addCleanup(self.connection.close)

    def ask(self, method="GET", body=None, headers=None, **more):
        self.connection.request(method, "/x?y", body=body, headers={**AUTHORIZATION, **(headers or {})}, **more)
        response = self.connection.getresponse()
        return response, response.read()

    def test_one_connection_for_every_kind_of_request(self):
        self.connection.connect()
        kept = self.connection.sock
        for _ in range(3):
            response, body = self.ask()
            self.assertEqual(response.status, 200)
            self.assertTrue(body.startswith(b"GET /x?y HTTP/1.1\n"))
            self.assertIn(b"Remote-User: alice", body)
            for sent in (b"", b"abc", b"\0\xff" * 100_000):
                self.assertTrue(self.ask("POST", sent)[1].endswith(b"\n\n" + sent))
            pieces = [b"a" * 10, b"b" * 70_000, b"c"]
            response, body = self.ask("PUT", iter(pieces), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
            self.assertTrue(body.endswith(b"\n\n" + b"".join(pieces)))
            response, body = self.ask("HEAD")
            self.assertEqual((response.status, body), (200, b""))
            self.assertGreater(int(response.getheader("Content-Length")), 0)
            self.assertEqual(self.ask("OPTIONS")[0].status, 200)
            self.assertIs(self.connection.sock, kept)

    def test_a_response_in_chunks_and_one_without_a_length(self):
        def chunks(exchange):
            exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nT: v\r\n\r\n")

        def until_close(exchange):
            exchange.send("HTTP/1.0 200 OK\r\n\r\nabcdefgh")
            exchange.close()

        for answer in (chunks, until_close):
            self.upstream.answers = {"/x": answer}
            self.assertEqual(self.ask()[1], b"abcdefgh")

    def test_a_login_that_is_asked_for(self):
        manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        url = "http://%s:%d/" % self.gatehouse.address
        manager.add_password(None, url, "alice", "secret")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(manager))
        with opener.open(url, timeout=LIMIT) as response:
            self.assertIn(b"Remote-User: alice", response.read())
        manager.add_password(None, url, "alice", "wrong")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            opener.open(url, timeout=LIMIT)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()

    def test_what_a_service_says_of_logins_and_names_is_its_own(self):
        """HT-34: it reaches the caller as it is, and decides nothing here."""
        def refuses(exchange):
            exchange.send("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"its own\"\r\nRemote-User: root\r\n"
                          "X-Forwarded-User: root\r\nSet-Cookie: session=1\r\nContent-Length: 2\r\n\r\nno")

        self.upstream.answers = {"/x": refuses}
        response, body = self.ask()
        self.assertEqual((response.status, body), (401, b"no"))
        self.assertEqual(response.headers.get_all("WWW-Authenticate"), ['Digest realm="its own"'])
        self.assertEqual(response.getheader("Remote-User"), "root")
        self.assertEqual(response.getheader("Set-Cookie"), "session=1")
        self.upstream.answers = {}
        self.assertIn(b"Remote-User: alice", self.ask()[1])
        self.connection.request("GET", "/x")
        response = self.connection.getresponse()
        response.read()
        self.assertEqual(response.status, 401)
        self.assertTrue(response.getheader("WWW-Authenticate").startswith("Basic "))
        self.assertIsNone(response.getheader("Set-Cookie"))


if __name__ == "__main__":
    unittest.main()
