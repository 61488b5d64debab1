# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens through the proxy, with the provider's keys in a file, and the same tokens asked about offline."""
import base64
import json
import os
import subprocess
import unittest

import tokens
from tokens import bearer, claims

ISSUER = "https://issuer.example"


class KeyFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tokens.folder()
        cls.key = tokens.Key(cls.folder.name)
        cls.other = tokens.Key(cls.folder.name, "k2")
        cls.keys = os.path.join(cls.folder.name, "keys.json")
        cls.write_keys(cls.key)
        cls.upstream = tokens.proxy.Upstream()
        cls.gatehouse = tokens.Gatehouse(cls.upstream.url, tokens.realm(
            ["sso"], sso={"issuer": ISSUER, "audience": ["https://api.example"], "keys": cls.keys,
                          "required_scopes": ["use"], "password_is_token": True}))

    @classmethod
    def tearDownClass(cls):
        cls.gatehouse.stop()
        cls.upstream.close()
        cls.folder.cleanup()

    @classmethod
    def write_keys(cls, *keys):
        with open(cls.keys + ".new", "w") as file:
            json.dump({"keys": [key.jwk() for key in keys]}, file)
        os.chmod(cls.keys + ".new", 0o644)
        os.rename(cls.keys + ".new", cls.keys)

    def token(self, key=None, **changes):
        said = claims(ISSUER, scope="use", groups=["staff"], email="alice@example.com")
        said.update(changes)
        token = (key or self.key).sign({name: value for name, value in said.items() if value is not None})
        self.gatehouse.secrets.append(token)
        return token

    def challenges(self, response):
        return tokens.proxy.values(response.fields, "WWW-Authenticate")

    def test_a_right_token_lets_in_and_the_service_is_told_who(self):
        for _ in range(2):  # the second time out of the cache
            response = self.gatehouse.get(bearer(self.token()))
            self.assertEqual(response.status, 200)
            told = response.body.decode()
            for line in ("Remote-User: alice", "Remote-Groups: staff", "Remote-Email: alice@example.com"):
                self.assertIn(line, told)
            self.assertNotIn("Authorization", told)

    def test_a_token_in_two_places(self):
        """RFC 6750, section 2: one way to bring it, and never the query."""
        token = self.token()
        self.assertEqual(self.gatehouse.get(bearer(token), "/?state=1").status, 200)
        for path in ("/?access_token=" + token, "/?a=b&access%5Ftoken=other"):
            response = self.gatehouse.get(bearer(token), path)
            self.assertEqual(response.status, 400)
            self.assertEqual(self.challenges(response), ['Bearer realm="test", error="invalid_request"'])
        self.assertEqual(self.gatehouse.get("", "/?access_token=" + token).status, 401)
        self.assertEqual(self.gatehouse.get("Authorization: DPoP x\r\nDPoP: y\r\n", "/?access_token=z").status, 400)

    def test_curl_with_a_token(self):
        host, port = self.gatehouse.address
        done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-K", "-"], capture_output=True, text=True, timeout=tokens.LIMIT,
                              input=f'url = "http://{host}:{port}/"\noauth2-bearer = "{self.token()}"\n')
        self.assertEqual(done.stdout, "200", done.stderr)

    def test_no_token_is_told_no_error(self):
        response = self.gatehouse.get()
        self.assertEqual(response.status, 401)
        self.assertEqual([c for c in self.challenges(response) if c.startswith("Bearer")], ['Bearer realm="test"'])

    def test_tokens_that_are_not_accepted(self):
        right = self.token()
        head, body, signature = right.split(".")
        altered = head + "." + tokens.b64(json.dumps({**json.loads(base64.urlsafe_b64decode(body + "==")), "sub": "root"}).encode()) + "." + signature
        for token in (self.token(exp=1), self.token(exp=None), self.token(iss="https://other.example"), self.token(aud="x"),
                      self.token(self.other), altered, right + "A", right[:-4], "opaque", "A===.x.y", head + "." + body + "."):
            response = self.gatehouse.get(bearer(token))
            self.assertEqual(response.status, 401, token)
            if "=" in token:
                continue  # no token by its form: the door does not ask
            self.assertIn('Bearer realm="test", error="invalid_token"', self.challenges(response))
            self.assertNotIn(token[:20].encode(), response.body)
        self.assertEqual(self.gatehouse.get(bearer(right)).status, 200)

    def test_a_missing_scope_is_forbidden(self):
        response = self.gatehouse.get(bearer(self.token(scope="other")))
        self.assertEqual(response.status, 403)
        self.assertEqual(self.challenges(response), ['Bearer realm="test", error="insufficient_scope", scope="use"'])

    def test_a_token_in_place_of_a_password(self):
        self.assertEqual(self.gatehouse.get(tokens.proxy.basic("anybody", self.token())).status, 200)
        self.assertEqual(self.gatehouse.get(tokens.proxy.basic("anybody", "wrong")).status, 401)

    def test_a_new_key_file_counts_without_a_restart(self):
        rotated = self.token(self.other)
        old = self.token()
        self.assertEqual(self.gatehouse.get(bearer(old)).status, 200)
        self.assertEqual(self.gatehouse.get(bearer(rotated)).status, 401)
        self.write_keys(self.other)
        try:
            self.gatehouse.wait_for_log("read again")
            self.assertEqual(self.gatehouse.get(bearer(rotated)).status, 200)
            self.assertEqual(self.gatehouse.get(bearer(old)).status, 401)
        finally:
            self.write_keys(self.key)
            self.gatehouse.signal(tokens.proxy.signal.SIGHUP)
            self.gatehouse.wait_for(lambda: self.gatehouse.get(bearer(old)).status == 200)

    def check(self, token, *options):
        return subprocess.run([os.environ["GATEHOUSE"], "token", "check", "--keys", self.keys, *options, "-"],
                              input=token + "\n", capture_output=True, text=True, timeout=tokens.LIMIT)

    def test_the_same_question_offline(self):
        done = self.check(self.token(), "--issuer", ISSUER, "--audience", "https://api.example")
        self.assertEqual((done.returncode, done.stdout), (0, "accepted: signature and claims are right\n"), done.stderr)
        done = self.check(self.token(exp=1))
        self.assertEqual((done.returncode, done.stdout), (1, "refused: it has expired\n"))
        self.assertEqual(self.check(self.token(exp=1), "--signature-only").returncode, 0)
        self.assertEqual(self.check(self.token(self.other)).returncode, 1)
        done = subprocess.run([os.environ["GATEHOUSE"], "token", "check", "--keys", "/none", "-"], input="x\n",
                              capture_output=True, text=True, timeout=tokens.LIMIT)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/none", done.stderr)


if __name__ == "__main__":
    unittest.main()
