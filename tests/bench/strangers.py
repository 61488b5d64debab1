#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Strangers guess at bcrypt passwords as fast as they can, each from a network of their own. What does somebody who is
logged in see of it?

usage: GATEHOUSE=FILE tests/bench/strangers.py [--strangers N] [--seconds N] [--cost N] [--smoke]

The same caller asks, in turns, the gate and a server that answers at once (nginx, return 200), both while the storm goes
on: the difference is the gate's. Prints the 99th percentiles and what the strangers were told.
"""
import argparse
import collections
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from gate import Caller, Gate, basic, free_port, gatehouse, percentile


class Responder:
    """A server that answers at once."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
        self.port = free_port()
        config = self.folder / "nginx.conf"
        config.write_text(
            "daemon off; master_process off; pid nginx.pid; error_log error.log;\nevents { worker_connections 256; }\n"
            "http { access_log off; keepalive_requests 1000000000; client_body_temp_path b; proxy_temp_path p;\n"
            "fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n"
            f'server {{ listen 127.0.0.1:{self.port}; location / {{ return 200 "ok"; }} }} }}\n')
        self.process = subprocess.Popen(["nginx", "-e", self.folder / "error.log", "-p", self.folder, "-c", config])
        limit = time.monotonic() + 20
        while True:
            try:
                Caller(self.port).ask()
                return self
            except OSError:
                if time.monotonic() > limit:
                    sys.exit("nginx does not start")
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder)


def guess(port, number, over, answers):
    """One stranger: every guess is another password, half of them at an account that does not exist."""
    caller = Caller(port, f"127.0.1.{number + 1}")
    tries = 0
    while not over.is_set():
        tries += 1
        try:
            status, _ = caller.ask(basic("alice" if tries % 2 else "nobody", f"{number} {tries}"))
            answers[status] += 1
            if status == 429:
                over.wait(0.05)  # as fast as a program that minds nothing; this one has one processor for all of them
        except OSError:
            caller.close()
            answers["closed"] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strangers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--cost", type=int, default=12)
    parser.add_argument("--smoke", action="store_true", help="a few seconds; only the answers are judged")
    arguments = parser.parse_args()
    seconds, cost = (2, 8) if arguments.smoke else (arguments.seconds, arguments.cost)
    over = threading.Event()
    answers = collections.Counter()
    right = basic("alice", "right")
    with Responder() as responder, Gate(gatehouse(), {"staff": [("alice", "right", cost)]}, ["staff"]) as gate:
        user, bare = Caller(gate.port), Caller(responder.port)
        if user.ask(right)[0] != 200:
            sys.exit("the right password was refused")
        strangers = [threading.Thread(target=guess, args=(gate.port, n, over, answers))
                     for n in range(arguments.strangers)]
        for stranger in strangers:
            stranger.start()
        times = {"gate": [], "responder": []}
        wrong = collections.Counter()
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            for name, caller, field in (("gate", user, right), ("responder", bare, None)):
                status, took = caller.ask(field)
                times[name].append(took)
                if status != 200:
                    wrong[status] += 1
            time.sleep(0.002)
        over.set()
        for stranger in strangers:
            stranger.join()
    for name, values in times.items():
        print(f"{name:10} {len(values):7} answers, median {statistics.median(values) * 1e6:7.0f} us, "
              f"p99 {percentile(values, 0.99) * 1e6:7.0f} us")
    print("p99, gate to responder: "
          f"{percentile(times['gate'], 0.99) / percentile(times['responder'], 0.99):.2f}")
    print("the strangers were told:", dict(answers))
    if wrong:
        sys.exit(f"who was logged in got {dict(wrong)}")
    if answers[200] or not answers[401]:
        sys.exit("the strangers' answers are not what they must be")


main()
