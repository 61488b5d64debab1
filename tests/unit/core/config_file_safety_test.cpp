// SPDX-License-Identifier: Apache-2.0
#include "config/file_safety.hpp"

#include <doctest/doctest.h>
#include <grp.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "config/source_file.hpp"
#include "config_support.hpp"

using namespace config_test;

namespace {

constexpr uid_t stranger = 65534;
constexpr uid_t service = 4321;

bool is_root() {
  return ::geteuid() == 0;
}

std::string trust(const std::string& path) {
  return refusal(check_trusted_path(path));
}
std::string secret(const std::string& path) {
  const auto result = read_secret_file(path);
  return result ? "(accepted) " + *result : result.error().message;
}

/// What `question` answers in a process of that user and group, without other groups.
std::string as_user(uid_t user, gid_t group, const std::function<std::string()>& question) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string answer = "(could not become the user)";
    if (::setgroups(0, nullptr) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0) answer = question();
    const ssize_t written = ::write(ends[1], answer.data(), answer.size());
    ::_exit(written < 0 ? 1 : 0);
  }
  ::close(ends[1]);
  std::string answer;
  std::array<char, 4096> block{};
  for (ssize_t count = 0; (count = ::read(ends[0], block.data(), block.size())) > 0;) {
    answer.append(block.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return answer;
}

struct AclEntry {
  std::uint16_t tag;
  std::uint16_t rights;
  std::uint32_t id;
};

/// Gives a file an access list in the kernel's form. False where the file system has none.
bool set_access_list(const std::string& path, const std::vector<AclEntry>& entries) {
  std::string bytes("\x02\0\0\0", 4);
  const auto append = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  for (const AclEntry& entry : entries) {
    append(entry.tag, 2);
    append(entry.rights, 2);
    append(entry.id, 4);
  }
  return ::setxattr(path.c_str(), "system.posix_acl_access", bytes.data(), bytes.size(), 0) == 0;
}

constexpr std::uint32_t no_id = 0xFFFFFFFF;

}  // namespace

TEST_CASE("a file that only we can change is trusted") {
  const Folder folder;
  const std::string file = folder.write("f", "x", 0644);
  CHECK(trust(file) == "(accepted)");
  CHECK(trust(folder.path()) == "(accepted)");
  CHECK(trust(folder / "./../" + std::filesystem::path(folder.path()).filename().string() + "//f") == "(accepted)");
  CHECK(trust("/") == "(accepted)");
  CHECK(trust("/etc/passwd") == "(accepted)");
}

TEST_CASE("paths that are none") {
  CHECK(contains(trust(""), "is not the path of a file"));
  CHECK(contains(trust(std::string("/etc\0/passwd", 12)), "is not the path of a file"));
  CHECK(contains(trust("/" + std::string(5000, 'a')), "is not the path of a file"));
  CHECK(contains(trust("/etc/gatehouse-missing/x"), "/etc/gatehouse-missing: No such file"));
  CHECK(contains(trust("/etc/passwd/x"), "/etc/passwd/x: Not a directory"));
}

TEST_CASE("writable by everybody, file or folder, is refused with the command that mends it") {
  const Folder folder;
  const std::string file = folder.write("f", "x", 0646);
  CHECK(trust(file) == file + ": can be changed by everybody; run: chmod o-w " + file);
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK(trust(file) == "(accepted)");
  REQUIRE(::mkdir((folder / "a b").c_str(), 0755) == 0);
  REQUIRE(::chmod((folder / "a b").c_str(), 0777) == 0);
  const std::string inner = folder.write("a b/f", "x", 0644);
  CHECK(contains(trust(inner), "run: chmod o-w '" + folder.path() + "/a b'"));
  REQUIRE(::chmod((folder / "a b").c_str(), 01777) == 0);
  CHECK(trust(inner) == "(accepted)");  // sticky: what is ours stays ours
}

TEST_CASE("a relative path is judged from here") {
  const Folder folder;
  folder.write("f", "x", 0646);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const std::string refused = trust("f");
  const std::string dotted = trust("./../" + std::filesystem::path(folder.path()).filename().string() + "/f");
  std::filesystem::current_path(before);
  CHECK(contains(refused, folder / "f: can be changed by everybody"));
  CHECK(contains(dotted, folder / "f: can be changed by everybody"));
}

