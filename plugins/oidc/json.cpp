// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "json_reader.hpp"

namespace gatehouse::oidc::json {

bool Value::is_object() const noexcept {
  return node_ != nullptr && node_->kind == Kind::object;
}

bool Value::is_array() const noexcept {
  return node_ != nullptr && node_->kind == Kind::array;
}

std::optional<std::string_view> Value::text() const noexcept {
  if (node_ == nullptr || node_->kind != Kind::text) return std::nullopt;
  return node_->text;
}

std::optional<bool> Value::boolean() const noexcept {
  if (node_ == nullptr || (node_->kind != Kind::yes && node_->kind != Kind::no)) return std::nullopt;
  return node_->kind == Kind::yes;
}

std::optional<double> Value::number() const noexcept {
  if (node_ == nullptr || node_->kind != Kind::number) return std::nullopt;
  return node_->number;
}

Value Value::member(std::string_view name) const noexcept {
  if (!is_object()) return {};
  const Node* const end = nodes_ + node_->first + node_->count;
  const Node* const found =
      std::find_if(nodes_ + node_->first, end, [&](const Node& child) { return child.name == name; });
  return found == end ? Value() : Value(found, nodes_);
}

std::size_t Value::size() const noexcept {
  return is_array() ? node_->count : 0;
}

Value Value::at(std::size_t index) const noexcept {
  return index < size() ? Value(nodes_ + node_->first + index, nodes_) : Value();
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

Content::~Content() {
  OPENSSL_cleanse(text.data(), text.size());
}

Document::Document(std::unique_ptr<Content> content) noexcept : content_(std::move(content)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const noexcept {
  return Value(&content_->nodes.back(), content_->nodes.data());
}

std::optional<Document> parse_object(std::string_view text, const Limits& limits) {
  if (text.empty() || text.size() > limits.size) return std::nullopt;
  auto content = std::make_unique<Content>(text);
  if (!Reader(*content, limits).read_object()) return std::nullopt;
  return Document(std::move(content));
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
