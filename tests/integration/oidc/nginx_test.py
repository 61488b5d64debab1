# SPDX-License-Identifier: Apache-2.0
"""Tokens of the real provider at the door inside nginx."""
import os
import pathlib
import subprocess
import sys
import unittest

import tokens
from provider import Provider
from tokens import bearer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "nginx"))
from nginx_support import Client, Nginx  # noqa: E402


class InNginx(unittest.TestCase):
    def test_tokens_of_the_provider(self):
        with tokens.folder() as folder:
            os.chmod(folder, 0o755)  # workers run as somebody else
            provider = Provider(folder)
            self.addCleanup(provider.stop)
            provider.start()
            nginx = Nginx(server="gatehouse_config app.toml; gatehouse test;")
            nginx.write("app.toml", tokens.realm(["sso"], sso={
                "issuer": provider.issuer, "audience": ["https://api.example"], "ca_file": provider.certificate}))
            with nginx:
                first, second = provider.token(), provider.token()

                def ask(lines, path="/"):
                    with Client(nginx.address) as client:
                        return client.ask(path, lines=lines).status

                self.assertEqual(ask(bearer(first)), 200)
                self.assertEqual(ask(""), 401)
                self.assertEqual(ask("", "/?access_token=" + second), 401)
                self.assertEqual(ask(bearer(first), "/?a=b"), 200)
                self.assertEqual(ask(bearer(first), "/?a=b&access_token=x"), 400)
                self.assertEqual(ask(bearer(first[:-8] + ("A" * 8 if first[-8:] != "A" * 8 else "B" * 8))), 401)
                self.assertEqual(ask(bearer(provider.token(resource="https://other.example"))), 401)
                provider.stop()
                self.assertEqual(ask(bearer(second)), 200)
                done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-K", "-"], text=True, capture_output=True,
                                      input=f'url = "http://127.0.0.1:{nginx.port}/"\noauth2-bearer = "{second}"\n', timeout=tokens.LIMIT)
                self.assertEqual(done.stdout, "200", done.stderr)
                provider.start()
                self.assertEqual([ask(bearer(token)) for token in (first, second, provider.token())], [200, 200, 200])
                said = nginx.read("logs/error.log") + nginx.read("logs/access.log")
                self.assertNotIn(first, said)
                self.assertIn("|ci|", said)


if __name__ == "__main__":
    unittest.main()
