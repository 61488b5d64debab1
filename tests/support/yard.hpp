// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A folder of a test's own, into which it copies plugins; and an engine over one of them.
#include <filesystem>
#include <gatehouse/runtime.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yard {

/// A private folder that is removed at the end. Nobody but this user can write there, whatever the umask is.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Copies NAME.so of the plugins built for tests here, mode 0755, and returns where it is.
  [[nodiscard]] std::string bring(std::string_view name) const;
  void write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// A pipe whose ends are closed with it.
class Pipe {
 public:
  Pipe();
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] int reads() const noexcept { return ends_[0]; }
  [[nodiscard]] int writes() const noexcept { return ends_[1]; }
  void close_writes();
  void put(std::size_t bytes = 1) const;
  /// Waits for one byte, at most ten seconds.
  [[nodiscard]] bool take() const;

 private:
  int ends_[2];
};

struct Loaded {
  std::shared_ptr<std::vector<std::string>> log = std::make_shared<std::vector<std::string>>();
  std::optional<gatehouse::Runtime> runtime;
  std::optional<gatehouse::Realm> realm;
  std::string error;  ///< of load or start; empty if both worked

  [[nodiscard]] bool logged(std::string_view part) const;
};

/// One realm "r" with one backend "b" of this plugin: an absolute path, or an id to be found in `plugin_dir`. `options`
/// are more lines of its section, `before` goes in front of all. Loaded and started. Where YARD_ISOLATES is defined the
/// plugin runs in a process of its own.
[[nodiscard]] Loaded open(const std::string& plugin, const std::string& options = {},
                          const std::string& plugin_dir = {}, const std::string& before = {});

}  // namespace yard
