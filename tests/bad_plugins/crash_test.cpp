// SPDX-License-Identifier: Apache-2.0
// A plugin that brings the process down while it is loaded brings it down at start, before anybody was let in.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "yard.hpp"

namespace {

/// Loads `path` twice in a child of its own. Returns "loaded" or the two errors; "" if it did not come to say anything.
std::string said_by_child(const std::string& path, int& status) {
  yard::Pipe pipe;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    close(STDERR_FILENO);  // a sanitizer's report of the crash that is wanted here
    for (const int fatal : {SIGSEGV, SIGABRT, SIGBUS}) static_cast<void>(std::signal(fatal, SIG_DFL));
    const auto loaded = yard::open(path);
    const auto again = yard::open(path);
    const std::string words = loaded.error.empty() ? "loaded" : loaded.error + "\n" + again.error;
    static_cast<void>(!write(pipe.writes(), words.data(), words.size()));
    _exit(0);
  }
  pipe.close_writes();
  std::string said;
  char byte = 0;
  pollfd readable{pipe.reads(), POLLIN, 0};
  while (poll(&readable, 1, 30'000) == 1 && read(pipe.reads(), &byte, 1) == 1) said += byte;
  REQUIRE(waitpid(child, &status, 0) == child);
  return said;
}

TEST_CASE("crashes and aborts while loading end that process, and it says nothing more") {
  for (const char* name : {"crashes", "aborts", "exits"}) {
    CAPTURE(std::string(name));
    const yard::Folder folder;
    int status = 0;
    CHECK(said_by_child(folder.bring(name), status) == "");
    const bool ended_badly = WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
    CHECK((ended_badly || std::string(name) == "exits"));
  }
}

TEST_CASE("the same child loads a sound plugin and says so: the control of the experiment") {
  const yard::Folder folder;
  int status = -1;
  CHECK(said_by_child(folder.bring("sound"), status) == "loaded");
  CHECK(status == 0);
  CHECK(said_by_child(folder.bring("wrong_major"), status).find("speaks major version 2") != std::string::npos);
}

// In a child of its own: the linker's lock is not given back.
TEST_CASE("static objects that throw are an error, the second time too") {
  const yard::Folder folder;
  int status = -1;
  const std::string said = said_by_child(folder.bring("static_initialiser_throws"), status);
  CHECK(status == 0);
  const std::size_t line = said.find('\n');
  REQUIRE(line != std::string::npos);
  for (const std::string& error : {said.substr(0, line), said.substr(line + 1)}) {
    CHECK(error.find("cannot be loaded: a static object of it threw an exception; restart this process") !=
          std::string::npos);
  }
}

}  // namespace
