// SPDX-License-Identifier: Apache-2.0
// Where a plugin may lie, and what its file may be. A file that somebody else can change is never opened.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "yard.hpp"

namespace {

namespace fs = std::filesystem;

bool refuses(const std::string& path, const std::string& message) {
  const auto loaded = yard::open(path);
  INFO(loaded.error);
  const bool as_said = !loaded.realm && loaded.error.find(message) != std::string::npos;
  CHECK(as_said);
  return as_said;
}

TEST_CASE("a file that everybody can write is refused") {
  const yard::Folder folder;
  const std::string path = folder.bring("sound");
  REQUIRE(chmod(path.c_str(), 0757) == 0);
  CHECK(refuses(path, path + ": can be changed by everybody"));
}

TEST_CASE("a folder that everybody can write is refused, however deep the file lies") {
  const yard::Folder folder;
  const std::string path = folder.bring("sound");
  const fs::path open = folder.path() / "open";
  const fs::path deep = open / "deep";
  fs::create_directories(deep);
  fs::rename(path, deep / "sound.so");
  REQUIRE(chmod(deep.c_str(), 0755) == 0);
  REQUIRE(chmod(open.c_str(), 0777) == 0);
  CHECK(refuses((deep / "sound.so").string(), open.string() + ": can be changed by everybody"));
  REQUIRE(chmod(open.c_str(), 0755) == 0);
  CHECK(yard::open((deep / "sound.so").string()).error == "");
}

TEST_CASE("a symlink into a folder that everybody can write is refused") {
  const yard::Folder folder;
  const std::string path = folder.bring("sound");
  const fs::path open = folder.path() / "open";
  fs::create_directory(open);
  fs::rename(path, open / "sound.so");
  REQUIRE(chmod(open.c_str(), 0777) == 0);
  fs::create_symlink("open/sound.so", folder.path() / "linked.so");
  CHECK(refuses((folder.path() / "linked.so").string(), open.string() + ": can be changed by everybody"));
}

TEST_CASE("a file or folder of another user is refused") {
  if (geteuid() != 0) return;  // only root can give files away
  const yard::Folder folder;
  const std::string path = folder.bring("sound");
  REQUIRE(chown(path.c_str(), 65534, 65534) == 0);
  CHECK(refuses(path, path + ": belongs to user 65534, not to root"));
  REQUIRE(chown(path.c_str(), 0, 0) == 0);
  REQUIRE(lchown(folder.path().c_str(), 65534, 65534) == 0);
  CHECK(refuses(path, folder.path().string() + ": belongs to user 65534, not to root"));
}

TEST_CASE("what is no plugin file is refused") {
  const yard::Folder folder;
  const std::string gone = (folder.path() / "gone.so").string();
  CHECK(refuses(gone, gone + ": No such file or directory"));
  CHECK(refuses(folder.path().string(), "cannot be loaded: "));

  folder.write("text.so", "#!/bin/sh\n" + std::string(8192, 0x23));
  CHECK(refuses((folder.path() / "text.so").string(), "text.so: cannot be loaded: invalid ELF header"));
  folder.write("empty.so", "");
  CHECK(refuses((folder.path() / "empty.so").string(), "empty.so: cannot be loaded: file too short"));

  std::ifstream whole(folder.bring("sound"), std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(whole)), std::istreambuf_iterator<char>());
  folder.write("head.so", content.substr(0, 40));
  CHECK(refuses((folder.path() / "head.so").string(), "head.so: cannot be loaded: "));
  std::string foreign = content;
  foreign[18] = '\x28';  // e_machine: 32-bit ARM
  folder.write("foreign.so", foreign);
  CHECK(refuses((folder.path() / "foreign.so").string(), "foreign.so: cannot be loaded: "));
}

TEST_CASE("a name with a path in it is neither a name nor an absolute path") {
  const yard::Folder folder;
  static_cast<void>(folder.bring("sound"));
  for (const char* name : {"./sound.so", "../sound.so", "sound.so", "sub/sound"}) {
    CAPTURE(std::string(name));
    const auto loaded = yard::open(name, {}, folder.path().string());
    CHECK_FALSE(loaded.realm);
    CHECK(loaded.error != "");
  }
}

}  // namespace
