// SPDX-License-Identifier: Apache-2.0
#include "access_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace gatehouse::proxy {

namespace {

constexpr std::size_t max_target = 2048;
constexpr std::size_t max_other = 512;
constexpr std::string_view to_stderr = "stderr";
constexpr int open_flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

/// Printable ASCII stays, but quotes, backslashes and, where a word must stay one, spaces.
void add_escaped(std::string& out, std::string_view text, std::size_t limit, bool spaces) {
  static constexpr std::string_view hex = "0123456789abcdef";
  if (text.empty()) {
    out.push_back('-');
    return;
  }
  const bool cut = text.size() > limit;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte > 0x20 && byte < 0x7f && c != '"' && c != '\\';
    if (plain || (c == ' ' && spaces)) {
      out.push_back(c);
    } else {
      out.append("\\x").append({hex[byte >> 4], hex[byte & 15]});
    }
  }
  if (cut) out.append("...");
}

void add_time(std::string& out, std::chrono::system_clock::time_point now) {
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return;
  std::array<char, 48> text{};
  const int size = std::snprintf(text.data(), text.size(), "%02d/%s/%04d:%02d:%02d:%02d +0000", parts.tm_mday,
                                 months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                                 parts.tm_min, parts.tm_sec);
  out.append(text.data(), static_cast<std::size_t>(size));
}

Error cannot_open(const std::string& target, const std::string& why) {
  return Error{"[proxy] access_log " + target + ": cannot be opened: " + why};
}

}  // namespace

Result<std::shared_ptr<const AccessLog>> AccessLog::open(const std::string& target, bool with_query) {
  if (target == to_stderr) {
    auto output = system::Output::of(STDERR_FILENO);
    if (!output) return cannot_open(target, output.error().message);
    return std::shared_ptr<const AccessLog>(new AccessLog(target, *std::move(output), with_query));
  }
  const int file = ::open(target.c_str(), open_flags, 0640);
  if (file < 0) return cannot_open(target, std::strerror(errno));
  return std::shared_ptr<const AccessLog>(new AccessLog(target, std::make_unique<system::Output>(file), with_query));
}

Result<void> AccessLog::check(const std::string& target) {
  if (target.empty() || target == to_stderr || ::access(target.c_str(), W_OK) == 0) return {};
  if (errno == ENOENT) {
    const auto slash = target.rfind('/');
    const auto folder = slash == std::string::npos ? std::string(".") : target.substr(0, slash + 1);
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  }
  return cannot_open(target, std::strerror(errno));
}

bool AccessLog::reopen() const noexcept {
  if (target_ == to_stderr) return true;
  const int file = ::open(target_.c_str(), open_flags, 0640);
  if (file < 0) return false;
  return output_->take(file);
}

void AccessLog::add(std::string& out, const AccessEntry& entry, std::chrono::system_clock::time_point now) const {
  const auto query = with_query_ ? std::string_view::npos : entry.target.find('?');
  add_escaped(out, entry.client, max_other, false);
  out.append(" - ");
  add_escaped(out, entry.user, max_other, false);
  out.append(" [");
  add_time(out, now);
  out.append("] \"");
  if (!entry.method.empty()) {
    add_escaped(out, entry.method, max_other, false);
    out.push_back(' ');
    add_escaped(out, entry.target.substr(0, query), max_target, false);
    if (query != std::string_view::npos) out.append("?...");
    out.append(entry.minor == 0 ? " HTTP/1.0" : " HTTP/1.1");
  } else {
    out.push_back('-');
  }
  out.append("\" ").append(std::to_string(entry.status)).append(" ").append(std::to_string(entry.bytes));
  out.append(" \"-\" \"");
  add_escaped(out, entry.agent, max_other, true);
  std::array<char, 32> seconds{};
  const auto micro = std::chrono::duration_cast<std::chrono::microseconds>(entry.time).count();
  const int size = std::snprintf(seconds.data(), seconds.size(), "\" %lld.%06lld ",
                                 static_cast<long long>(micro / 1'000'000), static_cast<long long>(micro % 1'000'000));
  out.append(seconds.data(), static_cast<std::size_t>(size));
  add_escaped(out, entry.request, max_other, false);
  out.push_back('\n');
}

bool AccessLog::write(std::string_view lines) const noexcept {
  return output_->write(lines);
}

}  // namespace gatehouse::proxy
