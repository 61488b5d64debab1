#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does the time of a refusal tell whether there is such an account? Welch's t between a known and an unknown one.

usage: GATEHOUSE=FILE tests/bench/timing.py [--samples N] [--smoke]

Below 4.5 nothing can be told from N samples (10000 by default) of each kind. A busy machine makes it less sharp, never
sharper. Each pair is asked in random order, from one connection, one after the other.

  cold     each guess is another password         warm     the same wrong password again and again
  alone    one password file                      before   a file before one with a costlier hash
"""
import argparse
import math
import random
import statistics
import sys

from gate import Caller, Gate, basic, gatehouse

# The limits would end the measurement; they have tests of their own.
NO_LIMITS = "[throttle]\nfailures = 0\nsource_failures = 0\nsubject_failures = 0\n"


def welch(a, b):
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return 0.0 if spread == 0 else (statistics.mean(a) - statistics.mean(b)) / math.sqrt(spread)


def measure(gate, samples, names, warm):
    caller = Caller(gate.port)
    times = {name: [] for name in names}
    for number in range(samples + 20):
        order = list(names)
        random.shuffle(order)
        for name in order:
            password = "always the same" if warm else f"guess {number}"
            status, took = caller.ask(basic(name, password))
            if status != 401:
                sys.exit(f"{name} was answered {status}, not 401")
            if number >= 20:  # before that everything is cold in every sense
                times[name].append(took)
    caller.close()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--smoke", action="store_true", help="few samples; only what no load can disturb is judged")
    arguments = parser.parse_args()
    samples = 40 if arguments.smoke else arguments.samples
    cost = 8 if arguments.smoke else 5
    alone = ({"staff": [("alice", "right", cost)]}, ["staff"], ["alice"])
    before = ({"staff": [("alice", "right", 4)], "guests": [("bob", "right", cost)]}, ["staff", "guests"],
              ["alice", "bob"])
    worst = 0.0
    print(f"{'chain':7} {'passwords':9} {'account':8} {'median us':>10} {'unknown':>10} {'|t|':>6}")
    for title, (files, backends, known) in (("alone", alone), ("before", before)):
        with Gate(gatehouse(), files, backends, NO_LIMITS) as gate:
            for warm in (False, True):
                times = measure(gate, samples, [*known, "nobody"], warm)
                unknown = statistics.median(times["nobody"])
                for name in known:
                    median = statistics.median(times[name])
                    t = abs(welch(times[name], times["nobody"]))
                    worst = max(worst, t)
                    print(f"{title:7} {'warm' if warm else 'cold':9} {name:8} {median * 1e6:10.0f} {unknown * 1e6:10.0f} "
                          f"{t:6.2f}")
                    # A refusal that is not held would be a hundred times quicker than the hash.
                    if arguments.smoke and not warm and unknown < statistics.median(times[known[-1]]) / 3:
                        sys.exit("an unknown account is refused in a fraction of the time of a known one")
    if not arguments.smoke and worst >= 4.5:
        sys.exit(f"|t| = {worst:.2f}: the time tells who is known")


main()
