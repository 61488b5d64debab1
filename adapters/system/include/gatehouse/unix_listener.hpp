// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A listening unix socket and its file.
#include <sys/types.h>

#include <string>

#include <gatehouse/result.hpp>

namespace gatehouse::system {

class UnixListener {
 public:
  /// The file gets `mode`, whatever the umask, and never grants more, not for a moment. A socket that nobody listens
  /// behind, as a killed process leaves it, is replaced; anything else at `path` is not.
  [[nodiscard]] static Result<UnixListener> open(const std::string& path, mode_t mode, int backlog);

  UnixListener() noexcept = default;
  UnixListener(UnixListener&& other) noexcept;
  UnixListener& operator=(UnixListener&& other) noexcept;
  /// Removes the file, then closes.
  ~UnixListener();

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// Whoever calls it closes the descriptor, after remove().
  [[nodiscard]] int release() noexcept;

  /// Removes the file, if it is still the one that was made. While the socket listens nobody can take its path over, so
  /// this comes before it is closed: what stands there afterwards is a successor's.
  void remove() noexcept;

 private:
  int fd_ = -1;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace gatehouse::system
