# SPDX-License-Identifier: Apache-2.0
"""Tokens of a certified OpenID provider, which is found, asked for its keys, stopped, started and given new keys."""
import base64
import json
import unittest

import tokens
from provider import Provider
from tokens import bearer


class RealProvider(unittest.TestCase):
    def setUp(self):
        self.folder = tokens.folder()
        self.addCleanup(self.folder.cleanup)
        self.provider = Provider(self.folder.name)
        self.addCleanup(self.provider.stop)
        self.provider.start()
        self.upstream = tokens.proxy.Upstream()
        self.addCleanup(self.upstream.close)

    def serve(self, **options):
        usual = {"issuer": self.provider.issuer, "audience": ["https://api.example"], "ca_file": self.provider.certificate,
                 "refetch_interval": "1s", "required_scopes": ["use"]}
        gatehouse = tokens.Gatehouse(self.upstream.url, tokens.realm(["sso"], sso={**usual, **options}))
        self.addCleanup(gatehouse.stop)
        return gatehouse

    def token(self, gatehouse, **asked):
        token = self.provider.token(**asked)
        gatehouse.secrets.append(token)
        return token

    def test_a_token_lets_in_and_an_altered_foreign_or_weaker_one_does_not(self):
        gatehouse = self.serve(access_tokens_only=True)
        token = self.token(gatehouse)
        response = gatehouse.get(bearer(token))
        self.assertEqual(response.status, 200, gatehouse.log_text())
        self.assertIn("Remote-User: ci\n", response.body.decode())
        self.assertIn("Remote-Groups: robots,ci\n", response.body.decode())
        head, body, signature = token.split(".")
        said = json.loads(base64.urlsafe_b64decode(body + "=="))
        for forged in (head + "." + tokens.b64(json.dumps({**said, "sub": "root"}).encode()) + "." + signature,
                       token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB"),
                       self.token(gatehouse, resource="https://other.example")):
            self.assertEqual(gatehouse.get(bearer(forged)).status, 401)
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse, scope="read"))).status, 403)
        self.assertEqual(gatehouse.get(bearer(token)).status, 200)

    def test_tokens_keep_working_while_the_provider_is_down_and_after_it_is_back(self):
        gatehouse = self.serve()
        first, second, third = (self.token(gatehouse) for _ in range(3))
        self.assertEqual(gatehouse.get(bearer(first)).status, 200)
        self.provider.stop()
        self.assertEqual(gatehouse.get(bearer(second)).status, 200)
        self.provider.start()
        self.assertEqual(gatehouse.get(bearer(third)).status, 200)
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse))).status, 200)

    def test_a_provider_that_comes_late_and_one_with_new_keys(self):
        old = self.provider.token()
        self.provider.stop()
        gatehouse = self.serve()
        gatehouse.secrets.append(old)
        self.assertEqual(gatehouse.get(bearer(old)).status, 503)
        self.provider.start()
        gatehouse.wait_for(lambda: gatehouse.get(bearer(old)).status == 200)

        self.provider.stop()
        self.provider.new_keys("b")
        self.provider.start()
        gatehouse.wait_for(lambda: gatehouse.get(bearer(self.token(gatehouse))).status == 200)
        self.assertEqual(gatehouse.get(bearer(old)).status, 401)  # also out of the cache

    def test_a_certificate_that_nobody_vouches_for(self):
        gatehouse = tokens.Gatehouse(self.upstream.url, tokens.realm(
            ["sso"], sso={"issuer": self.provider.issuer, "audience": ["https://api.example"]}))
        self.addCleanup(gatehouse.stop)
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse))).status, 503)
        self.assertIn("certificate", gatehouse.log_text())


if __name__ == "__main__":
    unittest.main()
