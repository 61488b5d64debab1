// SPDX-License-Identifier: Apache-2.0
#include "access_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gatehouse::proxy {
namespace {

const std::chrono::system_clock::time_point moment{std::chrono::seconds(1'700'000'000)};

std::string line(const AccessEntry& entry, bool with_query = false) {
  const auto log = AccessLog::open("stderr", with_query);
  REQUIRE(log);
  std::string out;
  (*log)->add(out, entry, moment);
  CHECK(std::count(out.begin(), out.end(), '\n') == 1);
  CHECK(out.back() == '\n');
  return out;
}

AccessEntry usual() {
  return {.client = "192.0.2.7",
          .user = "alice",
          .method = "GET",
          .target = "/a?token=x",
          .minor = 1,
          .status = 200,
          .bytes = 1234,
          .agent = "curl/8 (x)",
          .request = "12-3",
          .time = std::chrono::microseconds(2'000'070)};
}

TEST_CASE("the line of a request") {
  CHECK(line(usual()) ==
        "192.0.2.7 - alice [14/Nov/2023:22:13:20 +0000] \"GET /a?... HTTP/1.1\" 200 1234 \"-\" \"curl/8 (x)\" "
        "2.000070 12-3\n");
  CHECK(line(usual(), true).find("\"GET /a?token=x HTTP/1.1\"") != std::string::npos);
  AccessEntry broken;
  broken.status = 400;
  CHECK(line(broken) == "- - - [14/Nov/2023:22:13:20 +0000] \"-\" 400 0 \"-\" \"-\" 0.000000 -\n");
}

TEST_CASE("nothing that a caller writes can be another line, another column or a terminal's command") {
  auto entry = usual();
  entry.user = "a b\n\"c\" \\ \x1b[2J";
  entry.target = "/\r\n127.0.0.1 - root\x7f\xe2\x80\xae";
  entry.agent = "x\" 200 \x1b]0;t\x07 %n";
  entry.method = "G ET";
  CHECK(line(entry, true) ==
        "192.0.2.7 - a\\x20b\\x0a\\x22c\\x22\\x20\\x5c\\x20\\x1b[2J [14/Nov/2023:22:13:20 +0000] "
        "\"G\\x20ET /\\x0d\\x0a127.0.0.1\\x20-\\x20root\\x7f\\xe2\\x80\\xae HTTP/1.1\" 200 1234 \"-\" "
        "\"x\\x22 200 \\x1b]0;t\\x07 %n\" 2.000070 12-3\n");
  const std::string large(100'000, '\x01');
  entry.target = entry.agent = entry.user = entry.method = large;
  CHECK(line(entry).size() < 16'000);
}

TEST_CASE("a file is appended to, and one that cannot be is told") {
  std::string folder = std::filesystem::temp_directory_path() / "access-log-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const auto path = folder + "/access";
  for (int i = 0; i < 2; ++i) {
    const auto log = AccessLog::open(path, false);
    REQUIRE(log);
    CHECK((*log)->write("line\n"));
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  CHECK(text.str() == "line\nline\n");
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::others_all) ==
        std::filesystem::perms::none);
  const auto absent = AccessLog::open(folder + "/no/such", false);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().message.find("/no/such: cannot be opened") != std::string::npos);
  const auto full = AccessLog::open("/dev/full", false);
  REQUIRE(full);
  CHECK_FALSE((*full)->write("line\n"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace gatehouse::proxy
