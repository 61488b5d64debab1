# SPDX-License-Identifier: Apache-2.0
"""What the directives mean, and how wrong ones are told."""
import grp
import os
import unittest

from nginx_support import Nginx, login

ALICE = login("alice", "secret")
OTHER_ALICE = login("alice", "other")
CAROL = login("carol", "guest")


class Errors(unittest.TestCase):
    """nginx -t says what is wrong, in which file and line, and starts nothing."""

    def setUp(self):
        self.nginx = Nginx()
        self.users = "htpasswd:" + self.nginx.path("users")

    def tearDown(self):
        self.nginx.clean_up()

    def check(self, server, *complaints, http=""):
        self.nginx.server, self.nginx.http = server, http
        code, said = self.nginx.check_conf()
        self.assertEqual(code, 1, said)
        conf = self.nginx.read("nginx.conf").splitlines()
        line = next(number for number, text in enumerate(conf, 1) if "# here" in text)
        for complaint in (*complaints, f"nginx.conf:{line}"):
            self.assertIn(complaint, said)

    def test_nobody_to_ask(self):
        self.check('gatehouse "x"; # here', "gatehouse_config or gatehouse_backend")
        self.check('location /a { gatehouse "x"; # here\n }', "gatehouse_config or gatehouse_backend")
        self.check(f"location /a {{ gatehouse_backend {self.users}; }}", "gatehouse_config or gatehouse_backend",
                   http='gatehouse "x"; # here')

    def test_both_at_one_level(self):
        self.check(f"gatehouse_backend {self.users};\n gatehouse_config actors.toml; # here", "beside gatehouse_backend")
        self.check(f"gatehouse_config actors.toml;\n gatehouse_backend {self.users}; # here", "beside gatehouse_config")

    def test_twice(self):
        self.check('gatehouse "x";\n gatehouse "x"; # here', "duplicate")
        self.check("gatehouse_config actors.toml;\n gatehouse_config actors.toml; # here", "duplicate")
        self.check("gatehouse_set_headers on;\n gatehouse_set_headers on; # here", "duplicate")

    def test_words(self):
        self.check('gatehouse ""; # here', "takes a text")
        self.check("", "too small", http="gatehouse_zone z 1k; # here")
        self.check("", "takes a name and a size", http="gatehouse_zone z much; # here")
        self.check("", "duplicate", http="gatehouse_zone z 8m;\n gatehouse_zone y 8m; # here")
        self.check("gatehouse_zone z 8m; # here", "not allowed here")
        self.check("gatehouse; # here", "invalid number of arguments")
        self.check("gatehouse_set_headers yes; # here", "it must be \"on\" or \"off\"")
        self.check('gatehouse_backend "htpasswd:$document_root/users"; # here', "no variables")

    def test_file_that_is_not_there(self):
        self.check("location /a {\n gatehouse_config nothing.toml; # here\n gatehouse staff; }", "nothing.toml")

    def test_file_with_mistakes(self):
        self.nginx.write("bad.toml", '[realms.staff]\nchain = ["first"]\n[backends.first]\nplugin = "htpasswd"\n'
                                     'file = "/nothing"\nstrikt = true\n')
        self.check("gatehouse_config bad.toml; # here\n gatehouse staff;", "bad.toml:6", "strikt")

    def test_the_section_of_http(self):
        for section, complaint in (('[http]\nuser_heeder = "X-Who"\n', "user_heeder"),
                                   ('[http]\nuser_header = "Content-Length"\n', "Content-Length"),
                                   ('[[http.rules]]\npath = "/a"\nrequire = "nobody"\n', "nobody"),
                                   ('[[http.rules]]\npath = "/a"\n', "require")):
            self.nginx.write("bad.toml", self.nginx.read("actors.toml") + section)
            self.check("gatehouse_config bad.toml; # here\n gatehouse staff;", complaint)
        self.nginx.write("good.toml", self.nginx.read("actors.toml") + '[http]\nuser_header = "X-Who"\n[proxy]\nlisten = "127.0.0.1:1"\n')
        self.nginx.server = "gatehouse_config good.toml; gatehouse staff;"
        self.assertEqual(self.nginx.check_conf()[0], 0)

    def test_no_such_realm(self):
        self.check("gatehouse_config actors.toml;\n gatehouse stuff; # here", "stuff", "staff")

    def test_the_backend_that_is_wrong(self):
        self.check(f'gatehouse "x";\n gatehouse_backend {self.users};\n'
                   f' gatehouse_backend "htpasswd:{self.nginx.path("nothing")}"; # here', "nothing")
        self.check('gatehouse "x";\n gatehouse_backend nosuch:x; # here', "nosuch")

    @unittest.skipIf(os.geteuid() != 0, "needs a master that is root")
    def test_a_file_that_workers_could_not_read_again(self):
        os.chmod(self.nginx.path("users"), 0o600)
        for user in ("user nobody nogroup;", "user www-data;"):
            self.nginx.main = user
            self.check(f"gatehouse_backend {self.users}; # here\n gatehouse x;", self.nginx.path("users"), user.split()[1][:6])
        self.nginx.main = "user root;"
        self.assertEqual(self.nginx.check_conf()[0], 0)
        self.nginx.main = "user nobody nogroup;"
        group = grp.getgrnam("nogroup").gr_gid
        os.chown(self.nginx.path("users"), 0, group)
        os.chmod(self.nginx.path("users"), 0o640)
        self.assertEqual(self.nginx.check_conf()[0], 0)
        os.chmod(self.nginx.folder, 0o700)
        self.assertEqual(self.nginx.check_conf()[0], 1)

    def test_a_source_that_nobody_asks_is_told(self):
        self.nginx.server = f"gatehouse_backend {self.users};"
        code, said = self.nginx.check_conf()
        self.assertEqual(code, 0, said)
        self.assertIn("protects nothing", said)
        self.nginx.server += 'gatehouse off; location /a { gatehouse "x"; }'
        code, said = self.nginx.check_conf()
        self.assertEqual(code, 0, said)
        self.assertNotIn("protects nothing", said)


