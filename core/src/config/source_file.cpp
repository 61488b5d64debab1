// SPDX-License-Identifier: Apache-2.0
#include "config/source_file.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "config/value_text.hpp"
#include "config/words.hpp"

namespace gatehouse::config {
namespace {

/// Longer than a string can hold in itself, so that the bytes are in one place, on the heap.
constexpr std::size_t smallest_block = 64;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

Error failed(const std::string& path, int number) {
  return Error{printable(path) + ": " + std::system_category().message(number)};
}

}  // namespace

Result<std::string> read_regular_file(const std::string& path, std::size_t limit) {
  if (path.empty() || path.find('\0') != std::string::npos)
    return Error{in_quotes(path) + " is not the path of a file"};
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return failed(path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed(path, errno);
  if (S_ISDIR(status.st_mode)) return Error{printable(path) + ": is a folder; name a file"};
  if (!S_ISREG(status.st_mode)) return Error{printable(path) + ": is not a regular file"};

  const auto too_large = [&] {
    return Error{printable(path) + ": is larger than " + written(OptionType::size, static_cast<std::int64_t>(limit))};
  };
  const auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (size > limit) return too_large();
  // Files of /proc and /sys say 0 whatever they hold: there is room for as much as is allowed.
  std::string text(std::max(size == 0 ? limit + 1 : size + 1, smallest_block), '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int number = errno;
      ::explicit_bzero(text.data(), text.size());
      return failed(path, number);
    }
    used += static_cast<std::size_t>(count);
  }
  if (used > limit || (size != 0 && used > size)) {
    ::explicit_bzero(text.data(), text.size());
    if (used > limit) return too_large();
    return Error{printable(path) + ": grew while it was read; try again"};
  }
  text.resize(used);
  return text;
}

}  // namespace gatehouse::config
