#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of `gatehouse passwd audit` against the servers themselves: nginx, Apache's own check, HAProxy and Caddy."""
import base64
import http.client
import os
import re
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import HTPASSWD, PATIENCE, Case, end_with_the_test, environment, eventually, gatehouse  # noqa: E402

PASSWORD = "correct horse"
# One password in every scheme; the same lines as in tests/unit/htpasswd/samples.hpp.
HASHES = {
    "bcrypt-2y": "$2y$04$QdoJMaqJF18zonRAvhIdguI8DSQI0HrN/B7UVQtN1W9XBHsbrbSUW",
    "bcrypt-2a": "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "bcrypt-2b": "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "apr1": "$apr1$abcdefgh$sIQmFnT1CuEXAsyjuXjUX/",
    "sha": "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=",
    "ssha": "{SSHA}NSZEu/ZzEMKdBO5ESNEYml3qKRYBAgMEBQYHCA==",
    "plain": "{PLAIN}correct horse",
    "md5": "$1$saltsalt$NuzA7WTAelpl95xgBGWN60",
    "sha256": "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
    "sha512": "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
    "yescrypt": "$y$j75$abcdefgh$Jakf0CHhzdQOivqISxvBXCIRIaxY0Fs1wJGsJSurry/",
    "gost": "$gy$j75$abcd$f9PwzoQAEzrh0H/DsPymiRURTqPSR78uv/HZSkuViF2",
    "scrypt": "$7$5U..../....abcd$hCp3mf2eBeottcpqvNcYJRiw4y4l2XWGuBJPV8as/49",
    "locked": "*",
    "words": "correct horse",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Readers(Case):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.write("users", "".join(f"{user}:{hashed}\n" for user, hashed in HASHES.items()), mode=0o644)
        rows = re.findall(r"(?m)^\d+ +(\S+) +\S.*?  +(yes|no) +(yes|no) +(yes|no) +(yes|no) +(yes|no) +\S+$",
                          gatehouse("passwd", "audit", self.users).stdout)
        self.table = {row[0]: dict(zip(("nginx", "apache", "haproxy", "caddy", "envoy"), row[1:])) for row in rows}
        self.assertEqual(sorted(self.table), sorted(HASHES))

    def expect(self, server, accepts):
        told = {user: row[server] for user, row in self.table.items()}
        seen = {user: "yes" if accepts(user) else "no" for user in HASHES}
        self.assertEqual(told, seen)

    def start(self, port, command):
        log = (self.folder / "log").open("w")
        self.addCleanup(log.close)
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                  env=environment(HOME=str(self.folder), XDG_DATA_HOME=str(self.folder)),
                                  preexec_fn=end_with_the_test)

        def end():
            server.kill()
            server.wait()

        self.addCleanup(end)

        def listens():
            if server.poll() is not None:
                raise AssertionError((self.folder / "log").read_text())
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        eventually(listens, PATIENCE, f"{command[0]} listens")

    def asks(self, port):
        def accepts(user):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            word = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
            connection.request("GET", "/", headers={"Authorization": f"Basic {word}"})
            status = connection.getresponse().status
            connection.close()
            # nginx answers 500 where crypt() refuses the hash.
            self.assertIn(status, (200, 401, 500))
            return status == 200
        return accepts

    def test_apache(self):
        self.expect("apache", lambda user: subprocess.run(
            [HTPASSWD, "-bv", self.users, user, PASSWORD], capture_output=True, timeout=PATIENCE).returncode == 0)

    def test_nginx(self):
        port = free_port()
        config = self.write("nginx.conf", f"""daemon off; master_process off; pid {self.folder}/pid; error_log stderr;
            events {{}}
            http {{ access_log off; client_body_temp_path {self.folder}/t1; proxy_temp_path {self.folder}/t2;
                    fastcgi_temp_path {self.folder}/t3; uwsgi_temp_path {self.folder}/t4; scgi_temp_path {self.folder}/t5;
                    server {{ listen 127.0.0.1:{port}; auth_basic x; auth_basic_user_file {self.users};
                              root {self.folder}; location / {{ try_files /nginx.conf =404; }} }} }}""", mode=0o644)
        self.start(port, ["nginx", "-p", str(self.folder), "-c", str(config)])
        self.expect("nginx", self.asks(port))

    def test_haproxy(self):
        # It refuses to start with a hash that crypt() does not know: each is tried by itself first.
        port = free_port()

        def config(users):
            lines = "\n".join(f'  user {user} password "{HASHES[user]}"'.replace("$", "\\$") for user in users)
            return self.write("haproxy.cfg", f"""
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
userlist all
{lines}
frontend door
  bind 127.0.0.1:{port}
  http-request auth unless {{ http_auth(all) }}
  http-request return status 200
""")

        def loads(user):
            return subprocess.run(["haproxy", "-c", "-q", "-f", config([user])], capture_output=True,
                                  timeout=PATIENCE).returncode == 0

        loaded = [user for user in HASHES if loads(user)]
        self.start(port, ["haproxy", "-db", "-f", str(config(loaded))])
        accepts = self.asks(port)
        self.expect("haproxy", lambda user: user in loaded and accepts(user))

    def test_caddy(self):
        port = free_port()

        def config(users):
            lines = "\n".join(f"    {user} {HASHES[user]}" for user in users)
            return self.write("Caddyfile", f"""{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  basicauth {{
{lines}
  }}
  respond "in"
}}
""")

        def loads(user):
            return " " not in HASHES[user] and subprocess.run(
                ["caddy", "validate", "--adapter", "caddyfile", "--config", config([user])], capture_output=True,
                timeout=PATIENCE, env=environment(HOME=str(self.folder))).returncode == 0

        loaded = [user for user in HASHES if loads(user)]
        self.start(port, ["caddy", "run", "--adapter", "caddyfile", "--config", str(config(loaded))])
        accepts = self.asks(port)
        self.expect("caddy", lambda user: user in loaded and accepts(user))


if __name__ == "__main__":
    unittest.main()
