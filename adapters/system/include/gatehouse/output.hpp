// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Standard error, or a file, as something that is written to without ever waiting for whoever reads it.
#include <atomic>
#include <memory>
#include <string_view>

#include <gatehouse/result.hpp>

namespace gatehouse::system {

class Output {
 public:
  /// The same file, pipe, terminal or socket as `fd`. What `fd` itself does, and all that share it, stays as it is.
  [[nodiscard]] static Result<std::unique_ptr<Output>> of(int fd);
  /// Takes `fd`, which is a regular file or does not block.
  explicit Output(int fd) noexcept : Output(fd, Way::write) {}
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// From now on writes to `fd`, which is taken, in the place of what it had. False: it goes on as before. Not for one
  /// made by of(). [any-thread]
  [[nodiscard]] bool take(int fd) noexcept;

  /// Writes whole lines. False: nobody takes them now, and some are lost. [any-thread]
  [[nodiscard]] bool write(std::string_view lines) noexcept;

 private:
  enum class Way { write, send, poll };
  Output(int fd, Way way) noexcept : fd_(fd), way_(way) {}
  [[nodiscard]] bool put(std::string_view piece) noexcept;

  int fd_;
  Way way_;
  std::atomic<bool> cut_{false};  ///< the last line was not written to its end
};

}  // namespace gatehouse::system
