// SPDX-License-Identifier: Apache-2.0
// What happens to the serving accounts when files change. The test turns the clock.
#include <account_store.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <fake_plugin_host.hpp>
#include <gatehouse/plugin/description.hpp>

#include <scratch_folder.hpp>
#include "samples.hpp"

using namespace gatehouse::htpasswd;
using gatehouse::htpasswd::test::kSha;
using gatehouse::plugin::ConfigError;
using gatehouse::plugin::Host;
using gatehouse::test::FakeHost;
using gatehouse::test::ScratchFolder;
using Names = std::vector<std::string>;

namespace {

const std::string kOther = "{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=";

std::string line(std::string_view user, std::string_view hash = kSha) {
  return std::string(user) + ":" + std::string(hash) + "\n";
}

struct Fixture {
  ScratchFolder folder;
  FakeHost host;
  std::string file = folder.file("users");
  Milliseconds paused{0};

  [[nodiscard]] AccountStore open(bool with_groups = false, bool strict = false) {
    Settings settings{.file = file, .strict = strict};
    if (with_groups) settings.groups = folder.file("groups");
    return {Host(host.handle(), FakeHost::api()), settings, [this](Milliseconds time) {
              host.monotonic += time.count();
              paused += time;
            }};
  }
  /// Lets time pass in the steps that the store asks for.
  void pass(AccountStore& store, Milliseconds time) {
    const std::int64_t end = host.monotonic + time.count();
    while (host.monotonic < end) {
      const auto wait = store.refresh();
      host.monotonic = std::min<std::int64_t>(end, host.monotonic + std::max<std::int64_t>(wait.count(), 1));
    }
    static_cast<void>(store.refresh());
  }
  [[nodiscard]] static bool knows(const AccountStore& store, std::string_view user) {
    return store.current()->passwords->find(user).has_value();
  }
  [[nodiscard]] static std::string hash(const AccountStore& store, std::string_view user) {
    const auto accounts = store.current();
    const auto account = accounts->passwords->find(user);
    return account ? std::string(account->hash) : std::string();
  }
  [[nodiscard]] std::size_t errors() const {
    std::size_t count = 0;
    for (const auto& entry : host.lines()) count += entry.level == GATEHOUSE_LOG_ERROR ? 1U : 0U;
    return count;
  }
  [[nodiscard]] std::string refused(bool with_groups = false, bool strict = false) {
    try {
      static_cast<void>(open(with_groups, strict).current());
    } catch (const ConfigError& e) {
      return e.option() + " | " + e.what();
    }
    return {};
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "HP-30: a file that is not there refuses the start") {
  CHECK(refused().starts_with("file | " + file));
  folder.write("users", line("alice"));
  CHECK(refused().empty());
  CHECK(refused(true).starts_with("groups | "));
  folder.write("groups", "");
  CHECK(refused(true).empty());
}

TEST_CASE_FIXTURE(Fixture, "HP-41: a world-writable file refuses the start, a group-writable one warns") {
  folder.write("users", line("alice"));
  ::chmod(file.c_str(), 0606);
  CHECK(refused().find("writable by everybody") != std::string::npos);
  ::chmod(file.c_str(), 0660);
  CHECK(refused().empty());
  CHECK(host.logged(GATEHOUSE_LOG_WARNING, "writable by its group"));
  folder.write("groups", "a: alice\n");
  ::chmod(folder.file("groups").c_str(), 0666);
  CHECK(refused(true).starts_with("groups | "));
}

TEST_CASE_FIXTURE(Fixture, "HP-01: an empty file starts, with a warning") {
  folder.write("users", "");
  CHECK(refused().empty());
  CHECK(host.logged(GATEHOUSE_LOG_WARNING, "no users"));
}

TEST_CASE_FIXTURE(Fixture, "bad lines are warnings, or with strict refuse the start; never their text") {
  folder.write("users", line("alice") + "hunter2\n" + "bob:hunter2\n" + line("alice"));
  CHECK(refused().empty());
  CHECK(host.logged(GATEHOUSE_LOG_WARNING, "line 2"));
  CHECK(host.logged(GATEHOUSE_LOG_WARNING, "line 3"));
  CHECK(host.logged(GATEHOUSE_LOG_WARNING, "line 4"));
  const std::string why = refused(false, true);
  CHECK(why.find("line 2") != std::string::npos);
  CHECK(why.find("line 4") != std::string::npos);
  CHECK(why.find("hunter2") == std::string::npos);
  CHECK_FALSE(host.ever_logged("hunter2"));
  folder.write("users", line("alice") + "locked:!\n# comment\n\n");
  CHECK(refused(false, true).empty());
}

TEST_CASE_FIXTURE(Fixture, "HP-28: rewritten in place, seen within a second, that user alone invalidated") {
  folder.write("users", line("alice") + line("bob"));
  AccountStore store = open();
  pass(store, Milliseconds(1000));
  CHECK(host.invalidated().empty());
  folder.write("users", line("alice", kOther) + line("bob"));
  pass(store, Milliseconds(1000));
  CHECK(hash(store, "alice") == kOther);
  CHECK(host.invalidated() == Names{"alice"});
  CHECK(errors() == 0);
}

TEST_CASE_FIXTURE(Fixture, "HP-28: without a thread that looks, the first look after a change takes it") {
  folder.write("users", line("alice") + line("bob"));
  AccountStore store = open();
  static_cast<void>(store.refresh());
  folder.write("users", line("alice") + line("bob", kOther));
  host.monotonic += 3'600'000;
  host.wall = look_at(file).version.changed_ns / 1'000'000 + 3'600'000;
  static_cast<void>(store.refresh());
  CHECK(hash(store, "bob") == kOther);
  CHECK(host.invalidated() == Names{"bob"});
}

TEST_CASE_FIXTURE(Fixture, "atomic rename, added and removed users") {
  folder.write("users", line("alice") + line("bob"));
  AccountStore store = open();
  folder.replace("users", line("alice") + line("carol"));
  pass(store, Milliseconds(1000));
  CHECK_FALSE(knows(store, "bob"));
  CHECK(knows(store, "carol"));
  CHECK(host.invalidated() == Names{"bob", "carol"});
}

TEST_CASE_FIXTURE(Fixture, "symlink swap") {
  folder.write("v1", line("alice"));
  folder.write("v2", line("bob"));
  std::filesystem::create_symlink(folder.file("v1"), file);
  AccountStore store = open();
  CHECK(knows(store, "alice"));
  std::filesystem::create_symlink(folder.file("v2"), folder.file("next"));
  std::filesystem::rename(folder.file("next"), file);
  pass(store, Milliseconds(1000));
  CHECK(knows(store, "bob"));
  CHECK_FALSE(knows(store, "alice"));
}

TEST_CASE_FIXTURE(Fixture, "HP-29: half-written: the old table serves until the file is whole and still") {
  const std::string whole = line("alice") + line("bob") + line("carol") + line("dave");
  folder.write("users", whole);
  AccountStore store = open();
  folder.write("users", "");
  pass(store, Milliseconds(600));
  CHECK(knows(store, "dave"));
  folder.write("users", line("alice", kOther));
  pass(store, Milliseconds(1900));
  CHECK(knows(store, "dave"));
  folder.write("users", line("alice", kOther) + line("bob") + line("carol") + line("dave"));
  pass(store, Milliseconds(1000));
  CHECK(hash(store, "alice") == kOther);
  CHECK(knows(store, "dave"));
  CHECK(host.invalidated() == Names{"alice"});
}

TEST_CASE_FIXTURE(Fixture, "HP-29: emptied on purpose: taken after two seconds, with a warning") {
  folder.write("users", line("alice") + line("bob"));
  AccountStore store = open();
  folder.write("users", "");
  pass(store, Milliseconds(1900));
  CHECK(knows(store, "alice"));
  pass(store, Milliseconds(1000));
  CHECK_FALSE(knows(store, "alice"));
  CHECK(host.logged(GATEHOUSE_LOG_WARNING, "less than half"));
  CHECK(host.invalidated() == Names{"alice", "bob"});
}

TEST_CASE_FIXTURE(Fixture, "HP-31: vanished: the last good version serves, loudly; back again") {
  folder.write("users", line("alice"));
  AccountStore store = open();
  std::filesystem::rename(file, folder.file("aside"));
  pass(store, Milliseconds(1000));
  CHECK(knows(store, "alice"));
  CHECK(errors() == 1);
  CHECK(host.logged(GATEHOUSE_LOG_ERROR, "the last good version serves"));
  pass(store, Milliseconds(59'000));
  CHECK(errors() == 1);
  pass(store, Milliseconds(60'000));
  CHECK(errors() == 2);
  folder.replace("users", line("alice", kOther));
  pass(store, Milliseconds(1000));
  CHECK(hash(store, "alice") == kOther);
  CHECK(errors() == 2);
}

TEST_CASE_FIXTURE(Fixture, "made world-writable while it serves: that version is never taken") {
  folder.write("users", line("alice"));
  AccountStore store = open();
  folder.write("users", line("mallory"));
  ::chmod(file.c_str(), 0666);
  pass(store, Milliseconds(5000));
  CHECK(knows(store, "alice"));
  CHECK_FALSE(knows(store, "mallory"));
  CHECK(host.logged(GATEHOUSE_LOG_ERROR, "writable by everybody"));
  CHECK(errors() == 1);
  ::chmod(file.c_str(), 0640);
  pass(store, Milliseconds(1000));
  CHECK(knows(store, "mallory"));
}

TEST_CASE_FIXTURE(Fixture, "strict: a bad line in a reload leaves the last good version serving") {
  folder.write("users", line("alice"));
  AccountStore store = open(false, true);
  folder.write("users", line("bob") + "bad line\n");
  pass(store, Milliseconds(1000));
  CHECK(knows(store, "alice"));
  CHECK_FALSE(knows(store, "bob"));
  CHECK(host.logged(GATEHOUSE_LOG_ERROR, "line 2"));
  CHECK(host.invalidated().empty());
}

TEST_CASE_FIXTURE(Fixture, "groups: a change invalidates that user alone") {
  folder.write("users", line("alice") + line("bob"));
  folder.write("groups", "staff: alice bob\nadmins: alice\n");
  AccountStore store = open(true);
  CHECK(store.current()->groups->groups_of("alice") == std::vector<std::string_view>{"staff", "admins"});
  folder.write("groups", "staff: alice bob\nadmins: bob alice\n");
  pass(store, Milliseconds(1000));
  CHECK(host.invalidated() == Names{"bob"});
  CHECK(store.current()->groups->groups_of("bob").size() == 2);
  std::filesystem::remove(folder.file("groups"));
  pass(store, Milliseconds(1000));
  CHECK(store.current()->groups->groups_of("bob").size() == 2);
  CHECK(errors() == 1);
}

TEST_CASE_FIXTURE(Fixture, "everybody is invalidated when too many changed") {
  std::string before;
  std::string after;
  for (int i = 0; i < 11'000; ++i) {
    before += line("user" + std::to_string(i));
    after += line("user" + std::to_string(i), kOther);
  }
  folder.write("users", before);
  AccountStore store = open();
  folder.write("users", after);
  pass(store, Milliseconds(1000));
  CHECK(host.invalidated() == Names{""});
}

TEST_CASE_FIXTURE(Fixture, "HP-32: each table that serves is one complete version") {
  folder.write("users", line("v0") + line("end"));
  AccountStore store = open();
  for (int i = 1; i <= 1000; ++i) {
    folder.replace("users", line("v" + std::to_string(i)) + line("end"));
    host.monotonic += 70;
    static_cast<void>(store.refresh());
    const auto accounts = store.current();
    REQUIRE(accounts->passwords->size() == 2);
    REQUIRE(accounts->passwords->find("end"));
  }
  pass(store, Milliseconds(1000));
  CHECK(knows(store, "v1000"));
}

TEST_CASE_FIXTURE(Fixture, "a file written just now is waited for, by its own clock") {
  folder.write("users", line("alice"));
  // The wall clock of this host says that the file is fresh: the store waits, at most a fifth of a second.
  host.wall =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(look_at(file).version.changed_ns))
          .count() +
      190;
  AccountStore store = open();
  CHECK(knows(store, "alice"));
}
