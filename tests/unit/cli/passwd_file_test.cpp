// SPDX-License-Identifier: Apache-2.0
#include "passwd_file.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include <scratch_folder.hpp>

namespace {

using gatehouse::cli::PasswdFile;
using gatehouse::test::ScratchFolder;
using std::chrono::milliseconds;

TEST_CASE("who changes a password file waits for who does it already, and not for ever") {
  const ScratchFolder folder;
  const std::string path = folder.file("users");
  auto first = PasswdFile::lock(path, true);
  REQUIRE(first);
  std::optional<PasswdFile> holder = *std::move(first);
  milliseconds waited{0};
  const auto refused = PasswdFile::lock(path, true, [&](milliseconds time) { waited += time; });
  CHECK(waited == std::chrono::seconds(10));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("another process holds the lock") != std::string::npos);
  waited = milliseconds(0);
  const auto taken = PasswdFile::lock(path, true, [&](milliseconds time) {
    waited += time;
    if (waited >= std::chrono::seconds(1)) holder.reset();
  });
  CHECK(taken);
  CHECK(waited == std::chrono::seconds(1));
}

}  // namespace
