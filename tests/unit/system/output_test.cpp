// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <gatehouse/output.hpp>
#include <iterator>
#include <string>

#include "scratch_folder.hpp"

namespace gatehouse::system {
namespace {

/// Two connected ends.
struct Ends {
  explicit Ends(bool sockets) {
    const int made =
        sockets ? ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) : ::pipe2(fds.data(), O_CLOEXEC);
    REQUIRE(made == 0);
  }
  ~Ends() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  [[nodiscard]] int writes() const { return fds[1]; }

  /// What has been written and not been read.
  [[nodiscard]] std::string read() const {
    ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
    std::string all;
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; (size = ::read(fds[0], piece.data(), piece.size())) > 0;) {
      all.append(piece.data(), static_cast<std::size_t>(size));
    }
    return all;
  }

  std::array<int, 2> fds{};
};

/// So many until one is lost.
std::size_t fill(Output& output, const std::string& line) {
  for (std::size_t written = 0; written < 100'000; ++written) {
    if (!output.write(line)) return written;
  }
  FAIL("it never was full");
  return 0;
}

TEST_CASE("who is not read from loses lines and does not wait") {
  for (const bool sockets : {false, true}) {
    CAPTURE(sockets);
    const Ends ends(sockets);
    auto output = Output::of(ends.writes());
    REQUIRE(output.ok());
    for (const std::size_t size : {10U, 1000U, 4096U, 10'000U}) {
      CAPTURE(size);
      const std::string line = std::string(size - 1, 'x') + '\n';
      const auto written = fill(**output, line);
      CHECK(written > 0);
      CHECK_FALSE((*output)->write(line));
      std::string taken = ends.read();
      for (std::size_t i = 0; i < written; ++i) {
        REQUIRE(taken.starts_with(line));
        taken.erase(0, line.size());
      }
      CHECK((*output)->write("next\n"));
      taken += ends.read();
      REQUIRE(taken.ends_with("next\n"));
      taken.erase(taken.size() - 5);
      if (taken.empty()) continue;
      // The beginning of the line that was lost, on a line of its own.
      CHECK(taken.back() == '\n');
      taken.pop_back();
      CHECK(taken.size() + 1 < line.size());
      CHECK(line.starts_with(taken));
    }
    CHECK((::fcntl(ends.writes(), F_GETFL) & O_NONBLOCK) == 0);  // it is the flag of all that share the descriptor
  }
}

TEST_CASE("many lines at once are cut between lines") {
  const Ends ends(false);
  auto output = Output::of(ends.writes());
  REQUIRE(output.ok());
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "a line of 20 bytes.\n";
  CHECK((*output)->write(lines));
  CHECK(ends.read() == lines);
  CHECK_FALSE((*output)->write(lines + lines + lines + lines));
  const auto taken = ends.read();
  CHECK(taken.size() % 20 == 0);
  CHECK((lines + lines + lines).starts_with(taken));
}

TEST_CASE("a file takes everything, where its other writers are") {
  const test::ScratchFolder folder;
  const auto path = folder.write("log", "");
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(::write(fd, "before\n", 7) == 7);
  auto output = Output::of(fd);
  REQUIRE(output.ok());
  const std::string long_line = std::string(100'000, 'x') + '\n';
  CHECK((*output)->write(long_line + "short\n" + long_line));
  REQUIRE(::write(fd, "after\n", 6) == 6);
  ::close(fd);
  std::ifstream file(path);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  CHECK(all == "before\n" + long_line + "short\n" + long_line + "after\n");
}

TEST_CASE("nobody at the other end") {
  const Ends ends(true);
  auto output = Output::of(ends.writes());
  REQUIRE(output.ok());
  ::shutdown(ends.fds[0], SHUT_RDWR);
  CHECK_FALSE((*output)->write("x\n"));
  CHECK_FALSE(Output::of(-1).ok());
}

}  // namespace
}  // namespace gatehouse::system
