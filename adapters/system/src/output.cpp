// SPDX-License-Identifier: Apache-2.0
#include "gatehouse/output.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace gatehouse::system {
namespace {

/// What a pipe takes as a whole or not at all.
constexpr std::size_t largest_piece = PIPE_BUF;

/// As many whole lines as fit; of a line that does not fit, a part.
std::string_view first_piece(std::string_view lines) noexcept {
  if (lines.size() <= largest_piece) return lines;
  const auto end = lines.substr(0, largest_piece).rfind('\n');
  return lines.substr(0, end == std::string_view::npos ? largest_piece : end + 1);
}

}  // namespace

Result<std::unique_ptr<Output>> Output::of(int fd) {
  struct stat about {};
  const bool known = ::fstat(fd, &about) == 0;
  int own = -1;
  auto way = Way::write;
  if (known && (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode))) {
    // Not a duplicate: that would share its flags with whoever gave us the descriptor.
    own = ::open(("/proc/self/fd/" + std::to_string(fd)).c_str(),
                 O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own < 0) way = Way::poll;
  } else if (known && S_ISSOCK(about.st_mode)) {
    way = Way::send;
  }
  if (own < 0) own = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return Error{std::error_code(errno, std::generic_category()).message()};
  return std::unique_ptr<Output>(new Output(own, way));
}

Output::~Output() {
  ::close(fd_);
}

bool Output::take(int fd) noexcept {
  // Under the same number: who is writing needs not know.
  const bool done = ::dup3(fd, fd_, O_CLOEXEC) == fd_;
  ::close(fd);
  return done;
}

bool Output::put(std::string_view piece) noexcept {
  bool begun = false;
  while (!piece.empty()) {
    if (way_ == Way::poll) {
      pollfd ready{fd_, POLLOUT, 0};
      if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) break;
    }
    const auto size = way_ == Way::send ? ::send(fd_, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                        : ::write(fd_, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    begun = true;
    piece.remove_prefix(static_cast<std::size_t>(size));
  }
  if (begun && !piece.empty()) cut_ = true;
  return piece.empty();
}

bool Output::write(std::string_view lines) noexcept {
  if (cut_.exchange(false) && !put("\n")) cut_ = true;
  if (cut_) return false;
  while (!lines.empty()) {
    const auto piece = first_piece(lines);
    if (!put(piece)) return false;
    if (!piece.ends_with('\n') && piece.size() < lines.size()) {
      // The rest of a long line, without which its beginning would run into the next.
      const auto rest = lines.substr(piece.size(), lines.find('\n', piece.size()) - piece.size() + 1);
      if (!put(rest)) {
        cut_ = true;
        return false;
      }
      lines.remove_prefix(rest.size());
    }
    lines.remove_prefix(piece.size());
  }
  return true;
}

}  // namespace gatehouse::system
