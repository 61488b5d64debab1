// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include <jansson.h>

#include <cmath>

namespace gatehouse::oidc::json {
namespace {

/// Counts before anything is built. What is wrong in other ways is left to the parser.
bool within(std::string_view text, const Limits& limits) noexcept {
  if (text.size() > limits.size) return false;
  std::size_t depth = 0;
  std::size_t values = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limits.depth || ++values > limits.values) return false;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return false;
      --depth;
    } else if (c == ',') {
      if (++values > limits.values) return false;
    }
  }
  return depth == 0 && !in_string;
}

}  // namespace

bool Value::is_object() const noexcept {
  return json_is_object(held_);
}

bool Value::is_array() const noexcept {
  return json_is_array(held_);
}

std::optional<std::string_view> Value::text() const noexcept {
  if (!json_is_string(held_)) return std::nullopt;
  return std::string_view(json_string_value(held_), json_string_length(held_));
}

std::optional<bool> Value::boolean() const noexcept {
  if (!json_is_boolean(held_)) return std::nullopt;
  return json_is_true(held_);
}

std::optional<double> Value::number() const noexcept {
  if (!json_is_number(held_)) return std::nullopt;
  const double value = json_number_value(held_);
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

Value Value::member(std::string_view name) const noexcept {
  if (!is_object()) return {};
  return Value(json_object_getn(held_, name.data(), name.size()));
}

std::size_t Value::size() const noexcept {
  return is_array() ? json_array_size(held_) : 0;
}

Value Value::at(std::size_t index) const noexcept {
  return index < size() ? Value(json_array_get(held_, index)) : Value();
}

std::optional<std::vector<std::string_view>> Value::texts() const {
  if (!is_array()) return std::nullopt;
  std::vector<std::string_view> all;
  all.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const auto text = at(i).text();
    if (!text) return std::nullopt;
    all.push_back(*text);
  }
  return all;
}

void Document::Release::operator()(json_t* held) const noexcept {
  json_decref(held);
}

std::optional<Document> parse_object(std::string_view text, const Limits& limits) {
  if (text.empty() || !within(text, limits)) return std::nullopt;
  json_error_t ignored;
  Document document(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &ignored));
  if (!document.root().is_object()) return std::nullopt;
  return document;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace gatehouse::oidc::json
