// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace gatehouse::cli {
namespace {

std::string errno_text() {
  return std::error_code(errno, std::generic_category()).message();
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

volatile std::sig_atomic_t caught_signal = 0;  // the only thing that a signal handler may write
extern "C" void note_signal(int number) {
  caught_signal = number;
}

/// While it lives, signals that would end or stop the process only interrupt wait(): echo must come back first.
class HeldSignals {
 public:
  HeldSignals() {
    caught_signal = 0;
    sigset_t held;
    sigemptyset(&held);
    for (const int number : numbers) sigaddset(&held, number);
    pthread_sigmask(SIG_BLOCK, &held, &mask_);
    struct sigaction note = {};
    note.sa_handler = note_signal;  // without SA_RESTART
    sigemptyset(&note.sa_mask);
    for (std::size_t i = 0; i < numbers.size(); ++i) sigaction(numbers[i], &note, &before_[i]);
  }
  ~HeldSignals() {
    for (std::size_t i = 0; i < numbers.size(); ++i) sigaction(numbers[i], &before_[i], nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    if (caught_signal != 0) static_cast<void>(raise(caught_signal));
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// False if a signal came, also one that came before the call.
  [[nodiscard]] bool wait(int fd) const {
    pollfd readable{fd, POLLIN, 0};
    return ppoll(&readable, 1, nullptr, &mask_) == 1;
  }

 private:
  static constexpr std::array<int, 7> numbers = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
  std::array<struct sigaction, numbers.size()> before_{};
  sigset_t mask_{};
};

class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd) {
    if (tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    changed_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~NoEcho() {
    if (!changed_) return;
    while (tcsetattr(fd_, TCSAFLUSH, &before_) != 0 && errno == EINTR) {
    }
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  [[nodiscard]] bool works() const noexcept { return changed_; }

 private:
  int fd_;
  bool changed_ = false;
  termios before_{};
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

bool is_hidden(std::string_view character) {
  return character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9" || character == "\xEF\xBB\xBF" ||
         (character >= "\xE2\x80\x8B" && character <= "\xE2\x80\x8F") ||
         (character >= "\xE2\x80\xAA" && character <= "\xE2\x80\xAE") ||
         (character >= "\xE2\x81\xA0" && character <= "\xE2\x81\xAF") ||
         (character >= "\xC2\x80" && character <= "\xC2\x9F" && character.size() == 2);
}

/// Bytes of the UTF-8 character that `text` begins with; 0 if it begins with none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t size = byte(0) < 0x80   ? 1
                           : byte(0) < 0xC2 ? 0
                           : byte(0) < 0xE0 ? 2
                           : byte(0) < 0xF0 ? 3
                           : byte(0) < 0xF5 ? 4
                                            : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  return size;
}

}  // namespace

bool colours(int fd) {
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe)
  return isatty(fd) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

std::string paint(std::string_view text, Colour colour, bool wanted) {
  if (!wanted || colour == Colour::none) return std::string(text);
  const char* code = "1";
  if (colour == Colour::green) code = "32";
  if (colour == Colour::yellow) code = "33";
  if (colour == Colour::red) code = "31";
  return "\x1B[" + std::string(code) + "m" + std::string(text) + "\x1B[0m";
}

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, size == 0 ? 1 : size);
    const auto first = static_cast<unsigned char>(character[0]);
    if (size == 0 || first < 0x20 || first == 0x7F || is_hidden(character)) {
      for (const char c : character) {
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
      }
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

namespace {

/// `signals` may be null.
Result<Secret> read_line(int fd, const HeldSignals* signals) {
  Secret secret;
  bool any = false;
  for (;;) {
    char c = 0;
    // One byte a call: what follows the line belongs to somebody else, and no buffer is left behind.
    const ssize_t got = signals == nullptr || signals->wait(fd) ? read(fd, &c, 1) : -1;
    if (got < 0) return Error{"the password cannot be read: " + errno_text()};
    if (got == 0 && !any) return Error{"no password was given"};
    any = true;
    if (got == 0 || c == '\n') break;
    if (!secret.add(c)) break;
  }
  if (!secret.view().empty() && secret.view().back() == '\r') secret.drop_last();
  if (secret.view().size() > max_password_size) {
    return Error{std::string(password_too_long)};
  }
  return secret;
}

}  // namespace

Result<Secret> read_password_line(int fd) {
  return read_line(fd, nullptr);
}

Result<Secret> ask_password(const std::string& question) {
  const Descriptor terminal(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (terminal.get() < 0) {
    return Error{"there is no terminal to ask for the password; use -i and give it on standard input"};
  }
  const HeldSignals held;
  const NoEcho quiet(terminal.get());
  if (!quiet.works()) return Error{"the terminal cannot hide a password; use -i and give it on standard input"};
  write_all(terminal.get(), question);
  auto secret = read_line(terminal.get(), &held);
  write_all(terminal.get(), "\n");
  return secret;
}

}  // namespace gatehouse::cli
