# SPDX-License-Identifier: Apache-2.0
"""A plugin that crashes in a process of its own, under load: nginx loses nobody, and does not even see it."""
import os
import signal
import threading
import unittest

from nginx_support import Nginx, children, login, wait_for

CONFIG = "  gatehouse_config actors.toml;\n"
SERVER = """
    gatehouse staff;
    add_header X-Worker $pid always;
    location / { try_files /index.html =404; }
    location /guests/ { gatehouse guests; rewrite ^ /index.html break; }
    location /shaky/ { gatehouse shaky; rewrite ^ /index.html break; }
    location = /open { gatehouse off; return 204; }
"""


def helpers(worker):
    """Processes of the plugins of this worker: whoever holds the other end of one of its sockets is not its child, so
    they are found by what they are called and by the session that each has to itself."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except (NotADirectoryError, FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if words[0] == b"gatehouse-plugin-host" and words[1] == worker.encode():
            found.append(int(name))
    return found


class Shaky(unittest.TestCase):
    def setUp(self):
        self.nginx = Nginx(SERVER, CONFIG)
        self.name = f"shaky-{os.getpid()}"  # other tests may run meanwhile
        self.nginx.write_actors(f'[realms.shaky]\nchain = ["{self.name}"]\n[backends."{self.name}"]\n'
                                f'plugin = "{self.nginx.path("actor.so")}"\nisolate = true\nworkers = 4\n')
        self.nginx.start()
        self.worker = children(self.nginx.process.pid)[0]

    def tearDown(self):
        try:
            self.nginx.stop()
        finally:
            self.nginx.kill()
            self.nginx.clean_up()
        wait_for("the end of its helpers", lambda: not helpers(self.name))

    def comes_back(self, user):
        numbers = iter(range(100_000))
        wait_for("an answer", lambda: self.nginx.status("/shaky/", login(f"{user}-{next(numbers)}")) == 200)

    def test_crashes_under_load(self):
        """Everybody else on the same worker gets their answer, on connections that stay."""
        wrong = []
        over = threading.Event()
        asked = [0] * 4

        def bystander(number):
            paths = ("/", "/guests/", "/open")
            with self.nginx.client() as client:
                while not over.is_set():
                    path = paths[asked[number] % len(paths)]
                    answer = client.ask(path, lines=login(f"by-{number}-{asked[number]}"))
                    if answer.status not in (200, 204):
                        wrong.append((path, answer.start))
                    asked[number] += 1
        threads = [threading.Thread(target=bystander, args=(number,)) for number in range(len(asked))]
        for thread in threads:
            thread.start()
        try:
            for round_number, way in enumerate(("crash", "exit", "crash")):
                self.comes_back(f"before-{round_number}")
                self.assertEqual(self.nginx.status("/shaky/", login(f"{way}-{round_number}")), 503)
                self.comes_back(f"after-{round_number}")
            # From outside too, while it is asked.
            for helper in helpers(self.name):
                os.kill(helper, signal.SIGKILL)
            self.comes_back("killed")
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertGreater(min(asked), 0)
        self.assertEqual(children(self.nginx.process.pid), [self.worker], "the worker is the one that it was")
        self.assertEqual(children(self.worker), [], "what was started is no child of it")
        log = self.nginx.read("logs/error.log")
        self.assertIn("its process ended", log)
        self.assertNotIn("exited", log)
        self.assertNotIn("unknown process", log)

    def test_a_reload_and_the_end_leave_no_process(self):
        self.comes_back("first")
        before = helpers(self.name)
        self.assertEqual(len(before), 1)
        self.nginx.reload()
        self.comes_back("second")
        wait_for("the end of the old one", lambda: not set(before) & set(helpers(self.name)))
        self.assertEqual(len(helpers(self.name)), 1)

    def test_a_worker_that_is_killed_takes_its_helper_along(self):
        self.comes_back("first")
        before = helpers(self.name)
        os.kill(self.worker, signal.SIGKILL)
        self.nginx.expected.append("exited on signal 9")
        wait_for("the end of its helper", lambda: not set(before) & set(helpers(self.name)))
        wait_for("another worker", lambda: children(self.nginx.process.pid) not in ([], [self.worker]))
        self.comes_back("second")


if __name__ == "__main__":
    unittest.main()
