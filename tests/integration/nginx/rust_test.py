# SPDX-License-Identifier: Apache-2.0
"""The Rust example of docs/examples in the packaged nginx."""
import os
import pathlib
import shutil
import sys
import threading
import unittest

from nginx_support import Nginx, login

PLUGIN = pathlib.Path(os.environ["RUST_PLUGIN"])
SERVER = "gatehouse_config app.toml; gatehouse app; location / { try_files /index.html =404; }"


class RustPlugin(unittest.TestCase):
    def setUp(self):
        self.nginx = Nginx(SERVER, workers=2)
        shutil.copy(PLUGIN, self.nginx.path("rust.so"))
        os.chmod(self.nginx.path("rust.so"), 0o755)

    def configure(self, user, password):
        self.nginx.write("word", password + "\n")
        os.chmod(self.nginx.path("word"), 0o600)
        self.nginx.write("app.toml", '[cache]\nttl = "0s"\n[throttle]\nfailures = 0\nsource_failures = 0\nsubject_failures = 0\n'
                         '[realms.app]\nchain = ["one"]\n[backends.one]\n'
                         f'plugin = "{self.nginx.path("rust.so")}"\nuser = "{user}"\npassword_file = "word"\n')

    def test_it_answers(self):
        self.configure("carol", "hidden")
        with self.nginx as nginx:
            for user, word, status in (("carol", "hidden", 200), ("carol", "hidde", 401), ("carol", "hidden ", 401),
                                       ("carol", "", 401), ("caro", "hidden", 401), ("mallory", "hidden", 401)):
                self.assertEqual(nginx.status("/", login(user, word)), status, (user, word))
            self.assertEqual(nginx.status("/"), 401)
            answers = []

            def ask(number):
                for _ in range(50):
                    answers.append((number % 2, nginx.status("/", login("carol", "hidden" if number % 2 else "wrong"))))

            threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(set(answers), {(1, 200), (0, 401)})
            self.assertEqual(len(answers), 300)
            self.configure("dave", "secret")
            nginx.reload()
            self.assertEqual(nginx.status("/", login("dave", "secret")), 200)
            self.assertEqual(nginx.status("/", login("carol", "hidden")), 401)

    def test_options_it_does_not_know_stop_nginx(self):
        self.configure("carol", "secret")
        self.nginx.write("app.toml", self.nginx.read("app.toml").replace('user = "carol"\n', 'usr = "carol"\n'))
        code, said = self.nginx.check_conf()
        self.nginx.clean_up()
        self.assertEqual(code, 1)
        self.assertRegex(said, r"app\.toml:\d+: backends\.one\.(usr|user): ")


if __name__ == "__main__":
    if not PLUGIN.exists():
        print("skipped: there is no Rust: apt-get install cargo rustc")
        sys.exit(77)
    unittest.main()
