// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <gatehouse/unix_listener.hpp>
#include <string>
#include <utility>

#include "scratch_folder.hpp"

namespace gatehouse::system {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat about {};
  REQUIRE(::lstat(path.c_str(), &about) == 0);
  return about.st_mode & 07777U;
}

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

TEST_CASE("the file is there as long as it is held, and nobody else gets its path") {
  const test::ScratchFolder folder;
  const auto path = folder.file("s");
  {
    auto listener = UnixListener::open(path, 0600, 1);
    REQUIRE(listener.ok());
    CHECK_FALSE(UnixListener::open(path, 0600, 1).ok());
    CHECK(fs::is_socket(path));
    auto moved = *std::move(listener);
    CHECK(fs::is_socket(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("the file of a successor stays") {
  const test::ScratchFolder folder;
  const auto path = folder.file("s");
  auto before = UnixListener::open(path, 0600, 1);
  REQUIRE(before.ok());
  SUBCASE("that came after the file was removed") {
    before->remove();
    CHECK_FALSE(fs::exists(path));
  }
  SUBCASE("that an operator made room for") {
    fs::remove(path);
  }
  auto after = UnixListener::open(path, 0600, 1);
  REQUIRE(after.ok());
  before->remove();
  { const auto ended = *std::move(before); }
  CHECK(fs::is_socket(path));
  CHECK_FALSE(UnixListener::open(path, 0600, 1).ok());
}

TEST_CASE("the mode is what was asked for, whatever the umask") {
  const test::ScratchFolder folder;
  for (const mode_t mask : {0000U, 0022U, 0077U, 0777U}) {
    const Umask set(mask);
    for (const mode_t mode : {0600U, 0660U, 0666U}) {
      const auto listener = UnixListener::open(folder.file("s"), mode, 1);
      REQUIRE(listener.ok());
      CHECK(mode_of(folder.file("s")) == mode);
    }
  }
}

TEST_CASE("only a socket that nobody listens behind is replaced") {
  const test::ScratchFolder folder;
  const auto path = folder.write("s", "a file");
  CHECK_FALSE(UnixListener::open(path, 0600, 1).ok());
  CHECK(fs::is_regular_file(path));
  fs::remove(path);

  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
  CHECK(UnixListener::open(path, 0600, 1).ok());
}

TEST_CASE("paths that no socket can have") {
  CHECK_FALSE(UnixListener::open("", 0600, 1).ok());
  CHECK_FALSE(UnixListener::open("/" + std::string(200, 'x'), 0600, 1).ok());
  CHECK_FALSE(UnixListener::open("/nowhere/at/all", 0600, 1).ok());
}

}  // namespace
}  // namespace gatehouse::system
