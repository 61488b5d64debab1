// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "secret.hpp"

using gatehouse::cli::Colour;
using gatehouse::cli::paint;
using gatehouse::cli::printable;
using gatehouse::cli::read_password_line;

namespace {

/// A pipe that holds `text` and has no writer any more.
class Input {
 public:
  explicit Input(const std::string& text) {
    REQUIRE(pipe(ends_.data()) == 0);
    REQUIRE(write(ends_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(ends_[1]);
  }
  ~Input() { close(ends_[0]); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  [[nodiscard]] int fd() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
};

std::string password_of(const std::string& input) {
  const Input from(input);
  auto read = read_password_line(from.fd());
  return read ? std::string(read->view()) : "error: " + read.error().message;
}

}  // namespace

TEST_CASE("what could deceive a terminal is written as numbers") {
  CHECK(printable("\x1B[2Jcleared") == "\\x1b[2Jcleared");
  CHECK(printable("a\nb\r\t\x7F") == "a\\x0ab\\x0d\\x09\\x7f");
  CHECK(printable("\xE2\x80\xAE"
                  "evil") == "\\xe2\\x80\\xaeevil");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\\xc2\\x9b31m");
  CHECK(printable("\xFF\xC0\xAF\xE2\x82") == "\\xff\\xc0\\xaf\\xe2\\x82");
  CHECK(printable("Zo\xC3\xAB \xF0\x9F\x9A\xAA") == "Zo\xC3\xAB \xF0\x9F\x9A\xAA");
}

TEST_CASE("colour only where it is wanted") {
  CHECK(paint("x", Colour::red, false) == "x");
  CHECK(paint("x", Colour::none, true) == "x");
  CHECK(paint("x", Colour::red, true) == "\x1B[31mx\x1B[0m");
  const Input no_terminal("");
  CHECK_FALSE(gatehouse::cli::colours(no_terminal.fd()));
}

TEST_CASE("a password is one line") {
  CHECK(password_of("secret\n") == "secret");
  CHECK(password_of("secret") == "secret");
  CHECK(password_of("secret\r\nmore\n") == "secret");
  CHECK(password_of(" with spaces \n") == " with spaces ");
  CHECK(password_of("\n").empty());
  CHECK(password_of("") == "error: no password was given");
  const std::string longest(gatehouse::max_password_size, 'p');
  CHECK(password_of(longest + "\n") == longest);
  CHECK(password_of(longest + "\r\n") == longest);
  CHECK(password_of(longest + "p\n") == "error: the password is longer than 4096 bytes");
  CHECK(password_of(longest + longest) == "error: the password is longer than 4096 bytes");
}

TEST_CASE("what follows the line is left for others") {
  const Input from("first\nsecond\n");
  REQUIRE(read_password_line(from.fd()));
  auto second = read_password_line(from.fd());
  REQUIRE(second);
  CHECK(second->view() == "second");
}
