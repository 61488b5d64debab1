# SPDX-License-Identifier: Apache-2.0
"""One request: what it is answered, what the service and the log are told, in every way that nginx may lead it."""
import json
import os
import pathlib
import random
import re
import subprocess
import threading
import time
import unittest

from nginx_support import LIMIT, Nginx, Upstream, free_port, login, sha_line, wait_for

PERSON = "Accept: text/html\r\n"
DAVE = login("dave")  # known to staff, guests and club
EVE = login("eve")  # to staff and guests


def told(answer, name):
    """The values of one header in an echoed request."""
    lines = answer.body.decode("latin-1").split("\n\n")[0].splitlines()[1:]
    return [line.split(": ", 1)[1] for line in lines if line.lower().startswith(name.lower() + ": ")]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = upstream = Upstream()
        upstream.answers["/ws"] = cls.speak
        upstream.answers["/own401"] = lambda exchange: exchange.send(
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\nWWW-Authenticate: Own\r\n\r\nown")
        cls.nginx = nginx = Nginx()
        cls.port2 = free_port()
        nginx.write("club", sha_line("dave", "right"))
        nginx.write_actors(f'[realms.club]\nchain = ["club"]\n[backends.club]\nplugin = "htpasswd"\n'
                           f'file = "{nginx.path("club")}"\n[cache]\nttl = "0s"\n')
        nginx.write("few.toml", nginx.read("actors.toml") + "[throttle]\nfailures = 3\n")
        nginx.write("ruled.toml", nginx.read("actors.toml") + """
[http]
user_header = "X-Who"
groups_header = "X-Groups"
[[http.rules]]
path = "/ruled/open/**"
require = "anyone"
[[http.rules]]
path = "/ruled/red/**"
require = ["group:red", "user:dave"]
[[http.rules]]
path = "/ruled/page"
methods = "POST"
require = "user:dave"
[[http.rules]]
path = "/ruled/page"
require = "anyone"
[[http.rules]]
path = "/ruled/far/**"
from = "192.0.2.0/24"
require = "anyone"
""")
        nginx.write("told.toml", nginx.read("actors.toml") + "[http]\nforward_authorization = true\n")
        os.mkdir(nginx.path("www/pages"))
        nginx.write("www/pages/401.html", "a page of the house\n")
        nginx.http = """
  gatehouse_config actors.toml;
  underscores_in_headers on;
  ignore_invalid_headers off;
  large_client_header_buffers 4 32k;
  client_max_body_size 0;
  map $remote_user $is_admin { default "no"; admin "yes"; }
"""
        nginx.server = f"""
    listen 127.0.0.1:{cls.port2} http2;
    gatehouse staff;
    location / {{ proxy_pass {upstream.url}; }}
    location /off/ {{ gatehouse off; proxy_pass {upstream.url}; }}
    location /quiet/ {{ gatehouse_set_headers off; proxy_pass {upstream.url};
      proxy_set_header X-Subject $gatehouse_subject; proxy_set_header X-Groups $gatehouse_groups;
      proxy_set_header X-Backend $gatehouse_backend; proxy_set_header X-User $remote_user; }}
    location /authorization/ {{ gatehouse_forward_authorization on; proxy_pass {upstream.url}; }}
    location /few/ {{ gatehouse_config few.toml; gatehouse staff; proxy_pass {upstream.url};
      location /few/any/ {{ satisfy any; auth_request /check; proxy_pass {upstream.url}; }}
    }}
    location /any-in/ {{ satisfy any; allow 127.0.0.1; deny all; proxy_pass {upstream.url}; }}
    location /any-out/ {{ satisfy any; deny all; proxy_pass {upstream.url}; }}
    location /any-else/ {{ satisfy any; auth_request /check; proxy_pass {upstream.url}; }}
    location /any-nobody/ {{ satisfy any; auth_request /refuse; proxy_pass {upstream.url}; }}
    location /all-out/ {{ deny all; proxy_pass {upstream.url}; }}
    location /all-in/ {{ allow 127.0.0.1; deny all; auth_request /check; proxy_pass {upstream.url}; }}
    location = /check {{ internal; gatehouse club; proxy_pass {upstream.url}; }}
    location = /refuse {{ internal; proxy_pass {upstream.url}/own401; }}
    location /delay/ {{ auth_delay 700ms; proxy_pass {upstream.url}; }}
    location /page/ {{ error_page 401 /pages/401.html; proxy_pass {upstream.url}; }}
    location /pages/ {{ gatehouse off; internal; }}
    location /page-same/ {{ error_page 401 /page-same/401.html; proxy_pass {upstream.url}; }}
    location /page-named/ {{ error_page 401 =200 @page; proxy_pass {upstream.url}; }}
    location @page {{ gatehouse off; proxy_pass {upstream.url}; }}
    location /page-else/ {{ error_page 404 /pages/401.html; proxy_pass {upstream.url}; }}
    location /try/ {{ try_files /nothing @app; }}
    location @app {{ proxy_pass {upstream.url}; }}
    location /try-off/ {{ try_files /nothing @off; }}
    location @off {{ gatehouse off; proxy_pass {upstream.url}; }}
    location /try-guests/ {{ try_files /nothing @guests; }}
    location @guests {{ gatehouse guests; proxy_pass {upstream.url}; proxy_set_header X-Backend $gatehouse_backend; }}
    location /try-club/ {{ try_files /nothing @club; }}
    location @club {{ gatehouse club; proxy_pass {upstream.url}; }}
    location /try-club-in/ {{ try_files /nothing @club-in; }}
    location @club-in {{ gatehouse club; satisfy any; allow 127.0.0.1; proxy_pass {upstream.url}; }}
    location = /ws {{ proxy_pass {upstream.url}; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade"; }}
    location /early/ {{
      set $early "$remote_user/$is_admin"; proxy_pass {upstream.url};
      proxy_set_header X-Early $early; proxy_set_header X-User $remote_user; proxy_set_header X-Admin $is_admin;
      location /early/any/ {{
        satisfy any; allow 127.0.0.1; deny all; proxy_pass {upstream.url};
        set $early "$remote_user/$is_admin";
        proxy_set_header X-Early $early; proxy_set_header X-User $remote_user; proxy_set_header X-Admin $is_admin;
      }}
      location /early/off/ {{
        gatehouse off; set $early "$remote_user/$is_admin"; rewrite ^ /early/any/led last;
      }}
    }}
    location /told/ {{ try_files /nothing @untold; }}
    location @untold {{
      gatehouse_set_headers off; gatehouse_forward_authorization on; proxy_pass {upstream.url};
    }}
    location /untold/ {{
      gatehouse_set_headers off; gatehouse_forward_authorization on; try_files /nothing @app;
    }}
    location /accel/ {{ proxy_pass {upstream.url}; }}
    location /accel-same/ {{ internal; proxy_pass {upstream.url}/same/; }}
    location /accel-club/ {{ internal; gatehouse club; proxy_pass {upstream.url}/club/; }}
    location /mirror/ {{ mirror /mirrored; proxy_pass {upstream.url}; }}
    location = /mirrored {{ internal; proxy_pass {upstream.url}/mirrored$request_uri; }}
    location /after/ {{ gatehouse guests; post_action /then; proxy_pass {upstream.url}; }}
    location = /then {{ gatehouse off; internal; proxy_pass {upstream.url}; }}
    location /ruled/ {{
      gatehouse_config ruled.toml; gatehouse staff; proxy_pass {upstream.url};
      location /ruled/page {{ gatehouse staff; error_page 403 /ruled/page; error_page 405 /ruled/open/x;
        proxy_intercept_errors on; proxy_pass {upstream.url}; }}
      location /ruled/red/any/ {{ satisfy any; deny all; proxy_pass {upstream.url}; }}
      location /ruled/off/ {{ gatehouse off; proxy_pass {upstream.url}; }}
      location /ruled/red/on/ {{ gatehouse_forward_authorization on; proxy_pass {upstream.url}; }}
    }}
    location /forwarded/ {{ gatehouse_config told.toml; gatehouse staff; proxy_pass {upstream.url};
      location /forwarded/not/ {{ gatehouse_forward_authorization off; proxy_pass {upstream.url}; }}
    }}
    location /injected/ {{ gatehouse $http_x_realm; proxy_pass {upstream.url}; }}
    location /any-old/ {{ satisfy any; allow 127.0.0.1; try_files /nothing @old; }}
    location @old {{ gatehouse off; auth_basic "old"; auth_basic_user_file users; proxy_pass {upstream.url}; }}
    location /old/ {{ gatehouse off; auth_basic "old"; auth_basic_user_file users; proxy_pass {upstream.url}; }}
"""
        nginx.start()

    @classmethod
    def tearDownClass(cls):
        try:
            cls.nginx.stop()
        finally:
            cls.nginx.kill()
            cls.nginx.clean_up()
            cls.upstream.close()

    @staticmethod
    def speak(exchange):
        if exchange.request.value("Upgrade") != "websocket":
            exchange.echo()
            return
        exchange.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        exchange.send(exchange.reader.take(5).upper())
        exchange.close()

    def ask(self, *arguments, **named):
        return self.nginx.ask(*arguments, **named)

    def seen(self, path):
        return [request for request in self.upstream.requests if request.path.startswith(path)]


class Answers(Case):
    def check(self, path, lines, status, code, *headers):
        answer = self.ask(path, lines)
        self.assertEqual(answer.status, status)
        self.assertEqual(answer.value("Content-Type"), "application/json")
        self.assertEqual(json.loads(answer.body)["error_code"], code)
        self.assertEqual(answer.value("Cache-Control"), "no-store")
        for header in headers:
            self.assertIsNotNone(answer.value(header), header)
        page = self.ask(path, lines + PERSON)
        self.assertEqual(page.status, status)
        self.assertEqual(page.value("Content-Type"), "text/html; charset=utf-8")
        self.assertIn(b"<!doctype html>", page.body.lower())
        self.assertIsNotNone(page.value("Content-Security-Policy"))
        head = self.ask(path, lines, method="HEAD")
        self.assertEqual((head.status, head.body), (status, b""))
        self.assertEqual(head.value("Content-Length"), answer.value("Content-Length"))
        self.assertEqual(self.seen(path), [])
        return answer

    def test_refusals(self):
        answer = self.check("/a1", "", 401, "UNAUTHENTICATED")
        self.assertEqual(answer.value("WWW-Authenticate"), 'Basic realm="The staff", charset="UTF-8"')
        for lines in (login("x", "wrong"), login("nobody"), "Authorization: Basic !!!\r\n", "Authorization: Digest x\r\n",
                      login("a" * 600), login("x", "\x01")):
            refused = self.check("/a2", lines, 401, "UNAUTHENTICATED")
            self.assertEqual(refused.body, answer.body)
            self.assertEqual(refused.value("WWW-Authenticate"), answer.value("WWW-Authenticate"))
        self.check("/a3", login("forbidden"), 403, "PERMISSION_DENIED")
        self.check("/a4", login("down"), 503, "TEMPORARILY_UNAVAILABLE", "Retry-After")

    def test_throttled(self):
        for i in range(3):
            self.assertEqual(self.ask("/few/a", login("guessed", f"wrong-{i}")).status, 401)
        answer = self.check("/few/b", login("guessed", "wrong-3"), 429, "RESOURCE_EXHAUSTED", "Retry-After")
        self.assertIsNone(answer.value("WWW-Authenticate"))
        self.assertEqual(self.nginx.log_line("/few/b").split("|")[6], "throttled")
        # Under `satisfy any` too: auth_request, which would let everybody in, is not asked.
        self.assertEqual(self.ask("/few/any/", login("guessed", "wrong-4")).status, 429)
        self.assertEqual(self.ask("/few/any/", login("another", "wrong")).status, 200)
        self.assertEqual(self.ask("/few/c", login("another")).status, 200)

    def test_two_credentials(self):
        with self.nginx.client() as client:
            answer = client.ask("/b1", lines=login("x") + login("x"))
            self.assertEqual(answer.status, 400)
            self.assertTrue(client.is_closed())
        self.assertEqual(self.seen("/b1"), [])

    def test_connection_goes_on_after_a_refusal(self):
        with self.nginx.client() as client:
            for lines, status in (("", 401), (DAVE, 200), (login("dave", "wrong"), 401), ("", 401), (DAVE, 200)):
                self.assertEqual(client.ask("/c1", lines=lines).status, status)

    def test_pipelined(self):
        with self.nginx.client() as client:
            request = "GET /d1 HTTP/1.1\r\nHost: a\r\n{}\r\n"
            lines = [DAVE, "", login("dave", "wrong"), EVE] * 5
            client.send("".join(request.format(line) for line in lines))
            answers = [client.response() for _ in lines]
        self.assertEqual([answer.status for answer in answers], [200, 401, 401, 200] * 5)
        self.assertEqual([told(answer, "Remote-User") for answer in answers if answer.status == 200],
                         [["dave"], ["eve"]] * 5)

    def test_body_is_not_waited_for(self):
        with self.nginx.client() as client:
            client.send("POST /e1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(client.response().status, 401)
        with self.nginx.client() as client:
            client.send("POST /e1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.assertEqual(client.response().status, 401)
        with self.nginx.client() as client:  # one that sends it all the same may go on
            self.assertEqual(client.ask("/e2", "POST", "Content-Length: 100000\r\n", b"x" * 100000).status, 401)
            self.assertEqual(client.ask("/e3", "POST", DAVE + "Content-Length: 100000\r\n", b"x" * 100000).status, 200)
        self.assertEqual(self.seen("/e1") + self.seen("/e2"), [])

    def test_the_service_answers_for_itself(self):
        answer = self.ask("/own401", DAVE)
        self.assertEqual((answer.status, answer.body, answer.value("WWW-Authenticate")), (401, b"own", "Own"))


class Told(Case):
    def test_who_it_is(self):
        answer = self.ask("/a", login("member-red-blue"))
        self.assertEqual(told(answer, "Remote-User"), ["member-red-blue"])
        self.assertEqual(told(answer, "Remote-Groups"), ["red,blue"])
        self.assertEqual(told(answer, "Remote-Email"), ["member@example.org"])
        self.assertEqual(told(answer, "Remote-Name"), [])
        self.assertEqual(told(answer, "Authorization"), [])
        self.assertEqual(self.nginx.log_line("/a"),
                         "GET /a HTTP/1.1|200|member-red-blue|member-red-blue|red,blue|first|-")

    def test_canonical_name(self):
        self.assertEqual(told(self.ask("/b", login("alias-anna")), "Remote-User"), ["anna"])
        self.assertEqual(self.nginx.log_line("/b").split("|")[2:4], ["anna", "anna"])

    def test_names_are_encoded(self):
        self.assertEqual(told(self.ask("/c", login("odd")), "Remote-User"), ["o%25d%2C %C3%A9"])

    def test_refused_in_the_log(self):
        self.ask("/d1", login("mallory", "wrong"))
        self.assertEqual(self.nginx.log_line("/d1"), "GET /d1 HTTP/1.1|401|-|-|-|-|bad_credential")
        self.ask("/d2")
        self.assertEqual(self.nginx.log_line("/d2"), "GET /d2 HTTP/1.1|401|-|-|-|-|no_credential")
        self.ask("/d3", login("down"))
        self.assertEqual(self.nginx.log_line("/d3").split("|")[6], "backend_error")
        self.assertIn("the actor is down", self.nginx.read("logs/error.log"))

    def test_the_filter_for_fail2ban(self):
        """The one that the page shows finds the wrong password, and not the first visit without one."""
        page = (pathlib.Path(__file__).parents[3] / "docs/coming-from-auth-basic.md").read_text()
        expression = re.search("failregex = (.*)", page)[1].replace("<HOST>", "(?P<host>[0-9a-f.:]+)")
        self.ask("/f1")
        self.ask("/f2", login("mallory", "wrong"))
        lines = [line[len("2026/11/24 14:36:23"):] for line in self.nginx.read("logs/error.log").splitlines()]
        found = [line for line in lines if re.search(expression, line)]
        self.assertTrue(any("GET /f2 " in line for line in found), lines)
        self.assertFalse(any("GET /f1 " in line for line in found), found)
        self.assertEqual(re.search(expression, found[0])["host"], "127.0.0.1")

    def test_too_many_groups(self):
        answer = self.ask("/e", login("wide"))
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.seen("/e"), [])
        self.assertIn("over 8192 bytes", self.nginx.read("logs/error.log"))

    def test_quiet(self):
        answer = self.ask("/quiet/", login("member-red-blue") + "Remote-User: root\r\n")
        self.assertEqual(told(answer, "Remote-User") + told(answer, "Remote-Groups"), [])
        self.assertEqual(told(answer, "X-Subject") + told(answer, "X-Groups") + told(answer, "X-Backend") +
                         told(answer, "X-User"), ["member-red-blue", "red,blue", "first", "member-red-blue"])
        self.assertEqual(told(self.ask("/quiet/", login("wide")), "X-Groups"), [])

    def test_authorization(self):
        self.assertEqual(told(self.ask("/authorization/", DAVE), "Authorization"), [DAVE.split(": ")[1].strip()])
        self.assertEqual(told(self.ask("/off/", DAVE), "Authorization"), [DAVE.split(": ")[1].strip()])

    def test_what_the_backend_is_told(self):
        self.ask("/f", login("sees-me"))
        self.assertIn("sees-me from 127.0.0.1", self.nginx.calls())


class Rules(Case):
    """[[http.rules]] of a configuration: the same answers as those of every door."""
    RED = login("member-red-blue")

    def test_anyone(self):
        before = len(self.nginx.calls())
        for lines in ("", DAVE, login("dave", "wrong"), login("down"), "Authorization: Basic !!!\r\n"):
            answer = self.ask("/ruled/open/a", lines + "X-Who: root\r\nRemote-User: root\r\n")
            self.assertEqual(answer.status, 200, lines)
            for name in ("X-Who", "X-Groups", "Remote-User", "Authorization"):
                self.assertEqual(told(answer, name), [], name)
        self.assertEqual(len(self.nginx.calls()), before, "nobody is asked")
        self.assertEqual(self.nginx.log_line("/ruled/open/a").split("|")[1:4], ["200", "-", "-"])

    def test_login(self):
        self.assertEqual(self.ask("/ruled/else").status, 401)
        self.assertEqual(told(self.ask("/ruled/else", EVE), "X-Who"), ["eve"])
        self.assertEqual(self.ask("/ruled/far/a").status, 401)

    def test_group(self):
        answer = self.ask("/ruled/red/a", self.RED + "X-Who: root\r\n")
        self.assertEqual((answer.status, told(answer, "X-Who"), told(answer, "X-Groups")),
                         (200, ["member-red-blue"], ["red,blue"]))
        self.assertEqual(told(answer, "Remote-User") + told(answer, "Authorization"), [])
        self.assertEqual(self.nginx.log_line("/ruled/red/a").split("|")[3:5], ["member-red-blue", "red,blue"])
        self.assertEqual(self.ask("/ruled/red/b", DAVE).status, 200)
        for path in ("/ruled/red/c", "/ruled/red/any/c"):
            for user in ("eve", "member-blue-redder"):
                answer = self.ask(path, login(user))
                self.assertEqual((answer.status, json.loads(answer.body)["error_code"]), (403, "PERMISSION_DENIED"))
                self.assertIsNone(answer.value("WWW-Authenticate"))
            self.assertEqual(self.ask(path).status, 401)
            self.assertEqual(self.ask(path, login("member-red", "wrong")).status, 401)
            self.assertEqual(self.ask(path, login("down")).status, 503)
            self.assertEqual(self.seen(path), [])
            self.assertEqual(self.nginx.log_line(path).split("|")[2:5], ["-", "-", "-"])
        self.assertRegex(self.nginx.read("logs/error.log"), r'"eve" may not do this: rule 2 \(.*ruled.toml:\d+\) asks for ')

    def test_a_path_of_two_readings(self):
        for path in ("/ruled/open/../red/a", "/ruled/open/%2e%2e/red/a", "/ruled/open/..%2fred/a", "/ruled//open/a",
                     "/ruled/op%65n/a", "/ruled/open/a;b", "/ruled/open/%2541", "/ruled/open/%c0%af"):
            for lines in ("", DAVE):
                with self.nginx.client() as client:
                    answer = client.ask(path, lines=lines)
                    self.assertEqual(answer.status, 400, path)
                    self.assertTrue(client.is_closed())
        self.assertEqual(self.ask("/ruled/open/b", "X-HTTP-Method-Override: DELETE\r\n").status, 400)
        self.assertEqual(self.seen("/ruled/op") + self.seen("/ruled//"),
                         [request for request in self.seen("/ruled/open/") if request.path == "/ruled/open/a"])
        self.assertEqual(self.ask("/ruled/off/%2541", "").status, 200)  # no login, and no rules

    def test_method(self):
        """It stays what it was where nginx makes GET of it."""
        self.assertEqual(self.ask("/ruled/page").status, 200)
        self.assertEqual(self.ask("/ruled/page", EVE, method="POST").status, 403)
        self.assertEqual(self.ask("/ruled/page", method="POST").status, 401)
        self.assertEqual(self.ask("/ruled/page", DAVE, method="POST").status, 200)
        self.assertEqual([request.method for request in self.seen("/ruled/page")], ["GET", "POST"])

    def test_authorization(self):
        sent = [DAVE.split(": ")[1].strip()]
        self.assertEqual(told(self.ask("/forwarded/a", DAVE), "Authorization"), sent)
        self.assertEqual(told(self.ask("/forwarded/not/a", DAVE), "Authorization"), [])
        self.assertEqual(told(self.ask("/ruled/red/on/a", DAVE), "Authorization"), sent)

    def test_names_are_protected_everywhere(self):
        for path in ("/off/r", "/ruled/off/r", "/any-in/r"):
            answer = self.ask(path, "X-Who: root\r\nx_groups: root\r\nX-Mine: kept\r\n")
            self.assertEqual((answer.status, told(answer, "X-Mine")), (200, ["kept"]))
            self.assertNotIn(b"root", answer.body)


class ReadEarly(Case):
    """$remote_user is nobody until somebody was let in, also where a rewrite or a map reads it before."""

    def words(self, answer):
        return [told(answer, name) for name in ("X-Early", "X-User", "X-Admin")]

    def test_an_address_is_enough(self):
        for path in ("/early/any/1", "/early/off/1"):
            answer = self.ask(path, login("admin", "wrong"))
            self.assertEqual(answer.status, 200)
            self.assertEqual(told(answer, "X-User") + told(answer, "Remote-User"), [], path)
            self.assertEqual(self.nginx.log_line(path).split("|")[2:4], ["-", "-"])
        self.assertEqual(self.words(self.ask("/early/any/2", login("admin", "wrong"))), [["/no"], [], ["no"]])

    def test_who_was_let_in(self):
        answer = self.ask("/early/1", login("admin"))
        self.assertEqual(self.words(answer)[:2], [["/no"], ["admin"]])
        self.assertEqual(self.nginx.log_line("/early/1").split("|")[2:4], ["admin", "admin"])
        self.assertEqual(self.ask("/early/2", login("admin", "wrong")).status, 401)
        self.assertEqual(self.nginx.log_line("/early/2").split("|")[2:4], ["-", "-"])


class Lines(Case):
    def test_what_a_caller_writes_is_written_out(self):
        self.assertEqual(self.ask("/injected/", "X-Realm: a\x1b[2J\xe2\x80\xae\xc2\x9b%n%V\r\n").status, 500)
        self.assertEqual(self.ask("/injected/", f"X-Realm: {'b' * 20000}\r\n").status, 500)
        text = self.nginx.read("logs/error.log")
        self.assertIn(r'no realm "a\x1b[2J\xe2\x80\xae\xc2\x9b%n%V" in', text)
        self.assertIn('no realm "bbbb', text)
        self.assertFalse(set(text) & set("\x1b\u202e\x9b"))
        self.assertFalse("b" * 1200 in text)

    def test_so_many_and_no_more(self):
        """A flood of refusals fills no disk: a hundred lines a second, and how many more there were."""
        count = 3000
        nginx = Nginx()
        nginx.server = f"gatehouse x; gatehouse_backend htpasswd:{nginx.path('users')};"
        with nginx:
            with nginx.client() as client:
                for _ in range(count):
                    self.assertEqual(client.ask("/", lines="Authorization: Basic !!!\r\n").status, 401)

            def told_in_all():
                lines = nginx.read("logs/error.log").splitlines()
                written = [line[:19] for line in lines if "gatehouse: denied" in line]
                left_out = sum(int(line.split("gatehouse: ")[1].split()[0]) for line in lines if "were not written" in line)
                self.assertLessEqual(len(written) + left_out, count)
                self.assertLessEqual(max(written.count(second) for second in set(written)), 100)
                return len(written) + left_out == count
            wait_for("all to be accounted for", told_in_all)


class Secrets(unittest.TestCase):
    def test_at_debug(self):
        """nginx itself writes each header that comes into its debug log; the door adds nothing to that."""
        password = "canary-of-the-password"
        with Nginx("gatehouse staff; location / { try_files /index.html =404; }", "  gatehouse_config actors.toml;\n",
                   main="error_log logs/debug.log debug;") as nginx:
            for lines in (login("anna", password), login("wait-1", password), login("down", password),
                          f"Authorization: Bearer {password}\r\n", login("anna", password) * 2):
                with nginx.client() as client:
                    client.send(f"GET /?{'wait' in lines} HTTP/1.1\r\nHost: a\r\n{lines}\r\n")
                    if lines == login("wait-1", password):
                        nginx.release()
                    self.assertIn(client.response().status, (400, 401, 503))
            text = nginx.read("logs/debug.log")
            self.assertIn("[debug]", text, "this nginx has no debug log")
            encoded = login("anna", password).split()[2]
            for line in text.splitlines() + nginx.read("logs/error.log").splitlines():
                if '"Authorization: ' in line:
                    continue  # nginx's own
                self.assertNotIn(password, line)
                self.assertNotIn(encoded, line)


class CallersHeaders(Case):
    NAMES = ("Remote-User", "remote-user", "Remote_User", "REMOTE.USER", "Remote-Groups", "Remote-Email", "Remote-Name",
             "X-Remote-User", "X_Remote_Anything", "X!Remote'User", "X-Auth-Request-User", "X-WebAuth-User",
             "X-Forwarded-User", "X-Forwarded-Groups", "X-Forwarded-Email", "X.Forwarded.Preferred~Username")

    def test_removed_everywhere(self):
        lines = "".join(f"{name}: root\r\n" for name in self.NAMES * 4)
        for path, login_lines in (("/off/", ""), ("/any-in/", ""), ("/any-in/?d", login("dave", "wrong")), ("/", DAVE),
                                  ("/old/", login("alice", "secret")), ("/try-off/", DAVE)):
            answer = self.ask(path, lines + login_lines + "X-Mine: kept\r\n")
            self.assertEqual(answer.status, 200, path)
            self.assertNotIn(b"root", answer.body, path)
            self.assertEqual(told(answer, "X-Mine"), ["kept"])
        self.assertEqual(told(self.ask("/", lines + DAVE), "Remote-User"), ["dave"])

    def test_every_other_header_stays_where_it_was(self):
        """The list is in parts of 20 entries; whatever goes, the others stay, in their order, once."""
        chance = random.Random(5)
        for count in (*range(1, 30), 39, 40, 41, 60, 61, 100, 101):
            for path, granted in (("/off/", False), ("/", True)):
                share = chance.choice((0.1, 0.5, 0.9, 1.0))
                lines, kept = [], []
                for i in range(count):
                    if chance.random() < share:
                        lines.append(f"{chance.choice(self.NAMES)}: root{i}\r\n")
                    else:
                        kept.append(f"v{i}")
                        lines.append(f"X-Mine: v{i}\r\n")
                if granted:
                    lines.insert(chance.randrange(count + 1), DAVE)
                answer = self.ask(path, "".join(lines))
                self.assertEqual(answer.status, 200)
                self.assertEqual(told(answer, "X-Mine"), kept)
                self.assertEqual(told(answer, "Remote-User"), ["dave"] if granted else [])
                self.assertNotIn(b"root", answer.body)
                self.assertEqual(told(answer, "Authorization"), [])

    def test_many(self):
        answer = self.ask("/off/", "Remote-User: a\r\nA: b\r\n" * 450)  # nginx takes a thousand
        self.assertEqual((answer.status, told(answer, "A")), (200, ["b"] * 450))
        self.assertEqual(told(answer, "Remote-User"), [])


class Satisfy(Case):
    def test_all(self):
        before = len(self.nginx.calls())
        self.assertEqual(self.ask("/all-out/", DAVE).status, 403)
        self.assertEqual(len(self.nginx.calls()), before, "deny comes before any password is looked at")
        self.assertEqual(self.ask("/all-in/").status, 401)
        answer = self.ask("/all-in/", DAVE)
        self.assertEqual((answer.status, told(answer, "Remote-User")), (200, ["dave"]))

    def test_any_lets_an_address_in(self):
        before = len(self.nginx.calls())
        answer = self.ask("/any-in/?d", login("dave", "wrong"))
        self.assertEqual((answer.status, told(answer, "Remote-User")), (200, []))
        self.assertEqual(len(self.nginx.calls()), before)
        self.assertEqual(self.nginx.log_line("/any-in/?d").split("|")[2:4], ["-", "-"])
        self.assertIsNone(answer.value("WWW-Authenticate"))

    def test_any_lets_a_login_in(self):
        answer = self.ask("/any-out/", DAVE)
        self.assertEqual((answer.status, told(answer, "Remote-User")), (200, ["dave"]))
        answer = self.ask("/any-out/")
        self.assertEqual((answer.status, answer.value("WWW-Authenticate") is None), (401, False))
        self.assertEqual(self.ask("/any-out/", login("forbidden")).status, 403)

    def test_any_lets_another_module_in(self):
        answer = self.ask("/any-else/", login("dave", "wrong"))
        self.assertEqual((answer.status, told(answer, "Remote-User")), (200, []))
        self.assertIsNone(answer.value("WWW-Authenticate"))
        self.assertIsNone(answer.value("Cache-Control"))
        answer = self.ask("/any-nobody/", login("dave", "wrong"))
        self.assertEqual(answer.status, 401)
        self.assertEqual(json.loads(answer.body)["error_code"], "UNAUTHENTICATED")

    def test_any_ends_where_nobody_can_tell(self):
        """503 ends it at once: nobody is let in by a module that was asked only because a backend is down."""
        self.assertEqual(self.ask("/any-out/", login("down")).status, 503)
        self.assertEqual(self.ask("/any-else/", login("down")).status, 503)
        self.assertEqual(self.seen("/check"), [request for request in self.seen("/check")
                                               if request.value("X-Never") is None])
        self.assertEqual(self.ask("/any-in/", login("down")).status, 200)  # the address was enough


class Ways(Case):
    def test_auth_delay(self):
        began = time.monotonic()
        answer = self.ask("/delay/", login("dave", "wrong"))
        self.assertGreater(time.monotonic() - began, 0.65)
        self.assertEqual((answer.status, json.loads(answer.body)["error_code"]), (401, "UNAUTHENTICATED"))
        self.assertEqual(self.ask("/delay/", DAVE).status, 200)

    def test_error_page(self):
        answer = self.ask("/page/", PERSON)
        self.assertEqual((answer.status, answer.body), (401, b"a page of the house\n"))
        self.assertIsNotNone(answer.value("WWW-Authenticate"))
        self.assertIsNone(answer.value("Content-Security-Policy"))
        answer = self.ask("/page-named/")
        self.assertEqual(answer.status, 200)
        answer = self.ask("/page-else/")
        self.assertEqual((answer.status, json.loads(answer.body)["error_code"]), (401, "UNAUTHENTICATED"))

    def test_error_page_behind_the_same_login(self):
        before = len(self.nginx.calls())
        answer = self.ask("/page-same/", login("once", "wrong"))
        self.assertEqual((answer.status, json.loads(answer.body)["error_code"]), (401, "UNAUTHENTICATED"))
        self.assertIsNotNone(answer.value("WWW-Authenticate"))
        self.assertEqual(len(self.nginx.calls()), before + 1, "the same realm is not asked twice")

    def test_named_location_of_the_same_realm(self):
        before = len(self.nginx.calls())
        answer = self.ask("/try/?m", login("member-red"))
        self.assertEqual((answer.status, told(answer, "Remote-User")), (200, ["member-red"]))
        self.assertEqual(len(self.nginx.calls()), before + 1, "the same realm is not asked twice")
        self.assertEqual(self.nginx.log_line("/try/?m").split("|")[2], "member-red")

    def test_named_location_that_asks_nobody(self):
        answer = self.ask("/try-off/", DAVE)
        self.assertEqual((answer.status, told(answer, "Remote-User")), (200, ["dave"]))
        self.assertEqual(self.ask("/try-off/").status, 401)

    def test_named_location_of_another_realm(self):
        before = len(self.nginx.calls())
        answer = self.ask("/try-guests/", EVE)
        self.assertEqual((answer.status, told(answer, "Remote-User"), told(answer, "X-Backend")),
                         (200, ["eve"], ["second"]))
        self.assertEqual(len(self.nginx.calls()), before + 2)
        self.assertEqual(told(self.ask("/try-club/", DAVE), "Remote-User"), ["dave"])

    def test_what_one_realm_vouched_for_is_nothing_to_another(self):
        answer = self.ask("/try-club/?eve", EVE)
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.value("WWW-Authenticate"), 'Basic realm="club", charset="UTF-8"')
        self.assertEqual(self.nginx.log_line("/try-club/?eve").split("|")[2:5], ["-", "-", "-"])
        self.assertEqual(self.seen("/try-club/"), [request for request in self.seen("/try-club/")
                                                   if request.value("Remote-User") == "dave"])
        answer = self.ask("/try-club-in/", EVE)  # the address is enough: the club knows of nobody
        self.assertEqual((answer.status, told(answer, "Remote-User")), (200, []))

    def test_subrequests_carry_the_identity_and_are_not_asked(self):
        self.assertEqual(self.ask("/all-in/", EVE).status, 200)
        check = [request for request in self.seen("/check") if request.value("Remote-User") == "eve"]
        self.assertEqual(len(check), 1)

    def test_auth_basic_beside(self):
        self.assertEqual(self.ask("/old/", login("alice", "secret")).status, 200)
        self.assertEqual(self.ask("/old/?w", login("alice", "wrong")).status, 401)
        self.assertEqual(self.nginx.log_line("/old/?w").split("|")[2], "alice")
        self.assertEqual(self.ask("/any-old/?a", login("alice", "secret")).status, 200)
        self.assertEqual(self.nginx.log_line("/any-old/?a").split("|")[2], "alice")
        self.assertEqual(self.ask("/any-old/", login("alice", "wrong")).status, 401)

    def test_what_the_next_location_tells(self):
        """Each as it says itself, whatever the one before told."""
        answer = self.ask("/told/", DAVE)
        self.assertEqual((told(answer, "Remote-User"), told(answer, "Authorization")), ([], [DAVE.split(": ")[1].strip()]))
        answer = self.ask("/untold/", DAVE)
        self.assertEqual((told(answer, "Remote-User"), told(answer, "Authorization")), (["dave"], []))

    def test_accel_redirect(self):
        for user, lines, path, status in (("eve", EVE, "same", 200), ("eve", EVE, "club", 401), ("dave", DAVE, "club", 200)):
            self.upstream.answers[f"/accel/{user}-{path}"] = lambda exchange, to=path: exchange.send(
                f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Accel-Redirect: /accel-{to}/x\r\n\r\n")
            answer = self.ask(f"/accel/{user}-{path}", lines)
            self.assertEqual(answer.status, status, (user, path))
            if status == 200:
                self.assertEqual(told(answer, "Remote-User"), [user])
        self.assertEqual(len(self.seen("/club/")), 1, "who is not of the club is not led there")
        self.assertEqual(self.ask("/accel-same/x", DAVE).status, 404)  # internal

    def test_mirror(self):
        """Copies are made of what was let in, and of nothing else."""
        self.assertEqual(self.ask("/mirror/refused").status, 401)
        self.assertEqual(self.ask("/mirror/refused", login("dave", "wrong")).status, 401)
        self.assertEqual(self.ask("/mirror/passed", DAVE).status, 200)
        copy = wait_for("the copy", lambda: self.seen("/mirrored/"))
        self.assertEqual([request.path for request in copy], ["/mirrored/mirror/passed"])
        self.assertEqual((copy[0].value("Remote-User"), copy[0].value("Authorization")), ("dave", None))

    def test_post_action_of_one_that_went_away(self):
        """It is led on while it waits for its answer: then that answer is nobody's, and nothing runs twice."""
        over = threading.Event()

        def hold(exchange):
            over.wait(LIMIT)
            exchange.echo()
        self.upstream.answers["/then"] = hold
        before = len(self.nginx.calls())
        client = self.nginx.client()
        client.send(f"GET /after/ HTTP/1.1\r\nHost: a\r\n{login('wait-after')}\r\n")
        wait_for("the call", lambda: len(self.nginx.calls()) > before)
        client.sock.close()
        wait_for("the action", lambda: self.seen("/then"))
        self.nginx.release()
        for i in range(20):  # that answer comes meanwhile
            self.assertEqual(self.ask("/", login(f"meanwhile-{i}")).status, 200)
        over.set()
        self.assertEqual(self.ask("/after/", DAVE).status, 200)  # its own action is the second one
        wait_for("the other action", lambda: len(self.seen("/then")) >= 2)
        self.assertEqual([request.value("Remote-User") for request in self.seen("/then")], [None, "dave"])
        self.assertEqual(self.seen("/after/")[0].value("Remote-User"), "dave")
        self.assertEqual(len(self.seen("/after/")), 1)

    def test_websocket(self):
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        with self.nginx.client() as client:
            client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + upgrade + "\r\n")
            self.assertEqual(client.response().status, 401)
        self.assertEqual(self.seen("/ws"), [])
        with self.nginx.client() as client:
            client.send("GET /ws HTTP/1.1\r\nHost: a\r\n" + upgrade + DAVE + "\r\n")
            self.assertEqual(client.response(informational=True).status, 101)
            client.send("hello")
            self.assertEqual(client.reader.take(5), b"HELLO")
        self.assertEqual(self.seen("/ws")[0].value("Remote-User"), "dave")


class Http2(Case):
    def curl(self, path, *words):
        return subprocess.run(["curl", "-sS", "--http2-prior-knowledge", "-m", str(LIMIT), "-o", "-", "-w",
                               "\n%{http_version} %{http_code}", *words, f"http://127.0.0.1:{self.port2}{path}"],
                              capture_output=True, text=True, timeout=60).stdout

    def test_answers(self):
        out = self.curl("/h1")
        self.assertIn('{"error_code":"UNAUTHENTICATED"', out)
        self.assertTrue(out.endswith("\n2 401"), out)
        out = self.curl("/h2", "-u", "dave:right", "-H", "remote-user: root", "-H", "X_Remote.User: root")
        self.assertIn("Remote-User: dave", out)
        self.assertNotIn("root", out)
        self.assertTrue(out.endswith("\n2 200"), out)
        # nginx answers before the body, and curl may see the end of the stream first: the same with auth_basic.
        self.curl("/h4", "-u", "dave:wrong", "-d", "x" * 1000)
        self.assertEqual(self.nginx.log_line("/h4").split("|")[1], "401")
        self.assertIn("\n2 503", self.curl("/h3", "-u", "down:right"))
        self.assertEqual(self.curl("/h3", "-I").split("\n")[-1], "2 401")

    def test_parked(self):
        before = len(self.nginx.calls())
        words = ["curl", "-s", "--http2-prior-knowledge", "-m", str(LIMIT), "-o", os.devnull, "-w", "%{http_code}", "-u",
                 "wait-h2:right", f"http://127.0.0.1:{self.port2}/parked2"]
        stays = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        wait_for("the call", lambda: len(self.nginx.calls()) == before + 1)
        words[-2] = "wait-other:right"
        goes = subprocess.Popen([*words[:-1], words[-1].replace("parked2", "gone2")], stdout=subprocess.DEVNULL)
        wait_for("the other call", lambda: len(self.nginx.calls()) == before + 2)
        goes.terminate()
        goes.wait()
        self.assertEqual(self.nginx.log_line("/gone2").split("|")[1], "499")
        self.nginx.release(2)
        self.assertEqual(stays.communicate(timeout=LIMIT)[0], "200")


if __name__ == "__main__":
    unittest.main()
