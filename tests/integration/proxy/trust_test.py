# SPDX-License-Identifier: Apache-2.0
"""Where a caller is taken to come from: forwarding fields and PROXY headers of trusted peers, and of others."""
import os
import socket
import struct
import tempfile
import unittest

from support import ALICE, Gatehouse, Upstream

FORGED = ("X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: pub.example\r\n"
          "Forwarded: for=6.6.6.6;proto=https\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Prefix: /p\r\n"
          "X-Forwarded-Server: s\r\nX-Forwarded-Ssl: on\r\nX-Forwarded-Uri: /u\r\nX-Forwarded-Method: M\r\n"
          "X-Original-URL: /u\r\nX-Original-URI: /u\r\nX-Original-Method: M\r\nX-Rewrite-URL: /u\r\n"
          "True-Client-IP: 6.6.6.6\r\nCF-Connecting-IP: 6.6.6.6\r\n")


def told(response):
    """The forwarding fields that the service saw."""
    lines = response.body.decode("latin-1").split("\n\n", 1)[0].split("\n")[1:]
    fields = [line.split(": ", 1) for line in lines]
    return {name: value for name, value in fields
            if name.lower().startswith(("x-", "forwarded", "true-", "cf-"))}


def version2(command=0x21, family=0x11, body=socket.inet_aton("192.0.2.7") + socket.inet_aton("10.0.0.1") + b"\x12\x34\x00\x50"):
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, family]) + struct.pack(">H", len(body)) + body


REQUEST = ("GET / HTTP/1.1\r\nHost: public.example\r\n" + ALICE + "\r\n").encode()


