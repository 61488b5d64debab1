# SPDX-License-Identifier: Apache-2.0
"""Certificate-bound tokens (RFC 8705) over the proxy's own TLS: of use only to who holds the certificate."""
import hashlib
import json
import os
import ssl
import unittest

import tokens
from certificates import Authority
from tokens import bearer, claims

ISSUER = "https://issuer.example"


def thumbprint(certificate):
    with open(certificate) as file:
        return tokens.b64(hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).digest())


class Door(tokens.Gatehouse):
    tls = ""

    def write_config(self, upstream, proxy="", listen="127.0.0.1:0", http=""):
        super().write_config(upstream, proxy + self.tls, listen, http)


class BoundTokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tokens.folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.authority = Authority(cls.folder.name)
        cls.stranger = Authority(cls.folder.name, "stranger")
        cls.mine, cls.theirs = cls.authority.sign("mine"), cls.stranger.sign("theirs")
        cls.key = tokens.Key(cls.folder.name)
        keys = os.path.join(cls.folder.name, "keys.json")
        with open(keys, "w") as file:
            json.dump({"keys": [cls.key.jwk()]}, file)
        cert, key = cls.authority.sign("server")
        Door.tls = f'\ntls_cert = "{cert}"\ntls_key = "{key}"\ntls_client_cert = "optional"\n'
        cls.gatehouse = Door("whoami:", tokens.realm(
            ["sso"], sso={"issuer": ISSUER, "audience": ["https://api.example"], "keys": keys}))
        cls.addClassCleanup(cls.gatehouse.stop)

    def token(self, **more):
        token = self.key.sign(claims(ISSUER, **more))
        self.gatehouse.secrets.append(token)
        return token

    def ask(self, token, pair=None):
        context = ssl.create_default_context(cafile=self.authority.file)
        if pair:
            context.load_cert_chain(*pair)
        with tokens.proxy.Client(self.gatehouse.address) as client:
            client.sock = context.wrap_socket(client.sock, server_hostname="localhost")
            client.reader = tokens.proxy.Reader(client.sock)
            return client.ask("/", lines=bearer(token)).status

    def test_only_with_its_certificate(self):
        bound = self.token(cnf={"x5t#S256": thumbprint(self.mine[0])})
        self.assertEqual(self.ask(bound), 401)
        for _ in range(2):  # what is remembered of one caller lets no other in
            self.assertEqual(self.ask(bound, self.mine), 200)
            self.assertEqual(self.ask(bound, self.theirs), 401)
            self.assertEqual(self.ask(bound), 401)

    def test_a_token_that_is_not_bound_needs_none(self):
        free = self.token()
        for pair in (None, self.mine, self.theirs):
            self.assertEqual(self.ask(free, pair), 200)

    def test_broken_bindings(self):
        right = thumbprint(self.mine[0])
        for cnf in ({"x5t#S256": right[:-1]}, {"x5t#S256": right + "A"}, {"x5t#S256": ""}, {"x5t#S256": [right]},
                    {"x5t": right}, {"kid": "k1"}, {}, right, [], None):
            self.assertEqual(self.ask(self.token(cnf=cnf), self.mine), 401, cnf)


if __name__ == "__main__":
    unittest.main()
