// SPDX-License-Identifier: Apache-2.0
#include "child.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

using gatehouse::cli::run_child;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Run {
  gatehouse::cli::ChildEnd end;
  std::vector<std::string> lines;
};

Run shell(const std::string& script, milliseconds deadline = seconds(60)) {
  Run run;
  auto ended =
      run_child("/bin/sh", {"-c", script}, deadline, [&run](std::string_view line) { run.lines.emplace_back(line); });
  REQUIRE(ended);
  run.end = *ended;
  return run;
}

}  // namespace

TEST_CASE("a child that hangs is killed at the deadline, and what it said before is kept") {
  const auto before = std::chrono::steady_clock::now();
  const Run run = shell("echo begin >&3; exec sleep 600", milliseconds(300));
  CHECK(std::chrono::steady_clock::now() - before < seconds(60));
  CHECK(run.end.timed_out);
  CHECK(run.end.signal == SIGKILL);
  CHECK(run.lines == std::vector<std::string>{"begin"});
}

TEST_CASE("a child that closes its report and hangs is killed as well") {
  const Run run = shell("exec 3>&-; exec sleep 600", milliseconds(300));
  CHECK(run.end.timed_out);
}

TEST_CASE("a crash is told by its signal") {
  const Run run = shell("echo begin >&3; kill -SEGV $$");
  CHECK_FALSE(run.end.timed_out);
  CHECK(run.end.signal == SIGSEGV);
  CHECK(gatehouse::cli::signal_name(run.end.signal) == "SIGSEGV");
  CHECK(gatehouse::cli::signal_name(4000) == "signal 4000");
}

TEST_CASE("an orphan that keeps the report open does not hold up the end") {
  const Run run = shell("sleep 600 & echo $! >&3; exit 4");
  CHECK_FALSE(run.end.timed_out);
  CHECK(run.end.status == 4);
  REQUIRE(run.lines.size() == 1);
  CHECK(kill(static_cast<pid_t>(std::stol(run.lines[0])), SIGKILL) == 0);
}

TEST_CASE("only the report is read, in whole lines") {
  const Run run = shell("echo not reported; printf 'one\\ntwo\\nthree' >&3; exit 7");
  CHECK(run.end.status == 7);
  CHECK(run.lines == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("a line without end is cut") {
  const Run run = shell("head -c 100000 /dev/zero | tr '\\0' x >&3");
  REQUIRE(run.lines.size() == 1);
  CHECK(run.lines[0].size() == 8192);
}

TEST_CASE("a program that is not there") {
  auto ended = run_child("/no/such/program", {}, seconds(60), [](std::string_view) {});
  REQUIRE(ended);
  CHECK(ended->status == 127);
}
