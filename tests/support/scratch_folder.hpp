// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A folder of the test's own, removed with it.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::test {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

  /// Truncates and writes the same inode.
  std::string write(std::string_view name, std::string_view text) const {
    std::ofstream out(file(name), std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw std::runtime_error("write");
    ::chmod(file(name).c_str(), 0640);
    return file(name);
  }
  /// Replaces the name by another inode.
  std::string replace(std::string_view name, std::string_view text) const {
    write(".new", text);
    std::filesystem::rename(file(".new"), file(name));
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace gatehouse::test
