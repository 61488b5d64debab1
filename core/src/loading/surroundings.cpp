// SPDX-License-Identifier: Apache-2.0
#include "loading/surroundings.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <clocale>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace gatehouse::detail {
namespace {

std::ptrdiff_t entries(const char* folder) {
  std::error_code failed;
  const std::filesystem::directory_iterator all(folder, failed);
  return failed ? 0 : std::distance(begin(all), end(all));
}

bool holds(const std::vector<unsigned char>& block, std::size_t size, const std::string& flipped, unsigned char flip) {
  const auto end = block.begin() + static_cast<std::ptrdiff_t>(size);
  const auto same = [flip](unsigned char byte, char wanted) {
    return static_cast<unsigned char>(byte ^ flip) == static_cast<unsigned char>(wanted);
  };
  return std::search(block.begin(), end, flipped.begin(), flipped.end(), same) != end;
}

/// Reads one mapping through /proc/self/mem: what cannot be read is skipped, and no sanitizer minds.
bool holds(int memory, std::uint64_t from, std::uint64_t to, const std::string& flipped, unsigned char flip) {
  constexpr std::size_t step = std::size_t{1} << 20;
  std::vector<unsigned char> block(step + flipped.size());
  for (std::uint64_t at = from; at < to; at += step) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(to - at, block.size()));
    const ssize_t got = ::pread(memory, block.data(), wanted, static_cast<off_t>(at));
    if (got > 0 && holds(block, static_cast<std::size_t>(got), flipped, flip)) return true;
  }
  return false;
}

using Range = std::pair<std::uint64_t, std::uint64_t>;

/// Of a line "FROM-TO rw.. ..."; nullopt unless what is there can be read and written.
std::optional<Range> writable_range(std::string_view line) {
  Range range;
  const char* const end = line.data() + line.size();
  const auto from = std::from_chars(line.data(), end, range.first, 16);
  if (from.ec != std::errc() || from.ptr == end || *from.ptr != '-') return std::nullopt;
  const auto to = std::from_chars(from.ptr + 1, end, range.second, 16);
  if (to.ec != std::errc() || end - to.ptr < 3 || to.ptr[1] != 'r' || to.ptr[2] != 'w') return std::nullopt;
  return range;
}

}  // namespace

std::ptrdiff_t thread_count() {
  return entries("/proc/self/task");
}

Surroundings Surroundings::look() {
  Surroundings now;
  std::error_code failed;
  now.folder = std::filesystem::current_path(failed).string();
  if (const char* locale = std::setlocale(LC_ALL, nullptr); locale != nullptr) now.locale = locale;
  now.mask = ::umask(0);
  ::umask(now.mask);
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    now.environment.emplace_back(*variable);
  }
  for (int number = 1; number < 32; ++number) {
    struct sigaction action {};
    ::sigaction(number, nullptr, &action);
    now.handlers[static_cast<std::size_t>(number)] = action.sa_handler;
  }
  ::pthread_sigmask(SIG_SETMASK, nullptr, &now.blocked);
  now.descriptors = entries("/proc/self/fd");
  now.threads = thread_count();
  now.has_children = ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD;
  return now;
}

std::optional<std::string> Surroundings::settings_changed(const Surroundings& now) const {
  if (now.folder != folder) return "the working directory is another one";
  if (now.locale != locale) return "the locale is another one: " + now.locale;
  if (now.mask != mask) return "the umask is another one";
  if (now.environment != environment) return "the environment is another one";
  for (int number = 1; number < 32; ++number) {
    const auto index = static_cast<std::size_t>(number);
    if (now.handlers[index] != handlers[index])
      return "signal " + std::to_string(number) + " is handled in another way";
    if (::sigismember(&now.blocked, number) != ::sigismember(&blocked, number)) {
      return "signal " + std::to_string(number) + " is blocked, or no longer";
    }
  }
  if (now.has_children && !has_children) return "there is a child process";
  return std::nullopt;
}

std::optional<std::string> Surroundings::left_behind(const Surroundings& now) const {
  if (now.threads > threads) return std::to_string(now.threads - threads) + " more threads than before";
  if (now.descriptors > descriptors) {
    return std::to_string(now.descriptors - descriptors) + " more open descriptors than before";
  }
  if (now.descriptors < descriptors) return "a descriptor that it did not open is closed";
  return std::nullopt;
}

bool stands_in_memory(const std::string& flipped, unsigned char flip) {
  constexpr std::uint64_t largest = std::uint64_t{256} << 20;  // what is larger is a sanitizer's own
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (memory < 0) return false;
  std::vector<Range> mappings;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (const auto range = writable_range(line); range && range->second - range->first <= largest) {
      mappings.push_back(*range);
    }
  }
  const bool found = std::any_of(mappings.begin(), mappings.end(), [&](const auto& mapping) {
    return holds(memory, mapping.first, mapping.second, flipped, flip);
  });
  ::close(memory);
  return found;
}

}  // namespace gatehouse::detail
