# SPDX-License-Identifier: Apache-2.0
"""Tokens of a certified OpenID provider, which is found, asked for its keys, stopped, started and given new keys."""
import base64
import hashlib
import json
import os
import time
import unittest

import tokens
from provider import Provider, certify
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

    def serve_opaque(self, client="gate", secret="{}-secret-that-is-long-enough-for-hs256", audience=("https://opaque.example",), **options):
        if "client_certificate" not in options:
            options["client_secret_file"] = os.path.join(self.folder.name, client)
            with open(options["client_secret_file"], "w") as file:
                file.write(secret.format(client))
            os.chmod(options["client_secret_file"], 0o600)
        return self.serve(audience=list(audience), subject_claim="client_id", introspection="opaque", client_id=client,
                          introspection_endpoint=self.provider.issuer + "/token/introspection", **options)

    def test_opaque_tokens_are_asked_about_with_every_kind_of_client(self):
        certificate = {"client_certificate": self.provider.client_certificate, "client_key": self.provider.client_key}
        for client, method, more in (("gate", "basic", {}), ("gate-post", "post", {}), ("gate-jwt", "client_secret_jwt", {}),
                                     ("gate-tls", "tls", certificate)):
            with self.subTest(method):
                gatehouse = self.serve_opaque(client, client_auth=method, **more)
                token = self.token(gatehouse, resource="https://opaque.example")
                self.assertNotIn(".", token)
                self.assertEqual(gatehouse.get(bearer(token)).status, 200, gatehouse.log_text())
                self.assertEqual(gatehouse.get(bearer(token[:-1] + ("x" if token[-1] != "x" else "y"))).status, 401)
                self.assertEqual(gatehouse.get(bearer(self.token(gatehouse, resource="https://opaque.example", scope="read"))).status, 403)
        other = os.path.join(self.folder.name, "other")
        certify("other", other + ".crt", other + ".key")
        for wrong in (self.serve_opaque(secret="a secret that is not the right one for that client"),
                      self.serve_opaque("gate-tls", client_auth="tls", client_certificate=other + ".crt", client_key=other + ".key")):
            self.assertEqual(wrong.get(bearer(token)).status, 503)
            wrong.wait_for_log("does not accept client_id")

    def test_a_refresh_token_is_active_to_the_provider_and_lets_nobody_in(self):
        refresh = bearer(self.provider.refresh_token)
        gatehouse = self.serve_opaque(audience=(), any_audience=True)
        self.assertEqual(gatehouse.get(refresh).status, 401)
        gatehouse.wait_for_log("does not say that it is an access token")
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse, resource="https://opaque.example"))).status, 200)
        open_door = self.serve_opaque(audience=(), any_audience=True, untyped_tokens=True)
        self.assertEqual(open_door.get(refresh).status, 200)  # so it is the missing token_type that keeps it out

    def test_a_connection_that_died_with_the_provider_costs_no_caller_his_answer(self):
        gatehouse = self.serve_opaque()
        first, second = (self.token(gatehouse, resource="https://opaque.example") for _ in range(2))
        self.assertEqual(gatehouse.get(bearer(first)).status, 200, gatehouse.log_text())
        self.provider.stop()
        self.provider.start()
        self.assertEqual(gatehouse.get(bearer(second)).status, 401)  # it forgets its tokens, but it was asked
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse, resource="https://opaque.example"))).status, 200)

    def test_a_token_that_is_bound_to_a_key_needs_a_proof_each_time(self):
        key = tokens.Key(self.folder.name, "holder")
        jwk = {name: value for name, value in key.jwk().items() if name in ("kty", "n", "e")}

        def proof(method, address, token=None, **changes):
            said = {"jti": os.urandom(8).hex(), "htm": method, "htu": address, "iat": int(time.time())}
            if token:
                said["ath"] = tokens.b64(hashlib.sha256(token.encode()).digest())
            return key.sign({**said, **changes}, {"typ": "dpop+jwt", "alg": "RS256", "jwk": jwk})

        gatehouse = self.serve(dpop_origins=["https://app.example"])
        token = self.token(gatehouse, client="ci-dpop",
                           headers={"DPoP": proof("POST", self.provider.issuer + "/token")})

        def ask(scheme, *proofs, path="/"):
            fields = "".join(f"DPoP: {one}\r\n" for one in proofs)
            return gatehouse.get(f"Authorization: {scheme} {token}\r\n{fields}", path).status

        right = proof("GET", "https://app.example/x", token)
        self.assertEqual(ask("DPoP", right, path="/x?y=z"), 200, gatehouse.log_text())
        self.assertEqual(ask("DPoP", right, path="/x?y=z"), 401)  # seen before
        self.assertEqual(ask("dpop", proof("GET", "https://app.example/x", token), path="/x"), 200)
        fresh = lambda **changes: proof(*changes.pop("at", ("GET", "https://app.example/")), token, **changes)
        self.assertEqual(ask("Bearer"), 401)
        self.assertEqual(ask("Bearer", fresh()), 401)
        self.assertEqual(ask("DPoP"), 401)
        self.assertEqual(ask("DPoP", fresh(), fresh()), 400)
        self.assertEqual(ask("DPoP", fresh(at=("POST", "https://app.example/"))), 401)
        self.assertEqual(ask("DPoP", fresh(at=("GET", "https://evil.example/"))), 401)
        self.assertEqual(ask("DPoP", fresh(iat=1)), 401)
        self.assertEqual(ask("DPoP", fresh(ath="x")), 401)
        self.assertEqual(ask("DPoP", fresh()), 200)

    def test_a_certificate_that_nobody_vouches_for(self):
        gatehouse = tokens.Gatehouse(self.upstream.url, tokens.realm(
            ["sso"], sso={"issuer": self.provider.issuer, "audience": ["https://api.example"]}))
        self.addCleanup(gatehouse.stop)
        self.assertEqual(gatehouse.get(bearer(self.token(gatehouse))).status, 503)
        gatehouse.wait_for(lambda: "certificate" in gatehouse.log_text())


if __name__ == "__main__":
    unittest.main()