TEST_CASE("symlinks are followed, and what they lead through is checked") {
  const Folder folder;
  REQUIRE(::mkdir((folder / "safe").c_str(), 0755) == 0);
  REQUIRE(::mkdir((folder / "open").c_str(), 0755) == 0);
  folder.write("safe/f", "x", 0644);
  folder.write("open/f", "x", 0644);
  std::filesystem::create_symlink(folder / "open/f", folder / "safe/absolute");
  std::filesystem::create_symlink("../open/f", folder / "safe/relative");
  std::filesystem::create_symlink("open", folder / "folder");
  std::filesystem::create_symlink("loop", folder / "loop");
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  for (const char* name : {"safe/absolute", "safe/relative", "folder/f"}) CHECK(trust(folder / name) == "(accepted)");
  REQUIRE(::chmod((folder / "open").c_str(), 0777) == 0);
  for (const char* name : {"safe/absolute", "safe/relative", "folder/f"}) {
    CAPTURE(name);
    CHECK(contains(trust(folder / name), folder / "open: can be changed by everybody"));
  }
  CHECK(trust(folder / "safe/f") == "(accepted)");
  CHECK(contains(trust(folder / "loop"), "too many symlinks"));
  CHECK(contains(trust(folder / "dangling"), "No such file"));
}

TEST_CASE("a chain of symlinks that doubles is given up") {
  const Folder folder;
  folder.write("l0", "x", 0644);
  for (int i = 1; i <= 60; ++i) {
    std::filesystem::create_symlink("l" + std::to_string(i - 1), folder / ("l" + std::to_string(i)));
  }
  CHECK(trust(folder / "l40") == "(accepted)");
  CHECK(contains(trust(folder / "l41"), "too many symlinks"));
}

TEST_CASE("files of other owners are refused") {
  if (!is_root()) return;
  const Folder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const std::string file = folder.write("f", "x", 0644);
  REQUIRE(::chown(file.c_str(), stranger, 0) == 0);
  CHECK(trust(file) == file + ": belongs to user 65534, not to root; run: chown root " + file);
  CHECK(as_user(stranger, stranger, [&] { return trust(file); }) == "(accepted)");  // root's folder, own file
  CHECK(contains(as_user(service, service, [&] { return trust(file); }), "not to root or user 4321"));

  std::filesystem::create_symlink("/etc/passwd", folder / "link");
  REQUIRE(::lchown((folder / "link").c_str(), stranger, 0) == 0);
  CHECK(contains(trust(folder / "link"), "run: chown -h root"));

  REQUIRE(::mkdir((folder / "d").c_str(), 0755) == 0);
  folder.write("d/f", "x", 0644);
  REQUIRE(::chown((folder / "d").c_str(), stranger, 0) == 0);
  CHECK(contains(trust(folder / "d/f"), "d: belongs to user 65534"));
  REQUIRE(::chmod((folder / "d").c_str(), 01755) == 0);
  CHECK(contains(trust(folder / "d/f"), "d: belongs to user 65534"));  // sticky, but its owner may replace all
}

TEST_CASE("in a sticky folder only entries of ours count") {
  if (!is_root()) return;
  const Folder folder;
  REQUIRE(::chmod(folder.path().c_str(), 01777) == 0);
  const std::string file = folder.write("f", "x", 0644);
  CHECK(trust(file) == "(accepted)");
  REQUIRE(::chown(file.c_str(), stranger, 0) == 0);
  CHECK(contains(trust(file), "belongs to user 65534"));
}

TEST_CASE("a group that may write is someone else, unless it is the owner's own") {
  if (!is_root()) return;
  const Folder folder;
  const std::string file = folder.write("f", "x", 0664);
  CHECK(trust(file) == "(accepted)");  // root:root
  REQUIRE(::chown(file.c_str(), 0, service) == 0);
  REQUIRE(::chmod(file.c_str(), 0664) == 0);
  CHECK(trust(file) == file + ": can be changed by group 4321; run: chmod g-w " + file);
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  CHECK(contains(as_user(service, service, [&] { return trust(file); }), "group 4321"));
  REQUIRE(::chown(file.c_str(), service, service) == 0);
  REQUIRE(::chmod(file.c_str(), 0664) == 0);
  CHECK(as_user(service, service, [&] { return trust(file); }) == "(accepted)");
}

