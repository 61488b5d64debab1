# SPDX-License-Identifier: Apache-2.0
"""The memory that idle connections hold. GATEHOUSE_IDLE says how many; scripts/bench --idle asks for ten thousand."""
import os
import resource
import ssl
import tempfile
import unittest

from certificates import Authority
from support import Client, Gatehouse, Upstream

COUNT = int(os.environ.get("GATEHOUSE_IDLE", "1000"))
PER_CONNECTION = 300 * 1024 * 1024 // 10_000


class Idle(unittest.TestCase):
    def hold(self, proxy, limit, connect):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < COUNT + 200:
            self.skipTest(f"this machine allows only {hard} open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, COUNT + 200)), hard))
        upstream = Upstream()
        self.addCleanup(upstream.close)
        limits = f"max_connections = {COUNT + 100}\nmax_connections_per_source = {COUNT + 100}\nidle_timeout = \"1h\"\n"
        gatehouse = Gatehouse(upstream.url, limits + proxy)
        self.addCleanup(gatehouse.stop)
        with connect(gatehouse) as first:
            self.assertEqual(first.ask().status, 200)
        before = gatehouse.resident_memory()
        clients = []
        try:
            for _ in range(COUNT):
                client = connect(gatehouse)
                clients.append(client)
                self.assertEqual(client.ask().status, 200)
            held = gatehouse.resident_memory()
            print(f"{COUNT} idle connections: {held / 2**20:.0f} MiB in all, {(held - before) / COUNT / 1024:.1f} KiB each")
            if "GATEHOUSE_SANITIZED" not in os.environ:
                self.assertLess((held - before) / COUNT, limit)
            self.assertEqual(clients[0].ask().status, 200)
            self.assertEqual(clients[-1].ask().status, 200)
        finally:
            for client in clients:
                client.sock.close()

    def test_plain(self):
        self.hold("", PER_CONNECTION, lambda gatehouse: gatehouse.client())

    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            cert, key = authority.sign("server")
            context = ssl.create_default_context(cafile=authority.file)

            def connect(gatehouse):
                client = Client(gatehouse.address)
                client.sock = context.wrap_socket(client.sock, server_hostname="localhost")
                client.reader.sock = client.sock
                return client

            self.hold(f'tls_cert = "{cert}"\ntls_key = "{key}"', 2 * PER_CONNECTION, connect)


if __name__ == "__main__":
    unittest.main()
