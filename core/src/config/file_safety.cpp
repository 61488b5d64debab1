// SPDX-License-Identifier: Apache-2.0
#include "config/file_safety.hpp"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "config/file_access.hpp"
#include "config/source_file.hpp"
#include "config/words.hpp"

namespace gatehouse::config {
namespace {

constexpr std::size_t largest_secret = std::size_t{64} * 1024;

/// Follows a path as the kernel does, one name at a time, and checks every folder, symlink and file it comes through.
class PathWalk {
 public:
  explicit PathWalk(std::optional<uid_t> also) : also_(also) {}
  Result<void> follow(const std::string& path) {
    push_names(path);
    if (!path.starts_with('/')) {
      std::array<char, PATH_MAX> here{};
      if (::getcwd(here.data(), here.size()) == nullptr) return fault(".", std::system_category().message(errno));
      push_names(here.data());
    }
    if (auto root = check_entry("/"); !root) return root;
    while (!ahead_.empty()) {
      const std::string name = std::move(ahead_.back());
      ahead_.pop_back();
      if (auto step = take(name); !step) return step;
    }
    return {};
  }

 private:
  static constexpr int most_links = 40;
  static constexpr std::size_t most_names = 4096;

  static Error fault(const std::string& path, std::string_view what) {
    return Error{printable(path) + ": " + std::string(what)};
  }

  /// Puts the names of `path` before those that are still ahead.
  void push_names(std::string_view path) {
    std::vector<std::string> names;
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('/'), path.size());
      if (end > 0) names.emplace_back(path.substr(0, end));
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    ahead_.insert(ahead_.end(), std::make_move_iterator(names.rbegin()), std::make_move_iterator(names.rend()));
  }

  Result<void> take(const std::string& name) {
    if (name == ".") return {};
    if (name == "..") {  // what is behind holds no symlink: its parent is its name without the last part
      reached_.erase(std::min(reached_.rfind('/'), reached_.size()));
      return {};
    }
    const std::string entry = reached_ + '/' + name;
    struct stat status {};
    if (::lstat(entry.c_str(), &status) != 0) return fault(entry, std::system_category().message(errno));
    if (!S_ISLNK(status.st_mode)) {
      reached_ = entry;
      return check(entry, status);
    }
    if (auto owner = check_owner(entry, status); !owner) return owner;
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(entry.c_str(), target.data(), target.size());
    if (size <= 0) return fault(entry, "cannot be followed");
    const std::string_view leads_to(target.data(), static_cast<std::size_t>(size));
    if (++links_ > most_links || ahead_.size() > most_names || leads_to.size() == target.size()) {
      return fault(entry, "leads through too many symlinks");
    }
    if (leads_to.front() == '/') reached_.clear();
    push_names(leads_to);
    return {};
  }

  Result<void> check_entry(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return fault(path, std::system_category().message(errno));
    return check(path, status);
  }

  Result<void> check(const std::string& path, const struct stat& status) {
    if (auto owner = check_owner(path, status); !owner) return owner;
    // In a sticky folder only an entry's owner, and the folder's, can replace it; both are checked.
    if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0) return {};
    const Stranger stranger = find_stranger(path, status, Right::write);
    if (stranger.who.empty()) return {};
    return fault(path, "can be changed by " + stranger.who + "; run: " + stranger.mend);
  }

  [[nodiscard]] Result<void> check_owner(const std::string& path, const struct stat& status) const {
    const uid_t self = ::geteuid();
    if (status.st_uid == 0 || status.st_uid == self || status.st_uid == also_) return {};
    std::string trusted = self == 0 ? "root" : "root or user " + std::to_string(self);
    if (also_ && *also_ != 0) trusted += " or user " + std::to_string(*also_);
    return fault(path, "belongs to user " + std::to_string(status.st_uid) + ", not to " + trusted + "; run: chown " +
                           (S_ISLNK(status.st_mode) ? "-h root " : "root ") + shell_word(path));
  }

  std::optional<uid_t> also_;
  std::vector<std::string> ahead_;  ///< the next name last
  std::string reached_;             ///< without symlinks; empty: the root
  int links_ = 0;
};

}  // namespace

Result<void> check_trusted_path(const std::string& path, std::optional<uid_t> also) {
  if (path.empty() || path.find('\0') != std::string::npos || path.size() >= PATH_MAX) {
    return Error{in_quotes(path) + " is not the path of a file"};
  }
  return PathWalk(also).follow(path);
}

Result<std::string> read_secret_file(const std::string& path) {
  if (auto trusted = check_trusted_path(path); !trusted) return trusted.error();
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return Error{printable(path) + ": " + std::system_category().message(errno)};
  }
  if (const Stranger stranger = find_stranger(path, status, Right::read); !stranger.who.empty()) {
    return Error{printable(path) + ": holds a secret that can be read by " + stranger.who + "; run: " + stranger.mend};
  }
  auto secret = read_regular_file(path, largest_secret);
  if (!secret) return secret;
  const auto refuse = [&](std::string_view what) {
    ::explicit_bzero(secret->data(), secret->size());
    return Error{printable(path) + ": " + std::string(what)};
  };
  if (secret->find('\0') != std::string::npos) return refuse("holds a NUL byte; a secret is text");
  std::size_t size = secret->size();
  if (secret->ends_with('\n')) size -= secret->ends_with("\r\n") ? 2U : 1U;
  if (size == 0) return refuse("is empty; a secret was expected in it");
  secret->resize(size);
  return secret;
}

}  // namespace gatehouse::config
