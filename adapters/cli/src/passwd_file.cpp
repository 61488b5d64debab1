// SPDX-License-Identifier: Apache-2.0
#include "passwd_file.hpp"

#include <fcntl.h>
#include <string.h>  // explicit_bzero
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::cli {
namespace {

constexpr off_t largest_file = 256 << 20;
constexpr std::chrono::milliseconds longest_wait = std::chrono::seconds(10);
constexpr std::chrono::milliseconds between_tries{10};
constexpr std::size_t largest_list = 64 * 1024;  // of an extended attribute
constexpr const char* access_list = "system.posix_acl_access";

Error problem(const std::string& what, const std::string& path) {
  return Error{what + " " + path + ": " + std::error_code(errno, std::generic_category()).message()};
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// Signals that end the process wait until this ends: no temporary file is left behind.
class SignalsWait {
 public:
  SignalsWait() {
    sigset_t ending;
    sigemptyset(&ending);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&ending, number);
    sigprocmask(SIG_BLOCK, &ending, &before_);
  }
  ~SignalsWait() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_{};
};

Result<FileText> read_all(int fd, off_t size, const std::string& path) {
  if (size > largest_file) return Error{path + " is larger than 256 MiB"};
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = read(fd, text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return problem("cannot read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return FileText(std::move(text));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// The name of a new file beside `name`, which nobody can foresee.
std::string beside(const std::string& name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz012345";
  std::array<unsigned char, 12> random{};
  static_cast<void>(!getrandom(random.data(), random.size(), 0));  // O_EXCL decides
  std::string result = "." + name.substr(0, 200) + ".";
  for (const unsigned char byte : random) result += letters[byte % letters.size()];
  return result;
}

/// Who may read the old file may read the new one. An access list is carried over where there is one.
bool keep_access(int fd, const struct stat& before, const std::string& path) {
  if (fchown(fd, before.st_uid, before.st_gid) != 0) {
    struct stat now {};
    if (fstat(fd, &now) != 0) return false;
    const bool same_owner = now.st_uid == before.st_uid;
    if (!same_owner || (now.st_gid != before.st_gid && fchown(fd, now.st_uid, before.st_gid) != 0)) return false;
  }
  // What the folder's default list gave the new file goes first: fchmod() would only widen its mask.
  if (fremovexattr(fd, access_list) != 0 && errno != ENODATA && errno != ENOTSUP) return false;
  if (fchmod(fd, before.st_mode & 07777U) != 0) return false;
  std::vector<char> list(largest_list);
  const ssize_t size = getxattr(path.c_str(), access_list, list.data(), list.size());
  if (size < 0) return errno == ENODATA || errno == ENOTSUP;
  return fsetxattr(fd, access_list, list.data(), static_cast<std::size_t>(size), 0) == 0;
}

/// What `path` leads to, through all links; it may be missing if `create`.
Result<std::filesystem::path> resolve(const std::string& path, bool create) {
  const std::filesystem::path given(path);
  // The kernel may forbid to follow a link that a stranger left in a folder for all; realpath() would not notice.
  struct stat target {};
  if (stat(path.c_str(), &target) != 0 && errno != ENOENT) return problem("cannot change", path);
  if (const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free); real) {
    return std::filesystem::path(real.get());
  }
  struct stat link {};
  if (errno == ENOENT && lstat(path.c_str(), &link) == 0) return Error{path + " is a link that leads nowhere"};
  if (errno != ENOENT || !create) {
    const Error error = problem("cannot change", path);
    return errno == ENOENT ? Error{error.message + "; -c makes a new file"} : error;
  }
  const std::string folder = given.has_parent_path() ? given.parent_path().string() : ".";
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(folder.c_str(), nullptr), &std::free);
  if (!real || given.filename().empty()) return problem("cannot make", path);
  return std::filesystem::path(real.get()) / given.filename();
}

}  // namespace

void FileText::wipe() noexcept {
  if (!text_.empty()) explicit_bzero(text_.data(), text_.size());
  text_.clear();
}

Result<PasswdContent> read_passwd_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat about {};
  if (file.get() < 0 || fstat(file.get(), &about) != 0) return problem("cannot read", path);
  if (!S_ISREG(about.st_mode)) return Error{path + " is not a regular file"};
  auto text = read_all(file.get(), about.st_size, path);
  if (!text) return text.error();
  return PasswdContent{*std::move(text), about.st_mode & 07777U};
}

struct PasswdFile::State {
  std::string path;  // for messages and for access lists
  std::string name;
  Descriptor folder;  // whose lock is the right to write
};

PasswdFile::PasswdFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
PasswdFile::PasswdFile(PasswdFile&&) noexcept = default;
PasswdFile& PasswdFile::operator=(PasswdFile&&) noexcept = default;
PasswdFile::~PasswdFile() = default;

void PasswdFile::sleep(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

Result<PasswdFile> PasswdFile::lock(const std::string& path, bool create, const Pause& pause) {
  auto real = resolve(path, create);
  if (!real) return real.error();
  auto state = std::make_unique<State>();
  state->path = real->string();
  state->name = real->filename().string();
  const std::string folder = real->parent_path().string();
  state->folder = Descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (state->folder.get() < 0) return problem("cannot open the folder", folder);
  // The file itself is no good as a lock: it is another one after each change.
  std::chrono::milliseconds waited{0};
  while (flock(state->folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return problem("cannot lock the folder", folder);
    if (waited >= longest_wait) {
      return Error{"another process holds the lock of " + folder + " for more than 10 seconds"};
    }
    pause(between_tries);
    waited += between_tries;
  }
  return PasswdFile(std::move(state));
}

Result<FileText> PasswdFile::read() const {
  struct stat about {};
  const Descriptor file(
      openat(state_->folder.get(), state_->name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) return FileText();
  if (file.get() < 0 || fstat(file.get(), &about) != 0) return problem("cannot read", state_->path);
  if (!S_ISREG(about.st_mode)) return Error{state_->path + " is not a regular file"};
  return read_all(file.get(), about.st_size, state_->path);
}

Result<void> PasswdFile::replace(std::string_view text) const {
  const SignalsWait whole;
  const int folder = state_->folder.get();
  struct stat before {};
  const bool exists = fstatat(folder, state_->name.c_str(), &before, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && !S_ISREG(before.st_mode)) return Error{state_->path + " is not a regular file"};
  // Apache's tool, which writes into the file, would not be able to either.
  if (exists && faccessat(folder, state_->name.c_str(), W_OK, AT_EACCESS) != 0) {
    return problem("cannot write", state_->path);
  }
  const std::string temporary = beside(state_->name);
  const Descriptor file(
      openat(folder, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, exists ? 0600 : 0640));
  if (file.get() < 0) return problem("cannot make a file beside", state_->path);
  const auto failed = [&](const std::string& what) {
    Error error = problem(what, state_->path);
    unlinkat(folder, temporary.c_str(), 0);
    return error;
  };
  if (!write_all(file.get(), text)) return failed("cannot write beside");
  if (exists && !keep_access(file.get(), before, state_->path)) return failed("cannot keep owner and mode of");
  if (fsync(file.get()) != 0) return failed("cannot write beside");
  if (renameat(folder, temporary.c_str(), folder, state_->name.c_str()) != 0) {
    const bool mounted = errno == EBUSY;
    Error error = failed("cannot replace");
    if (mounted) error.message += "; it is mounted by itself: mount its folder instead";
    return error;
  }
  if (fsync(folder) != 0 && errno != EINVAL) return problem("cannot make sure of", state_->path);
  return {};
}

}  // namespace gatehouse::cli
