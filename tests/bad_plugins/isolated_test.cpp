// SPDX-License-Identifier: Apache-2.0
// A plugin in a process of its own ends it in every way there is. The host goes on, what was held is unavailable, and
// the next is answered.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "yard.hpp"

namespace {

using gatehouse::Decision;
using gatehouse::DecisionCode;
using gatehouse::Reason;
using gatehouse::Request;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* no_cache = "[cache]\nttl = \"0s\"\n[throttle]\nsource_failures = 0\n";

Decision ask(const yard::Loaded& loaded, std::string_view user) {
  return loaded.realm->decide(Request::with_password(user, "x"));
}

bool comes_back(const yard::Loaded& loaded) {
  const auto until = std::chrono::steady_clock::now() + seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (ask(loaded, "bob").granted()) return true;
    std::this_thread::yield();
  }
  return false;
}

pid_t helper_of(const yard::Loaded& loaded) {
  const Decision decision = ask(loaded, "pid");
  for (const auto& [name, value] : decision.identity().attributes) {
    if (name == "pid") return std::stoi(value);
  }
  return 0;
}

/// The process is gone, or is only still to be taken away by its reaper.
bool ends(pid_t process) {
  const auto until = std::chrono::steady_clock::now() + seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(stat, text);
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos || text.substr(name_end).starts_with(") Z")) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Scene {
  explicit Scene(const std::string& options = "workers = 2\ntimeout = \"2s\"\n", const std::string& before = no_cache)
      : loaded(yard::open(folder.bring("does_as_told"), options, {}, before)) {
    REQUIRE(loaded.error == "");
  }
  yard::Folder folder;
  yard::Loaded loaded;
};

TEST_CASE("a crash, an abort, an exit() and a kill: unavailable, and then it is there again") {
  for (const char* way : {"segv", "abort", "exit", "kill", "closes", "shuts"}) {
    CAPTURE(std::string(way));
    // Who only closes its socket still holds it while it reads: that is seen as a hang.
    const bool closes = std::string(way) == "closes";
    const Scene scene(std::string("workers = 2\ntimeout = ") + (closes ? "\"500ms\"\n" : "\"30s\"\n"));
    REQUIRE(ask(scene.loaded, "bob").granted());
    const Decision decision = ask(scene.loaded, way);
    CHECK(decision.code() == DecisionCode::unavailable);
    if (!closes) CHECK(decision.reason() == Reason::backend_error);
    CHECK(decision.subject() == "");
    CHECK(comes_back(scene.loaded));
    CHECK(scene.loaded.logged("b: its process ended; "));
  }
}

TEST_CASE("logins are remembered, and forgotten once it was started anew: nobody watched for changes meanwhile") {
  const Scene scene("workers = 1\n", "");
  const auto remembered = [&] {
    return scene.loaded.realm->try_decide(Request::with_password("bob", "x")).has_value();
  };
  REQUIRE(ask(scene.loaded, "bob").granted());
  REQUIRE(remembered());
  CHECK(ask(scene.loaded, "segv").code() == DecisionCode::unavailable);
  const auto until = std::chrono::steady_clock::now() + seconds(20);
  int others = 0;
  while (!ask(scene.loaded, "other-" + std::to_string(++others)).granted()) {
    REQUIRE(std::chrono::steady_clock::now() < until);
  }
  CHECK_FALSE(remembered());
}

TEST_CASE("a hang: its caller is answered in time, and soon after it is killed and started anew") {
  for (const char* way : {"hang", "spin", "stop"}) {
    CAPTURE(std::string(way));
    const Scene scene("workers = 1\ntimeout = \"100ms\"\n");
    const pid_t before = helper_of(scene.loaded);
    REQUIRE(before > 0);
    const Decision decision = ask(scene.loaded, way);
    CHECK(decision.code() == DecisionCode::unavailable);
    CHECK(decision.reason() == Reason::timeout);
    CHECK(ends(before));
    CHECK(comes_back(scene.loaded));
    CHECK(helper_of(scene.loaded) != before);
  }
}

