# SPDX-License-Identifier: Apache-2.0
"""The audit log of nginx's workers: the same lines as at every door, also after the file was turned over."""
import json
import os
import signal
import unittest

from nginx_support import Nginx, children, login, wait_for


class Audit(unittest.TestCase):
    def start(self, workers=1, more=""):
        nginx = Nginx("    gatehouse app;\n    location / { try_files /index.html =404; }\n",
                      "  gatehouse_config app.toml;\n  log_format ids '$connection-$connection_requests $status';\n"
                      "  access_log logs/ids.log ids;\n", workers)
        self.addCleanup(nginx.clean_up)
        nginx.write("app.toml", f"""[realms.app]
chain = ["staff"]
[backends.staff]
plugin = "htpasswd"
file = "{nginx.path("users")}"
[log]
sink = "{nginx.path("logs/audit.log")}"
{more}
""")
        self.addCleanup(nginx.kill)
        nginx.start()
        return nginx

    def records(self, nginx, count, name="audit.log"):
        return wait_for(f"{count} records", lambda: len(lines := nginx.read("logs/" + name).splitlines()) >= count and
                        [json.loads(line) for line in lines])

    def test_each_line(self):
        nginx = self.start()
        self.assertEqual(nginx.status(), 401)
        self.assertEqual(nginx.status("/", login("alice", "wrong-canary")), 401)
        self.assertEqual(nginx.status("/", login("typed-canary", "x")), 401)
        self.assertEqual(nginx.status("/", login("alice", "secret")), 200)
        self.assertEqual(nginx.status("/", login("alice", "secret")), 200)
        self.assertEqual(nginx.status("/", "Authorization: Basic canary!\r\n"), 401)
        nginx.stop()
        records = self.records(nginx, 6)
        self.assertEqual([(r["event"], r["decision"], r.get("reason"), r.get("user")) for r in records],
                         [("decision", "denied", "no_credential", None),
                          ("decision", "denied", "bad_credential", "alice"),
                          ("decision", "denied", "unknown_user", None), ("decision", "granted", None, "alice"),
                          ("decision", "denied", "bad_credential", None),
                          ("cached", "granted", None, None)])
        for record in records[:-1]:
            self.assertEqual((record["realm"], record["door"], record["source"]), ("app", "nginx", "127.0.0.1"))
        self.assertEqual((records[-1]["subject"], records[-1]["count"]), ("alice", 1))
        served = [line.split()[0] for line in nginx.read("logs/ids.log").splitlines()]
        self.assertEqual([r["request"] for r in records[:4]], served[:4])
        for name in os.listdir(nginx.path("logs")):
            self.assertNotIn("canary", nginx.read("logs/" + name), name)

    def test_turned_over(self):
        nginx = self.start(workers=2)
        self.assertEqual(nginx.status(), 401)
        self.records(nginx, 1)
        os.rename(nginx.path("logs/audit.log"), nginx.path("logs/audit.log.1"))
        nginx.signal(signal.SIGUSR1)
        wait_for("the new file", lambda: os.path.exists(nginx.path("logs/audit.log")))
        # Written by workers, which run as somebody else.
        for _ in range(8):
            self.assertEqual(nginx.status(), 401)
        self.records(nginx, 8)
        self.assertEqual(len(self.records(nginx, 1, "audit.log.1")), 1)
        nginx.reload()
        self.assertEqual(nginx.status(), 401)
        self.records(nginx, 9)
        nginx.stop()

    def test_a_full_disk(self):
        nginx = self.start()
        nginx.write("app.toml", nginx.read("app.toml").replace(nginx.path("logs/audit.log"), "/dev/full"))
        nginx.reload()
        for _ in range(3):
            self.assertEqual(nginx.status("/", login("alice", "secret")), 200)
            self.assertEqual(nginx.status("/", login("alice", "wrong")), 401)
        wait_for("a word in error.log", lambda: "audit: /dev/full: No space left on device" in nginx.read("logs/error.log"))
        self.assertEqual(len(children(nginx.process.pid)), 1)
        nginx.stop()


if __name__ == "__main__":
    unittest.main()
