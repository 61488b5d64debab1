// SPDX-License-Identifier: Apache-2.0
#include "file_content.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "wipe.hpp"

namespace gatehouse::oidc {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

Problem cannot_be_read(int error) {
  return {"it cannot be read: " + std::generic_category().message(error)};
}

Problem too_large(std::size_t longest) {
  return {"it is larger than " + std::to_string(longest) + " bytes"};
}

}  // namespace

Outcome<FileContent> read_small_file(const std::string& path, std::size_t longest) {
  // Not blocking: a named pipe would wait for a writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return cannot_be_read(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return cannot_be_read(errno);
  if (!S_ISREG(status.st_mode)) return Problem{"it is not a regular file"};
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Problem{"others than its owner may write it, and so let anybody in; run chmod go-w on it"};
  }
  if (status.st_size > static_cast<off_t>(longest)) return too_large(longest);
  // In one piece: it may be a secret, and a text that grows leaves copies behind.
  FileContent content{.text = std::string(longest + 1, '\0'), .mode = status.st_mode};
  std::size_t size = 0;
  while (size <= longest) {
    const ssize_t got = ::read(file.get(), content.text.data() + size, content.text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      wipe(content.text);
      return cannot_be_read(error);
    }
    if (got == 0) {
      content.text.resize(size);
      return content;
    }
    size += static_cast<std::size_t>(got);
  }
  wipe(content.text);
  return too_large(longest);
}

}  // namespace gatehouse::oidc
