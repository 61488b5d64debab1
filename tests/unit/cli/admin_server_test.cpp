// SPDX-License-Identifier: Apache-2.0
#include "admin_server.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <string>
#include <string_view>

#include <scratch_folder.hpp>

namespace {

using gatehouse::cli::AdminPages;
using gatehouse::cli::AdminReply;
using gatehouse::cli::AdminServer;
using gatehouse::test::ScratchFolder;

class Connection {
 public:
  explicit Connection(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof name.sun_path);
    std::copy(path.begin(), path.end(), std::begin(name.sun_path));
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  void ask(std::string_view text) const {
    REQUIRE(send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  /// Until the other end closes; at most ten seconds for each piece.
  [[nodiscard]] std::string read_all() const {
    std::string all;
    std::array<char, 1024> piece{};
    pollfd readable{fd_, POLLIN, 0};
    while (poll(&readable, 1, 10'000) == 1) {
      const ssize_t got = read(fd_, piece.data(), piece.size());
      if (got <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return all + " and it does not end";
  }

 private:
  int fd_;
};

TEST_CASE("a command that takes longer than a caller may take is answered; a caller who does not ask is let go") {
  const ScratchFolder folder;
  std::promise<void> begun;
  std::promise<void> go_on;
  AdminPages pages;
  pages.time_limit = std::chrono::milliseconds(200);
  pages.log = [](auto&&...) {};
  pages.ready = [] { return true; };
  pages.commands = {{"/slow", [&](auto&&...) {
                       begun.set_value();
                       go_on.get_future().wait_for(std::chrono::seconds(20));
                       return AdminReply{true, "done"};
                     }}};
  const std::string path = folder.file("admin");
  const auto server = AdminServer::open("unix:" + path, std::move(pages));
  REQUIRE(server);
  const Connection command(path);
  command.ask("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(begun.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  const Connection idle(path);  // comes later, and has the same time
  CHECK(idle.read_all().empty());
  go_on.set_value();
  const std::string answer = command.read_all();
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(answer.ends_with("done\n"));
}

}  // namespace
