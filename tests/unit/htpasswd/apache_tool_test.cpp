// SPDX-License-Identifier: Apache-2.0
// Files that Apache's own htpasswd writes.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <file_reader.hpp>
#include <htpasswd/verify.hpp>
#include <password_table.hpp>

#include <scratch_folder.hpp>

extern char** environ;

using namespace gatehouse::htpasswd;
using gatehouse::test::ScratchFolder;

namespace {

int htpasswd(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), HTPASSWD_TOOL);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int spawned = posix_spawn(&child, HTPASSWD_TOOL, &quiet, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (spawned != 0) return -1;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

PasswordTable read(const std::string& path, const Policy& policy = {}) {
  std::optional<PasswordTableBuilder> builder;
  const Reading reading = read_file(
      path, 1 << 20, [&](std::size_t size) { builder.emplace(policy, size); },
      [&](std::string_view bytes) { builder->add(bytes); });
  REQUIRE(reading.outcome == Reading::Outcome::taken);
  return builder->finish();
}

Match check(const PasswordTable& table, std::string_view user, std::string_view password) {
  const auto account = table.find(user);
  REQUIRE(account);
  return verify(Digests(), account->scheme, account->hash, password);
}

}  // namespace

TEST_CASE("every scheme that htpasswd writes") {
  const ScratchFolder folder;
  const std::string file = folder.file("users");
  REQUIRE(htpasswd({"-cbm", file, "apr1", "pw apr1"}) == 0);
  REQUIRE(htpasswd({"-bB", "-C", "5", file, "bcrypt", "pw bcrypt"}) == 0);
  REQUIRE(htpasswd({"-bs", file, "sha", "pw sha"}) == 0);
  REQUIRE(htpasswd({"-b2", file, "sha256", "pw sha256"}) == 0);
  REQUIRE(htpasswd({"-b5", file, "sha512", "pw sha512"}) == 0);
  REQUIRE(htpasswd({"-b5", "-r", "1000", file, "rounds", "pw rounds"}) == 0);
  REQUIRE(htpasswd({"-bd", file, "des", "pw des"}) == 0);
  REQUIRE(htpasswd({"-bm", file, "caf\xC3\xA9", "p\xC3\xA4ss"}) == 0);

  const PasswordTable table = read(file, {.allow_des = true});
  CHECK(table.size() == 8);
  for (const std::string user : {"apr1", "bcrypt", "sha", "sha256", "sha512", "rounds", "des"}) {
    CAPTURE(user);
    CHECK(check(table, user, "pw " + user) == Match::yes);
    CHECK(check(table, user, "pw " + user.substr(1)) == Match::no);
    CHECK(check(table, user, "") == Match::no);
  }
  CHECK(check(table, "caf\xC3\xA9", "p\xC3\xA4ss") == Match::yes);
  CHECK(check(read(file), "des", "pw des") == Match::no);  // without allow_des
}

TEST_CASE("plaintext of htpasswd -p never matches") {
  const ScratchFolder folder;
  const std::string file = folder.file("users");
  REQUIRE(htpasswd({"-cbp", file, "alice", "secret"}) == 0);
  CHECK(check(read(file), "alice", "secret") == Match::no);
  CHECK(check(read(file, {.allow_plain = true, .allow_des = true}), "alice", "secret") == Match::no);
}

TEST_CASE("passwords of every length up to 64, made with a random salt each") {
  const ScratchFolder folder;
  const std::string file = folder.file("users");
  folder.write("users", "");
  std::string password;
  for (int i = 1; i <= 64; ++i) {
    password.push_back(static_cast<char>('!' + i));
    REQUIRE(htpasswd({"-bm", file, "user" + std::to_string(i), password}) == 0);
  }
  const PasswordTable table = read(file);
  CHECK(table.size() == 64);
  password.clear();
  for (int i = 1; i <= 64; ++i) {
    CHECK(check(table, "user" + std::to_string(i), password) == Match::no);
    password.push_back(static_cast<char>('!' + i));
    CHECK(check(table, "user" + std::to_string(i), password) == Match::yes);
  }
}

TEST_CASE("changed and deleted by the tool") {
  const ScratchFolder folder;
  const std::string file = folder.file("users");
  REQUIRE(htpasswd({"-cbs", file, "alice", "one"}) == 0);
  REQUIRE(htpasswd({"-bs", file, "bob", "one"}) == 0);
  REQUIRE(htpasswd({"-bs", file, "alice", "two"}) == 0);
  REQUIRE(htpasswd({"-D", file, "bob"}) == 0);
  const PasswordTable table = read(file);
  CHECK(check(table, "alice", "one") == Match::no);
  CHECK(check(table, "alice", "two") == Match::yes);
  CHECK_FALSE(table.find("bob"));
}
