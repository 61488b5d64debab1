// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "yard.hpp"

namespace {

using gatehouse::auth_socket::Listener;
namespace fs = std::filesystem;

TEST_CASE("a socket is there as long as it is held") {
  const yard::Folder folder;
  const fs::path path = folder.path() / "s";
  {
    const auto listener = Listener::open(path.string());
    REQUIRE(listener.ok());
    CHECK(fs::is_socket(path));
    CHECK(!Listener::open(path.string()).ok());
    CHECK(fs::is_socket(path));
  }
  CHECK(!fs::exists(path));
}

TEST_CASE("only a socket that nobody listens behind is replaced") {
  const yard::Folder folder;
  const fs::path path = folder.path() / "s";
  folder.write("s", "a file");
  CHECK(!Listener::open(path.string()).ok());
  CHECK(fs::is_regular_file(path));
  fs::remove(path);

  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  REQUIRE(name.size() < sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  close(fd);
  CHECK(Listener::open(name).ok());
}

TEST_CASE("a path that no socket can have") {
  CHECK(!Listener::open("/" + std::string(200, 'x')).ok());
  CHECK(!Listener::open("/nowhere/at/all").ok());
}

}  // namespace
