// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The accounts that serve: read from the files when made, and kept up to date.
///
/// Threads: current() from any thread; everything else from one at a time.
#include <cstdint>
#include <functional>
#include <gatehouse/plugin/host.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <htpasswd/scheme.hpp>
#include "file_watch.hpp"
#include "group_file.hpp"
#include "password_table.hpp"

namespace gatehouse::htpasswd {

struct Settings {
  std::string file{};
  std::string groups{};                    ///< empty: none
  bool strict = false;                     ///< a bad line refuses the file instead of costing only itself
  std::uint64_t max_size = 256ULL << 20U;  ///< bytes, of each file
  Policy policy{};
};

/// One complete version. Never changed.
struct Accounts {
  std::shared_ptr<const PasswordTable> passwords;
  std::shared_ptr<const GroupTable> groups;
};

class AccountStore {
 public:
  /// More changed users than this, and everybody is invalidated.
  static constexpr std::size_t kMostInvalidations = 10'000;

  /// Waits so long.
  using Pause = std::function<void(Milliseconds)>;
  static void sleep(Milliseconds time);

  /// Reads the files; waits up to a fifth of a second for one that was written just now, up to two seconds for one that
  /// keeps changing. Throws plugin::ConfigError.
  AccountStore(plugin::Host host, Settings settings, Pause pause = &sleep);

  [[nodiscard]] std::shared_ptr<const Accounts> current() const;

  /// Looks at the files, takes what has changed and settled, invalidates those whom it concerns. Returns when to look
  /// again. Never throws: what goes wrong is logged, and the last good version serves.
  [[nodiscard]] Milliseconds refresh() noexcept;
  /// The same, and waits up to two seconds for a change that is going on.
  [[nodiscard]] Milliseconds catch_up() noexcept;

 private:
  template <class Table>
  struct Loaded {
    Reading reading;
    std::shared_ptr<const Table> table;  // null unless taken
    Problems problems;
  };
  [[nodiscard]] Loaded<PasswordTable> load_passwords() const;
  [[nodiscard]] Loaded<GroupTable> load_groups() const;
  template <class Table>
  [[nodiscard]] Loaded<Table> load_settled(std::string_view option, const std::string& path,
                                           Loaded<Table> (AccountStore::*load)() const) const;
  template <class Table>
  [[nodiscard]] Milliseconds refresh_one(FileWatch& watch, const std::string& path,
                                         Loaded<Table> (AccountStore::*load)() const);
  template <class Table>
  [[nodiscard]] std::string refusal(const Loaded<Table>& loaded) const;
  template <class Table>
  void report(const std::string& path, const Loaded<Table>& loaded) const;
  /// Makes it serve. What is returned tells whose answers differ now.
  using Changes = std::function<std::optional<std::vector<std::string>>()>;
  [[nodiscard]] Changes publish(const std::shared_ptr<const PasswordTable>& passwords);
  [[nodiscard]] Changes publish(const std::shared_ptr<const GroupTable>& groups);
  void swap(std::shared_ptr<const Accounts> accounts);
  /// How long the file has been as it is, by its own times; negative if they lie in the future.
  [[nodiscard]] Milliseconds age_of(const FileVersion& version) const;
  void announce(const Changes& changes) const noexcept;
  /// The same in every process that serves from these versions.
  [[nodiscard]] std::string state_name() const;
  void complain(const std::string& path, const std::string& problem) const;

  plugin::Host host_;
  Settings settings_;
  Pause pause_;
  std::optional<FileWatch> file_watch_;
  std::optional<FileWatch> groups_watch_;
  std::shared_ptr<const Accounts> retired_;  // kept for a moment, so that no caller has to free a large table
  mutable std::mutex mutex_;                 // guards the pointer only
  std::shared_ptr<const Accounts> current_;
};

}  // namespace gatehouse::htpasswd