TEST_CASE("nothing of the host reaches it, and the host does not see it") {
  setenv("GATEHOUSE_TEST_CANARY", "in-the-environment", 1);
  yard::Folder folder;
  folder.write("word", "the-secret-word\n");
  REQUIRE(chmod((folder.path() / "word").c_str(), 0600) == 0);
  const yard::Pipe inherited;
  std::optional<pid_t> helper;
  {
    const auto loaded = yard::open(folder.bring("does_as_told"),
                                   "workers = 1\nword_file = \"" + (folder.path() / "word").string() + "\"\n");
    REQUIRE(loaded.error == "");
    helper = helper_of(loaded);
    REQUIRE(*helper > 0);
    const std::string proc = "/proc/" + std::to_string(*helper);
    CHECK(content(proc + "/environ") == "");
    CHECK(content(proc + "/cmdline") == std::string("gatehouse-plugin-host\0b\0", 24));
    const std::string status = content(proc + "/status");
    CHECK(status.find("NoNewPrivs:\t1") != std::string::npos);
    CHECK(status.find("SigBlk:\t0000000000000000") != std::string::npos);
    CHECK(content(proc + "/limits").find("Max core file size        0                    0") != std::string::npos);
    CHECK(getsid(*helper) == *helper);
    std::size_t descriptors = 0;
    for (const auto& entry : std::filesystem::directory_iterator(proc + "/fd")) {
      const std::string target = std::filesystem::read_symlink(entry.path()).string();
      CHECK((target == "/dev/null" || target.starts_with("socket:")));
      ++descriptors;
    }
    CHECK(descriptors == 4);
    // No child, neither the helper nor what was between.
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
    std::ifstream stat(proc + "/stat");
    std::string text;
    std::getline(stat, text);
    CHECK(text.find(") S " + std::to_string(getpid()) + " ") == std::string::npos);
  }
  CHECK(ends(*helper));
  unsetenv("GATEHOUSE_TEST_CANARY");
}

std::atomic<int> children_heard{0};

TEST_CASE("no SIGCHLD comes, whatever becomes of it") {
  struct sigaction before {};
  struct sigaction counting {};
  counting.sa_handler = [](int) { children_heard.fetch_add(1); };
  REQUIRE(sigaction(SIGCHLD, &counting, &before) == 0);
  {
    const Scene scene;
    CHECK(ask(scene.loaded, "segv").code() == DecisionCode::unavailable);
    CHECK(comes_back(scene.loaded));
  }
  struct sigaction after {};
  REQUIRE(sigaction(SIGCHLD, &before, &after) == 0);
  const bool untouched = after.sa_handler == counting.sa_handler;
  CHECK(untouched);
  CHECK(children_heard.load() == 0);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a host that ends without a word takes its helper with it") {
  const yard::Folder folder;
  const std::string plugin = folder.bring("does_as_told");
  yard::Pipe pipe;
  const pid_t host = fork();
  REQUIRE(host >= 0);
  if (host == 0) {
    const auto loaded = yard::open(plugin, "workers = 1\n");
    const pid_t helper = helper_of(loaded);
    static_cast<void>(!write(pipe.writes(), &helper, sizeof helper));
    pause();
    _exit(0);
  }
  pipe.close_writes();
  pid_t helper = 0;
  CHECK(read(pipe.reads(), &helper, sizeof helper) == static_cast<ssize_t>(sizeof helper));
  CHECK(helper > 0);
  kill(host, SIGKILL);
  waitpid(host, nullptr, 0);
  CHECK(ends(helper));
}

TEST_CASE("killed again and again under load: bystanders lose nothing, and every question has an answer") {
  const yard::Folder folder;
  const std::string sound = folder.bring("sound");
  const std::string told = folder.bring("does_as_told");
  auto runtime = gatehouse::Runtime::open({});
  REQUIRE(runtime.ok());
  gatehouse::ConfigSource source;
  source.text = std::string(no_cache) + "[realms.r]\nchain = [\"b\"]\n[realms.s]\nchain = [\"c\"]\n" +
                "[realms.t]\nchain = [\"d\"]\n[backends.b]\nplugin = \"" + told + "\"\nisolate = true\nworkers = 4\n" +
                "[backends.c]\nplugin = \"" + sound + "\"\n[backends.d]\nplugin = \"" + told +
                "\"\nisolate = true\nworkers = 2\n";
  const auto config = runtime->load(source);
  REQUIRE(config.ok());
  REQUIRE(runtime->start().ok());
  const auto realm = [&](const char* name) { return *config->realm(name); };
  std::atomic<bool> going{true};
  std::atomic<int> granted{0};
  std::atomic<int> unavailable{0};
  std::atomic<int> other{0};
  std::atomic<int> bystanders{0};
  std::atomic<int> hurt{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i, r = realm("r")] {
      for (int n = 0; going; ++n) {
        const std::string user = "u" + std::to_string(i) + "-" + std::to_string(n);
        const Decision decision = r.decide(Request::with_password(user, "x"));
        if (decision.granted() && decision.subject() == user) {
          ++granted;
        } else if (decision.code() == DecisionCode::unavailable) {
          ++unavailable;
          std::this_thread::yield();
        } else {
          ++other;
        }
      }
    });
  }
  for (const char* name : {"s", "t"}) {
    threads.emplace_back([&, r = realm(name)] {
      for (int n = 0; going; ++n) {
        ++bystanders;
        if (!r.decide(Request::with_password("b" + std::to_string(n), "x")).granted()) ++hurt;
      }
    });
  }
  for (int kills = 0; kills < 4; ++kills) {
    const int before = granted;
    static_cast<void>(realm("r").decide(Request::with_password("kill", "x")));
    const auto until = std::chrono::steady_clock::now() + seconds(30);
    while (granted < before + 50 && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(milliseconds(2));
    }
    CHECK(granted >= before + 50);
  }
  going = false;
  for (std::thread& thread : threads) thread.join();
  CHECK(other == 0);
  CHECK(hurt == 0);
  CHECK(bystanders > 0);
  CHECK(unavailable > 0);
}

