# SPDX-License-Identifier: Apache-2.0
"""What a person with a browser meets: the prompt, the page behind it, and the pages that say no.

With SCREENSHOTS=folder the pages are kept as pictures."""
import base64
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../proxy"))
from chromium import Chromium, Page  # noqa: E402
from support import Gatehouse, Upstream  # noqa: E402

RULES = """
[[http.rules]]
path = "/public"
require = "anyone"
[[http.rules]]
path = "/bob"
require = "user:bob"
"""


def service(exchange):
    exchange.body()
    user = exchange.request.value("Remote-User") or "nobody"
    page = f"<!doctype html><title>Service</title><h1>Hello {user}</h1>".encode()
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page) + page)


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        for path in ("/", "/bob", "/public", "/api"):
            cls.upstream.answers[path] = service
        cls.gatehouse = Gatehouse(cls.upstream.url, http=RULES)
        cls.url = "http://127.0.0.1:%d" % cls.gatehouse.address[1]
        cls.browser = Chromium()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.gatehouse.stop()
        cls.upstream.close()

    def setUp(self):
        self.upstream.requests.clear()
        self.page = Page(self.browser)

    def keep(self, name):
        if folder := os.environ.get("SCREENSHOTS"):
            with open(os.path.join(folder, name + ".png"), "wb") as file:
                file.write(base64.b64decode(self.page.screenshot()))

    def seen(self):
        return [request.path for request in self.upstream.requests if request.path != "/favicon.ico"]

    def test_let_in_with_a_password(self):
        self.page.open(self.url + "/", [("alice", "secret")])
        self.assertIn("Hello alice", self.page.text())
        self.assertEqual(len(self.page.prompts), 1)
        self.assertEqual((self.page.prompts[0]["scheme"], self.page.prompts[0]["realm"]), ("basic", "test"))
        self.keep("let-in")
        self.page.open(self.url + "/")
        self.assertIn("Hello alice", self.page.text())
        self.assertEqual(len(self.page.prompts), 1, "asked again")

    def test_kept_out_without(self):
        self.page.open(self.url + "/")
        self.assertEqual(len(self.page.prompts), 1)
        self.assertIn("Sign in", self.page.text())
        self.assertNotIn("Hello", self.page.text())
        self.keep("401")
        self.assertEqual(self.seen(), [])

    def test_asked_again_after_a_wrong_password(self):
        self.page.open(self.url + "/", [("alice", "wrong"), ("nobody", "secret"), ("alice", "secret")])
        self.assertIn("Hello alice", self.page.text())
        self.assertEqual(len(self.page.prompts), 3)
        self.assertEqual(self.seen(), ["/"])

    def test_kept_out_with_a_wrong_password(self):
        self.page.open(self.url + "/", [("alice", "wrong")])
        self.assertNotIn("Hello", self.page.text())
        self.assertEqual(self.seen(), [])

    def test_a_page_for_others_says_so_without_a_prompt(self):
        self.page.open(self.url + "/", [("alice", "secret")])
        self.page.open(self.url + "/bob")
        self.assertEqual(len(self.page.prompts), 1)
        self.assertNotIn("Hello", self.page.text())
        self.keep("403")
        self.assertEqual(self.seen(), ["/"])

    def test_no_prompt_where_no_login_is_asked(self):
        self.page.open(self.url + "/public")
        self.assertIn("Hello nobody", self.page.text())
        self.assertEqual(self.page.prompts, [])

    def test_a_script_of_the_page_is_answered_in_json(self):
        self.page.open(self.url + "/", [("alice", "secret")])
        told = self.page.evaluate("fetch('/bob').then(async r => r.status + ' ' + (await r.json()).error_code)")
        self.assertEqual(told, "403 PERMISSION_DENIED")
        self.assertIn("Hello alice", self.page.evaluate("fetch('/api').then(r => r.text())"))

    def test_another_path_than_the_one_asked_for_is_not_opened(self):
        self.page.open(self.url + "/", [("alice", "secret")])
        told = self.page.evaluate("fetch('/public%2f..%2fbob').then(r => r.status)")
        self.assertEqual(told, 400)


if __name__ == "__main__":
    unittest.main()
