// SPDX-License-Identifier: Apache-2.0
#pragma once
/// An engine over probe plugins, and the letters that the plugins send.
#include <gatehouse/runtime.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "yard.hpp"

namespace bench {

using gatehouse::Config;
using gatehouse::Decision;
using gatehouse::DecisionCode;
using gatehouse::Realm;
using gatehouse::Reason;
using gatehouse::Request;
using gatehouse::Ticket;

/// Letters through a pipe: for waiting. At most a few thousand.
class Letters {
 public:
  [[nodiscard]] int fd() const noexcept { return pipe_.writes(); }
  /// Reads on until this letter comes, at most ten seconds.
  [[nodiscard]] bool wait(char letter);
  [[nodiscard]] int seen(char letter) const;

 private:
  yard::Pipe pipe_;
  std::map<char, int> seen_;
};

/// Letters in a file: for counting.
class Tally {
 public:
  explicit Tally(const yard::Folder& folder);
  ~Tally();
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] std::ptrdiff_t count(char letter) const;
  [[nodiscard]] std::string all() const;

 private:
  std::filesystem::path path_;
  int fd_;
};

class Bench {
 public:
  Bench();
  /// "[backends.NAME]" of the probe plugin with more lines.
  [[nodiscard]] std::string backend(std::string_view name, std::string_view lines = {}) const;
  /// Loads what must be right.
  [[nodiscard]] Config load(const std::string& text);
  /// Loads one realm "r" with one backend "b", and starts.
  [[nodiscard]] Realm serve(std::string_view lines);
  void start();
  /// Dispatches until `over` says so; false after ten seconds.
  [[nodiscard]] bool dispatch_until(const std::function<bool()>& over);

  yard::Folder folder;
  std::string plugin;
  std::optional<gatehouse::Runtime> runtime;
};

[[nodiscard]] std::string line(std::string_view name, int value);
[[nodiscard]] Request right(std::string_view user);
[[nodiscard]] Decision ask(const Realm& realm, std::string_view user, std::string_view password = "right");

}  // namespace bench
