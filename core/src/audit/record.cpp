// SPDX-License-Identifier: Apache-2.0
#include "audit/record.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "text/visible.hpp"

namespace gatehouse::detail {
namespace {

/// How much of each text is written. Together they leave a line shorter than what a pipe takes at once.
constexpr std::size_t max_name = 400;
constexpr std::size_t max_text = 300;
constexpr std::size_t max_word = 150;

void append_misleading(std::string& out, std::string_view bytes) {
  // All of them are below U+10000, and well-formed.
  unsigned value = 0;
  if (bytes.size() == 1) {
    value = static_cast<unsigned char>(bytes[0]);
  } else {
    value = static_cast<unsigned char>(bytes[0]) & (bytes.size() == 2 ? 0x1FU : 0x0FU);
    for (const char c : bytes.substr(1)) value = value << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  }
  out += "\\u";
  text::append_hex(out, static_cast<char>(value >> 8U));
  text::append_hex(out, static_cast<char>(value & 0xFFU));
}

/// A JSON string of at most about `limit` bytes.
void append_json(std::string& out, std::string_view text, std::size_t limit) {
  const std::size_t end = out.size() + limit;
  out += '"';
  while (!text.empty()) {
    if (out.size() >= end) {
      out += "...";
      break;
    }
    const text::Character next = text::first_character(text);
    switch (next.kind) {
      case text::Character::Kind::plain:
        if (next.bytes == "\"" || next.bytes == "\\") out += '\\';
        out += next.bytes;
        break;
      case text::Character::Kind::misleading:
        append_misleading(out, next.bytes);
        break;
      case text::Character::Kind::broken:
        out += "\\ufffd";
        break;
    }
    text.remove_prefix(next.bytes.size());
  }
  out += '"';
}

void append_name(std::string& out, std::string_view name) {
  if (!out.empty()) out += ',';
  out.append("\"").append(name).append("\":");
}

void append_text(std::string& out, std::string_view name, std::string_view text, std::size_t limit) {
  if (text.empty()) return;
  append_name(out, name);
  append_json(out, text, limit);
}

void append_number(std::string& out, std::string_view name, std::uint64_t number) {
  if (number == 0) return;
  append_name(out, name);
  out += std::to_string(number);
}

}  // namespace

std::string utc_text(WallTime time) {
  const std::int64_t ms = time.time_since_epoch().count();
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  std::array<char, 96> text{};
  if (ms < 0 || ::gmtime_r(&seconds, &parts) == nullptr) return "1970-01-01T00:00:00.000Z";
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                                 static_cast<int>(ms % 1000));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string audit_head(WallTime time, std::uint64_t number, std::int64_t process) {
  return "{\"time\":\"" + utc_text(time) + "\",\"seq\":" + std::to_string(number) +
         ",\"pid\":" + std::to_string(process) + ',';
}

std::string audit_body(const AuditRecord& record) {
  std::string out;
  append_text(out, "event", record.event, max_word);
  append_text(out, "realm", record.realm, max_word);
  append_text(out, "door", record.door, max_word);
  append_text(out, "credential", record.credential, max_word);
  append_text(out, "user", record.user, max_name);
  append_text(out, "user_hash", record.user_hash, max_word);
  append_text(out, "subject", record.subject, max_name);
  append_text(out, "source", record.source, max_word);
  append_text(out, "decision", record.decision, max_word);
  append_text(out, "reason", record.reason, max_word);
  append_text(out, "backend", record.backend, max_word);
  append_text(out, "detail", record.detail, max_text);
  if (record.cached) {
    append_name(out, "cached");
    out += "true";
  }
  append_number(out, "count", record.count);
  if (record.since_ms != 0)
    append_text(out, "since", utc_text(WallTime(std::chrono::milliseconds(record.since_ms))), 64);
  if (record.latency.count() >= 0) {
    append_name(out, "ms");
    const auto micro = static_cast<std::uint64_t>(record.latency.count());
    std::string fraction = std::to_string(micro % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    out.append(std::to_string(micro / 1000)).append(".").append(fraction);
  }
  append_number(out, "snapshot", record.snapshot);
  append_text(out, "request", record.request, max_word);
  return out + '}';
}

}  // namespace gatehouse::detail