class Matrix(unittest.TestCase):
    """Where a login is asked, and whose."""

    @classmethod
    def setUpClass(cls):
        cls.nginx = nginx = Nginx()
        users, guests = ("htpasswd:" + nginx.path(name) for name in ("users", "guests"))
        nginx.http = f"""
  gatehouse_config actors.toml;
  map $arg_who $who {{ default "off"; staff "staff"; guests "guests"; wrong "wrong"; empty ""; }}
"""
        nginx.server = f"""
    gatehouse staff;
    location = /inherits {{ return 204; }}
    location / {{ try_files /index.html =404; }}
    location /guests/ {{ gatehouse guests; try_files /index.html =404; }}
    location /off/ {{
      gatehouse off; try_files /index.html =404;
      location /off/on/ {{ gatehouse guests; try_files /index.html =404; }}
    }}
    location /users/ {{
      gatehouse "Users of $host";
      gatehouse_backend {users};
      try_files /index.html =404;
      location /users/nested/ {{ try_files /index.html =404; }}
      location /users/off/ {{ gatehouse off; try_files /index.html =404; }}
      location /users/guests/ {{ gatehouse_backend {guests}; try_files /index.html =404; }}
      location /users/both/ {{ gatehouse_backend {users}; gatehouse_backend {guests}; try_files /index.html =404; }}
      location /users/config/ {{ gatehouse_config actors.toml; gatehouse staff; try_files /index.html =404; }}
    }}
    location /variable/ {{ gatehouse $who; try_files /index.html =404; }}
    location /variable-text/ {{
      gatehouse $who; gatehouse_backend {users}; try_files /index.html =404;
    }}
    location /callers-realm/ {{ gatehouse $host; try_files /index.html =404; }}
    location /callers-text/ {{
      gatehouse_backend {users}; try_files /index.html =404;
      location /callers-text/host/ {{ gatehouse $host; try_files /index.html =404; }}
      location /callers-text/braces/ {{ gatehouse ${{host}}; try_files /index.html =404; }}
      location /callers-text/header/ {{ gatehouse $http_x_text; try_files /index.html =404; }}
      location /callers-text/joined/ {{ gatehouse $arg_a$who; try_files /index.html =404; }}
      location /callers-text/copied/ {{ set $copy $host; gatehouse $copy; try_files /index.html =404; }}
      location ~ ^/callers-text/captured/(?<captured>[a-z]+)$ {{ gatehouse $captured; try_files /index.html =404; }}
    }}
    location /write/ {{
      gatehouse off;
      limit_except GET {{ gatehouse staff; }}
      try_files /index.html =404;
    }}
    location /read/ {{
      limit_except POST {{ gatehouse off; }}
    }}
"""
        (nginx.folder / "www/read").mkdir()
        nginx.write("www/read/index.html", "read\n")
        nginx.start()

    @classmethod
    def tearDownClass(cls):
        try:
            cls.nginx.stop()
        finally:
            cls.nginx.kill()
            cls.nginx.clean_up()

    def realm(self, path):
        answer = self.nginx.ask(path)
        self.assertEqual(answer.status, 401, path)
        return answer.value("WWW-Authenticate").split('"')[1]

    def test_inherited(self):
        self.assertEqual(self.realm("/"), "The staff")
        self.assertEqual(self.nginx.status("/", login("anybody")), 200)
        self.assertEqual(self.nginx.status("/", login("anybody", "wrong")), 401)

    def test_overridden(self):
        self.assertEqual(self.realm("/guests/"), "guests")
        self.assertEqual(self.nginx.status("/guests/", login("anybody")), 200)

    def test_off_and_on_again(self):
        self.assertEqual(self.nginx.status("/off/"), 200)
        self.assertEqual(self.nginx.status("/off/", login("anybody", "wrong")), 200)
        self.assertEqual(self.realm("/off/on/"), "guests")

    def test_backends_instead_of_an_inherited_configuration(self):
        self.assertEqual(self.realm("/users/"), "Users of public.example")
        self.assertEqual(self.nginx.status("/users/", ALICE), 200)
        self.assertEqual(self.nginx.status("/users/", login("anybody")), 401)
        self.assertEqual(self.nginx.status("/users/", CAROL), 401)

    def test_nested(self):
        self.assertEqual(self.realm("/users/nested/"), "Users of public.example")
        self.assertEqual(self.nginx.status("/users/nested/", ALICE), 200)
        self.assertEqual(self.nginx.status("/users/off/"), 200)

    def test_backends_replace_those_of_the_level_above(self):
        self.assertEqual(self.nginx.status("/users/guests/", CAROL), 200)
        self.assertEqual(self.nginx.status("/users/guests/", OTHER_ALICE), 200)
        self.assertEqual(self.nginx.status("/users/guests/", ALICE), 401)

    def test_backends_form_a_chain_in_their_order(self):
        self.assertEqual(self.nginx.status("/users/both/", ALICE), 200)
        self.assertEqual(self.nginx.status("/users/both/", CAROL), 200)
        self.assertEqual(self.nginx.status("/users/both/", OTHER_ALICE), 401)  # the first that knows alice decides

    def test_a_configuration_replaces_backends(self):
        self.assertEqual(self.realm("/users/config/"), "The staff")
        self.assertEqual(self.nginx.status("/users/config/", ALICE), 401)

    def test_realm_from_a_variable(self):
        self.assertEqual(self.nginx.status("/variable/?who=nobody"), 500)  # off: no realm of that name
        self.assertEqual(self.realm("/variable/?who=staff"), "The staff")
        self.assertEqual(self.realm("/variable/?who=guests"), "guests")
        self.assertEqual(self.nginx.status("/variable/?who=staff", login("anybody")), 200)
        for who in ("wrong", "empty"):
            self.assertEqual(self.nginx.status("/variable/?who=" + who, login("anybody")), 500)

    def test_text_from_a_variable(self):
        self.assertEqual(self.nginx.status("/variable-text/?who=nobody"), 200)  # off
        self.assertEqual(self.realm("/variable-text/?who=wrong"), "wrong")
        self.assertEqual(self.nginx.status("/variable-text/?who=wrong", ALICE), 200)

    def test_a_caller_turns_no_login_off(self):
        def ask(path, host="off", lines="X-Text: off\r\n"):
            with self.nginx.client() as client:
                client.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")
                return client.response()
        self.assertEqual(ask("/callers-realm/").status, 500)
        self.assertEqual(ask("/callers-realm/", lines=login("anybody")).status, 500)
        self.assertEqual(ask("/callers-realm/", host="guests").value("WWW-Authenticate").split('"')[1], "guests")
        for path in ("host/", "braces/", "header/", "joined/?who=empty&a=off", "joined/?a=", "copied/", "captured/off"):
            answer = ask("/callers-text/" + path)
            self.assertEqual(answer.status, 401, path)
            self.assertEqual(answer.value("WWW-Authenticate").split('"')[1], "off", path)
            self.assertEqual(ask("/callers-text/" + path, lines="X-Text: off\r\n" + ALICE).status, 200, path)

    def test_limit_except(self):
        self.assertEqual(self.nginx.status("/write/"), 200)
        self.assertEqual(self.nginx.status("/write/", method="HEAD"), 200)
        self.assertEqual(self.nginx.status("/write/", method="DELETE"), 401)
        self.assertEqual(self.nginx.status("/write/", login("anybody"), method="DELETE"), 405)
        self.assertEqual(self.nginx.status("/read/"), 200)
        self.assertEqual(self.nginx.status("/read/", method="POST"), 401)
        self.assertEqual(self.nginx.status("/read/", login("anybody"), method="POST"), 405)

    def test_a_rewrite_without_content_is_no_way_around(self):
        # `return` answers before any access module is asked, as with auth_basic; only what is written there is told.
        self.assertEqual(self.nginx.status("/inherits"), 204)


if __name__ == "__main__":
    unittest.main()
