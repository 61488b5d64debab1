// SPDX-License-Identifier: Apache-2.0
#include <file_reader.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include <scratch_folder.hpp>

using namespace gatehouse::htpasswd;
using gatehouse::test::ScratchFolder;
using Outcome = Reading::Outcome;

namespace {

struct Got {
  Reading reading;
  std::string text;
};

Got read(const std::string& path, std::uint64_t limit = 1 << 20) {
  Got got;
  got.reading = read_file(
      path, limit, [&](std::size_t size) { got.text.reserve(size); },
      [&](std::string_view bytes) { got.text += bytes; });
  return got;
}

}  // namespace

TEST_CASE("a file is taken whole") {
  const ScratchFolder folder;
  const std::string text(600'000, 'x');
  const auto path = folder.write("f", text);
  const Got got = read(path);
  CHECK(got.reading.outcome == Outcome::taken);
  CHECK(got.text == text);
  CHECK(got.reading.version.size == text.size());
  CHECK(got.reading.version == look_at(path).version);
  CHECK_FALSE(got.reading.group_writable);
}

TEST_CASE("HP-30, HP-31: what cannot be had is a failure with words") {
  const ScratchFolder folder;
  CHECK(read(folder.file("nonesuch")).reading.outcome == Outcome::failed);
  CHECK_FALSE(read(folder.file("nonesuch")).reading.problem.empty());
  CHECK(look_at(folder.file("nonesuch")).error == ENOENT);
  std::filesystem::create_symlink(folder.file("b"), folder.file("a"));
  std::filesystem::create_symlink(folder.file("a"), folder.file("b"));
  CHECK(read(folder.file("a")).reading.outcome == Outcome::failed);
  if (::geteuid() != 0) {
    const auto path = folder.write("secret", "x");
    ::chmod(path.c_str(), 0);
    CHECK(read(path).reading.outcome == Outcome::failed);
  }
}

TEST_CASE("HP-33: only regular files; a FIFO does not stop us") {
  const ScratchFolder folder;
  CHECK(read(folder.file(".")).reading.outcome == Outcome::refused);
  REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  CHECK(read(folder.file("fifo")).reading.outcome == Outcome::refused);
  CHECK(read("/dev/zero").reading.outcome == Outcome::refused);
}

TEST_CASE("HP-35: a file over the limit is refused unread, also when it is sparse") {
  const ScratchFolder folder;
  const auto path = folder.write("big", "");
  std::filesystem::resize_file(path, 4ULL << 30U);
  const Got got = read(path, 256U << 20U);
  CHECK(got.reading.outcome == Outcome::refused);
  CHECK(got.reading.problem.find("max_size") != std::string::npos);
  CHECK(got.text.empty());
}

TEST_CASE("HP-41: world-writable is refused, group-writable is told") {
  const ScratchFolder folder;
  const auto path = folder.write("f", "alice:x\n");
  ::chmod(path.c_str(), 0666);
  CHECK(read(path).reading.outcome == Outcome::refused);
  ::chmod(path.c_str(), 0642);
  CHECK(read(path).reading.outcome == Outcome::refused);
  ::chmod(path.c_str(), 0660);
  CHECK(read(path).reading.outcome == Outcome::taken);
  CHECK(read(path).reading.group_writable);
}

TEST_CASE("a file that changes while it is read is not taken") {
  const ScratchFolder folder;
  const auto path = folder.write("f", std::string(600'000, 'x'));
  const auto while_reading = [&](auto change) {
    bool changed = false;
    return read_file(
               path, 1 << 20, [](std::size_t) {},
               [&](std::string_view) {
                 if (!changed) change();
                 changed = true;
               })
        .outcome;
  };
  CHECK(while_reading([&] { std::ofstream(path, std::ios::app) << "y"; }) == Outcome::moved);
  CHECK(while_reading([&] { std::filesystem::resize_file(path, 300'000); }) == Outcome::moved);
  folder.write("f", std::string(600'000, 'x'));
  CHECK(while_reading([&] { folder.replace("f", std::string(600'000, 'z')); }) == Outcome::moved);
  CHECK(while_reading([&] { std::filesystem::remove(path); }) == Outcome::moved);
}

TEST_CASE("every way of replacing a file is another version") {
  const ScratchFolder folder;
  const auto path = folder.write("f", "alice:one\n");
  const FileVersion first = look_at(path).version;
  folder.replace("f", "alice:two\n");
  const FileVersion renamed = look_at(path).version;
  CHECK(first != renamed);
  folder.write("g", "alice:two\n");
  std::filesystem::remove(path);
  std::filesystem::create_symlink(folder.file("g"), path);
  CHECK(look_at(path).version != renamed);
  CHECK(look_at(path).version == look_at(folder.file("g")).version);
}