TEST_CASE("an access list does not hide behind the mode") {
  if (!is_root()) return;
  const Folder folder;
  const std::string file = folder.write("f", "secret", 0600);
  // user::rw- user:65534:rw- group::--- mask::rw- other::---
  if (!set_access_list(file, {{1, 6, no_id}, {2, 6, stranger}, {4, 0, no_id}, {16, 6, no_id}, {32, 0, no_id}})) {
    MESSAGE("this file system has no access lists");
    return;
  }
  CHECK(trust(file) == file + ": can be changed by user 65534 (access list); run: setfacl -b " + file);
  // the mask takes the right away
  REQUIRE(set_access_list(file, {{1, 6, no_id}, {2, 6, stranger}, {4, 0, no_id}, {16, 4, no_id}, {32, 0, no_id}}));
  CHECK(trust(file) == "(accepted)");
  CHECK(contains(secret(file), "can be read by user 65534 (access list)"));
  REQUIRE(set_access_list(file, {{1, 6, no_id}, {4, 0, no_id}, {8, 4, service}, {16, 4, no_id}, {32, 0, no_id}}));
  CHECK(contains(secret(file), "can be read by group 4321 (access list)"));
  // what a service manager does: the file is root's, the service may read it by the list
  REQUIRE(set_access_list(file, {{1, 4, no_id}, {2, 4, service}, {4, 0, no_id}, {16, 4, no_id}, {32, 0, no_id}}));
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  CHECK(as_user(service, service, [&] { return secret(file); }) == "(accepted) secret");
}

TEST_CASE("secrets lose one line end") {
  const Folder folder;
  struct Case {
    std::string content;
    std::string read;
  };
  for (const Case& c : {Case{"pw", "pw"}, Case{"pw\n", "pw"}, Case{"pw\r\n", "pw"}, Case{"pw\n\n", "pw\n"},
                        Case{"pw\r", "pw\r"}, Case{"\npw\n", "\npw"}, Case{" pw \n", " pw "},
                        Case{"\xff\xfe\x01", "\xff\xfe\x01"}, Case{std::string(65536, 'x'), std::string(65536, 'x')}}) {
    const auto read = read_secret_file(folder.write("s", c.content));
    REQUIRE_MESSAGE(read.ok(), refusal(read));
    CHECK(*read == c.read);
  }
}

TEST_CASE("secrets that are refused, without a word of their content") {
  const Folder folder;
  struct Case {
    std::string content;
    mode_t mode;
    const char* part;
  };
  for (const Case& c :
       {Case{"", 0600, "is empty"}, Case{"\n", 0600, "is empty"}, Case{"\r\n", 0600, "is empty"},
        Case{std::string("hun\0ter2", 8), 0600, "NUL"}, Case{std::string(65537, 'h'), 0600, "larger than 64KiB"},
        Case{"hunter2", 0604, "can be read by everybody; run: chmod o-r"},
        Case{"hunter2", 0602, "can be changed by everybody; run: chmod o-w"}}) {
    CAPTURE(c.part);
    const std::string file = folder.write("s", c.content, c.mode);
    const std::string refused = secret(file);
    CHECK_MESSAGE(contains(refused, c.part), refused);
    CHECK(refused.starts_with(file + ": "));
    CHECK_FALSE(contains(refused, "hunter"));
    CHECK_FALSE(contains(refused, "hhhh"));
  }
  CHECK(contains(secret(folder / "missing"), "No such file"));
  CHECK(contains(secret(folder.path()), "is a folder"));
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(contains(secret(folder / "fifo"), "is not a regular file"));
  CHECK(contains(secret("/dev/null"), "can be"));
}

TEST_CASE("a secret is for the process's own group only") {
  if (!is_root()) return;
  const Folder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const std::string file = folder.write("s", "pw", 0640);
  CHECK(secret(file) == "(accepted) pw");  // root:root
  REQUIRE(::chown(file.c_str(), 0, service) == 0);
  CHECK(contains(secret(file), "can be read by group 4321; run: chmod g-r"));
  CHECK(as_user(service, service, [&] { return secret(file); }) == "(accepted) pw");
  CHECK(contains(as_user(stranger, stranger, [&] { return secret(file); }), "can be read by group 4321"));
  REQUIRE(::chown(file.c_str(), 0, 0) == 0);
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  CHECK(contains(as_user(service, service, [&] { return secret(file); }), "Permission denied"));
}

TEST_CASE("reading a file is bounded") {
  const Folder folder;
  CHECK(*read_regular_file(folder.write("f", "1234"), 4) == "1234");
  CHECK(contains(refusal(read_regular_file(folder.write("f", "12345"), 4)), "larger than 4"));
  CHECK(read_regular_file(folder.write("f", ""), 4)->empty());
  CHECK(contains(refusal(read_regular_file("/dev/zero", 4)), "is not a regular file"));
  CHECK(contains(refusal(read_regular_file("", 4)), "is not the path of a file"));
  CHECK(read_regular_file("/proc/self/status", 1 << 16)->starts_with("Name:"));  // says size 0
  CHECK(contains(refusal(read_regular_file("/proc/self/status", 4)), "larger than 4"));
}