std::ptrdiff_t threads_here() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

TEST_CASE("without threads it works on the caller's, and comes back there") {
  const std::ptrdiff_t threads_before = threads_here();
  const yard::Folder folder;
  auto runtime = gatehouse::Runtime::open({.mode = gatehouse::RuntimeOptions::Mode::inline_calls});
  REQUIRE(runtime.ok());
  gatehouse::ConfigSource source;
  source.text = std::string(no_cache) + "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"" +
                folder.bring("does_as_told") + "\"\nisolate = true\ntimeout = \"2s\"\n";
  const auto config = runtime->load(source);
  REQUIRE(config.ok());
  REQUIRE(runtime->start().ok());
  const auto realm = *config->realm("r");
  const auto code = [&](const char* user) { return realm.decide(Request::with_password(user, "x")).code(); };
  CHECK(code("bob") == DecisionCode::granted);
  CHECK(code("segv") == DecisionCode::unavailable);
  const auto until = std::chrono::steady_clock::now() + seconds(20);
  while (code("bob") != DecisionCode::granted && std::chrono::steady_clock::now() < until) continue;
  std::vector<std::thread> threads;
  std::atomic<int> granted{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) granted += code("bob") == DecisionCode::granted ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(granted == 80);
  CHECK(threads_here() == threads_before);
}

TEST_CASE("forked while it runs: parent and child each have a helper, and get their own answers") {
  const yard::Folder folder;
  auto runtime = gatehouse::Runtime::open({.mode = gatehouse::RuntimeOptions::Mode::inline_calls});
  REQUIRE(runtime.ok());
  gatehouse::ConfigSource source;
  source.text = std::string(no_cache) + "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"" +
                folder.bring("does_as_told") + "\"\nisolate = true\n";
  const auto config = runtime->load(source);
  REQUIRE(config.ok());
  REQUIRE(runtime->start().ok());
  const auto realm = *config->realm("r");
  const auto all_right = [&](const std::string& who) {
    for (int i = 0; i < 200; ++i) {
      const std::string user = who + std::to_string(i);
      if (realm.decide(Request::with_password(user, "x")).subject() != user) return false;
    }
    return true;
  };
  REQUIRE(all_right("before"));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool right = all_right("child");
    runtime->stop();
    _exit(right ? 0 : 1);
  }
  CHECK(all_right("parent"));
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(all_right("after"));
}

TEST_CASE("what crashes while it is loaded or created is a message, and takes nobody with it") {
  for (const char* name : {"crashes", "aborts", "exits"}) {
    CAPTURE(std::string(name));
    const yard::Folder folder;
    const auto loaded = yard::open(folder.bring(name));
    CHECK(loaded.error.find("cannot be loaded: its process ended") != std::string::npos);
  }
}

TEST_CASE("a program for it that is not there, or that anybody can change, is refused") {
  const yard::Folder folder;
  const std::string plugin = folder.bring("sound");
  const auto with = [&](const std::string& program) {
    return yard::open(plugin, "plugin_host = \"" + program + "\"\n").error;
  };
  CHECK(with("relative").find("plugin_host: is not an absolute path") != std::string::npos);
  CHECK(with((folder.path() / "gone").string()).find("No such file") != std::string::npos);
  folder.write("open", "#!/bin/sh\n");
  REQUIRE(chmod((folder.path() / "open").c_str(), 0777) == 0);
  CHECK(with((folder.path() / "open").string()).find("can be changed by everybody") != std::string::npos);
  folder.write("dull", "not a program");
  CHECK(with((folder.path() / "dull").string()).find("cannot be started: Permission denied") != std::string::npos);
  REQUIRE(chmod((folder.path() / "open").c_str(), 0755) == 0);
  CHECK(with((folder.path() / "open").string()).find("its process ended") != std::string::npos);
}

}  // namespace
