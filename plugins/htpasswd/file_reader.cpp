// SPDX-License-Identifier: Apache-2.0
#include "file_reader.hpp"

#include <fcntl.h>
#include <string.h>  // explicit_bzero
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace gatehouse::htpasswd {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

class File {
 public:
  /// O_NONBLOCK: a FIFO in the file's place must not stop us.
  explicit File(const std::string& path) noexcept
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

/// Hashes pass through it, and passwords where {PLAIN} is allowed.
class Piece {
 public:
  Piece() : bytes_(kPiece) {}
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  ~Piece() { ::explicit_bzero(bytes_.data(), bytes_.size()); }
  [[nodiscard]] char* data() noexcept { return bytes_.data(); }

 private:
  std::vector<char> bytes_;
};

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_nsec};
}

FileVersion version_of(const struct stat& s) noexcept {
  return {s.st_dev, s.st_ino, static_cast<std::uint64_t>(s.st_size), nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
}

std::string why(const char* what, int error) {
  return std::string(what) + ": " + std::generic_category().message(error);
}

}  // namespace

Look look_at(const std::string& path) noexcept {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return {errno, {}};
  return {0, version_of(s)};
}

Reading read_file(const std::string& path, std::uint64_t limit, const std::function<void(std::size_t)>& begin,
                  const std::function<void(std::string_view)>& take) {
  using Outcome = Reading::Outcome;
  const File file(path);
  if (file.fd() < 0) return {Outcome::failed, why("cannot be opened", errno)};
  struct stat before {};
  if (::fstat(file.fd(), &before) != 0) return {Outcome::failed, why("cannot be examined", errno)};
  const FileVersion version = version_of(before);
  if (!S_ISREG(before.st_mode)) return {Outcome::refused, "is not a regular file", version};
  if ((before.st_mode & S_IWOTH) != 0) {
    return {Outcome::refused, "is writable by everybody; use: chmod o-w", version};
  }
  if (version.size > limit) {
    return {Outcome::refused,
            "has " + std::to_string(version.size) + " bytes, and max_size is " + std::to_string(limit), version};
  }

  begin(static_cast<std::size_t>(version.size));
  Piece piece;
  std::uint64_t total = 0;
  while (total <= version.size) {
    const ssize_t got = ::read(file.fd(), piece.data(), kPiece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {Outcome::failed, why("cannot be read", errno), version};
    if (got == 0) break;
    total += static_cast<std::uint64_t>(got);
    if (total > version.size) break;  // it grew
    take({piece.data(), static_cast<std::size_t>(got)});
  }

  struct stat after {};
  if (::fstat(file.fd(), &after) != 0) return {Outcome::failed, why("cannot be examined", errno)};
  const Look named = look_at(path);
  if (total != version.size || version_of(after) != version || named.error != 0 || named.version != version) {
    return {Outcome::moved, {}, version};
  }
  return {Outcome::taken, {}, version, (before.st_mode & S_IWGRP) != 0};
}

}  // namespace gatehouse::htpasswd