class Trust(unittest.TestCase):
    def setUp(self):
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)
        self.gatehouses = []

    def serve(self, proxy, listen="127.0.0.1:0"):
        gatehouse = Gatehouse(self.upstream.url, proxy, listen)
        self.addCleanup(gatehouse.stop)
        self.gatehouses.append(gatehouse)
        return gatehouse

    def test_a_stranger_is_believed_nothing(self):
        for proxy in ("", 'trusted_proxies = ["10.0.0.0/8", "::/0", "unix"]'):
            with self.serve(proxy).client() as client:
                self.assertEqual(told(client.ask(lines=ALICE + FORGED)),
                                 {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http",
                                  "X-Forwarded-Host": "public.example",
                                  "Forwarded": "for=127.0.0.1;host=public.example;proto=http"})

    def test_a_trusted_proxy_is_believed_up_to_the_first_stranger(self):
        with self.serve('trusted_proxies = ["127.0.0.0/8"]').client() as client:
            self.assertEqual(told(client.ask(lines=ALICE + FORGED)),
                             {"X-Forwarded-For": "192.0.2.7, 127.0.0.1", "X-Forwarded-Proto": "https",
                              "X-Forwarded-Host": "pub.example",
                              "Forwarded": "for=192.0.2.7;host=pub.example;proto=https, for=127.0.0.1"})
            for junk in (",http", " , ,", "fe80::1%lo", "unknown", "1.1.1.1," * 3000):
                fields = told(client.ask(lines=ALICE + f"X-Forwarded-For: {junk}\r\nX-Forwarded-Proto: {junk[:50]}\r\n"))
                self.assertTrue(fields["X-Forwarded-For"].endswith("127.0.0.1"), fields)
                self.assertEqual(fields["X-Forwarded-Proto"], "http")
            fields = told(client.ask(lines=ALICE + "X-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Host: pub:81\r\n"))
            self.assertEqual(fields["Forwarded"], 'for="[2001:db8::7]";host="pub:81";proto=http, for=127.0.0.1')

    def test_unix_sockets(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with self.serve('trusted_proxies = ["127.0.0.1"]', "unix:" + os.path.join(folder.name, "a")).client() as client:
            self.assertEqual(told(client.ask(lines=ALICE + FORGED)),
                             {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "public.example",
                              "Forwarded": "host=public.example;proto=http"})
        with self.serve('trusted_proxies = ["unix"]', "unix:" + os.path.join(folder.name, "b")).client() as client:
            self.assertEqual(told(client.ask(lines=ALICE + FORGED))["X-Forwarded-For"], "192.0.2.7")

    def test_pages_of_other_hosts_where_the_service_cannot_see_them(self):
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        own, other = "Origin: http://public.example\r\n", "Origin: https://evil.example\r\n"
        with self.serve('upstream_origin = "strip"').client() as client:
            for method, lines, status in (("GET", other, 200), ("POST", own, 200), ("POST", other, 403), ("DELETE", other, 403),
                                          ("PUT", "Origin: null\r\n", 403), ("GET", other + upgrade, 403), ("POST", "", 200)):
                self.upstream.requests.clear()
                response = client.ask("/", method, ALICE + lines + ("Content-Length: 0\r\n" if method != "GET" else ""))
                self.assertEqual(response.status, status, (method, lines))
                self.assertEqual(len(self.upstream.requests), 1 if status == 200 else 0)
                self.assertNotIn(b"Origin:", response.body)
                if response.value("Connection") == "close":
                    client.sock.close()
                    client.__init__(self.gatehouses[-1].address)
        with self.serve("").client() as client:
            self.assertEqual(client.ask("/", "POST", ALICE + other + "Content-Length: 0\r\n").status, 200)
            self.assertEqual(self.upstream.requests[-1].value("Origin"), "https://evil.example")

    def test_ipv6(self):
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError:
                self.skipTest("this machine has no IPv6 loopback")
        with self.serve("", "[::1]:0").client() as client:
            self.assertEqual(told(client.ask(lines=ALICE))["Forwarded"], 'for="[::1]";host=public.example;proto=http')

    def proxied(self, header, step=None):
        with self.gatehouse.client() as client:
            data = header + REQUEST
            if step:
                for i in range(0, len(data), step):
                    client.send(data[i:i + step])
            else:
                client.send(data)
            return told(client.response()).get("X-Forwarded-For")

    def test_proxy_protocol(self):
        self.gatehouse = self.serve('trusted_proxies = ["127.0.0.1"]\nproxy_protocol = true')
        six = socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + b"abcd"
        for step in (None, 1, 13):
            self.assertEqual(self.proxied(b"PROXY TCP4 192.0.2.7 10.0.0.1 1 80\r\n", step), "192.0.2.7")
            self.assertEqual(self.proxied(b"PROXY TCP6 2001:db8::7 ::1 1 80\r\n", step), "2001:db8::7")
            self.assertEqual(self.proxied(b"PROXY UNKNOWN\r\n", step), "127.0.0.1")
            self.assertEqual(self.proxied(version2(), step), "192.0.2.7")
            self.assertEqual(self.proxied(version2(family=0x21, body=six + b"\x04\0\1x"), step), "2001:db8::7")
            self.assertEqual(self.proxied(version2(command=0x20, body=b""), step), "127.0.0.1")

    def test_what_is_no_proxy_header_never_gets_an_answer(self):
        gatehouse = self.serve('trusted_proxies = ["127.0.0.1"]\nproxy_protocol = true\nheader_timeout = "1s"')
        for start in (b"", b"PROXY TCP4 1.1.1.1 1.1.1.1 1 99999\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n",
                      version2(command=0x31), version2(body=b"short"), b"PROXY " + b"x" * 200, b"\r\n\r\n",
                      version2(family=0, body=b"x" * 5000)):
            with self.subTest(start=start[:40]), gatehouse.client() as client:
                client.send(start + REQUEST)
                self.assertEqual(client.reader.rest(), b"")
        with gatehouse.client() as client:
            client.send(b"PROXY TC")
            self.assertEqual(client.reader.rest(), b"")  # header_timeout
        self.assertEqual(self.upstream.requests, [])

    def test_a_proxy_header_of_a_stranger_is_not_read(self):
        gatehouse = self.serve('trusted_proxies = ["10.0.0.0/8"]\nproxy_protocol = true')
        with gatehouse.client() as client:
            client.send(b"PROXY TCP4 10.0.0.7 10.0.0.1 1 80\r\n" + REQUEST)
            self.assertEqual(client.reader.rest(), b"")
        gatehouse.wait_for_log("127.0.0.1 is not of trusted_proxies")
        self.assertEqual(self.upstream.requests, [])

    def test_forwarding_fields_of_whom_the_balancer_speaks_for(self):
        self.gatehouse = self.serve('trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]\nproxy_protocol = true')
        for source, expected in ((b"192.0.2.7", "192.0.2.7"), (b"10.0.0.7", "9.9.9.9, 10.0.0.7")):
            with self.gatehouse.client() as client:
                client.send(b"PROXY TCP4 " + source + b" 10.0.0.1 1 80\r\n" +
                            REQUEST.replace(b"Host", b"X-Forwarded-For: 9.9.9.9\r\nHost"))
                self.assertEqual(told(client.response())["X-Forwarded-For"], expected)

    def test_a_source_has_so_many_connections(self):
        gatehouse = self.serve("max_connections_per_source = 3")
        with gatehouse.client() as a, gatehouse.client() as b, gatehouse.client() as c:
            for client in (a, b, c):
                self.assertEqual(client.ask().status, 200)
            with gatehouse.client() as more:
                self.assertEqual(more.response().status, 503)
                self.assertTrue(more.is_closed())
            c.sock.close()
            for _ in range(200):
                with gatehouse.client() as again:
                    again.send(REQUEST)
                    if again.response().status == 200:
                        break
            else:
                self.fail("the place was not given back")
            self.assertEqual(a.ask().status, 200)

    def test_trusted_proxies_are_not_counted_but_whom_they_speak_for_is(self):
        gatehouse = self.serve('max_connections_per_source = 2\ntrusted_proxies = ["127.0.0.1"]\nproxy_protocol = true')
        clients = [gatehouse.client() for _ in range(12)]
        for client in clients:
            self.addCleanup(client.sock.close)
        for number, client in enumerate(clients[:9]):
            client.send(b"PROXY UNKNOWN\r\n" if number < 7 else b"PROXY TCP4 192.0.2.7 10.0.0.1 1 80\r\n")
            client.send(REQUEST)
            self.assertEqual(client.response().status, 200)
        clients[9].send(b"PROXY TCP4 192.0.2.7 10.0.0.1 1 80\r\n")
        self.assertEqual(clients[9].response().status, 503)
        clients[10].send(b"PROXY TCP4 192.0.2.8 10.0.0.1 1 80\r\n" + REQUEST)
        self.assertEqual(clients[10].response().status, 200)


if __name__ == "__main__":
    unittest.main()
