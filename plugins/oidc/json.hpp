// SPDX-License-Identifier: Apache-2.0
#pragma once
/// JSON from strangers, read once and then only looked at. A reader of our own: it takes less than the libraries do,
/// costs a fraction of them for each token, and no byte of a stranger meets code that was not written for strangers.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::oidc::json {

struct Content;
struct Node;

struct Limits {
  std::size_t size = 65536;   ///< bytes of text
  std::size_t depth = 8;      ///< objects and arrays within each other
  std::size_t values = 4096;  ///< members and elements, all together
};

/// A value of a Document, which must outlive it; or nothing, where a member was not there.
class Value {
 public:
  Value() = default;
  Value(const Node* node, const Node* nodes) noexcept : node_(node), nodes_(nodes) {}

  [[nodiscard]] bool present() const noexcept { return node_ != nullptr; }
  [[nodiscard]] bool is_object() const noexcept;
  [[nodiscard]] bool is_array() const noexcept;
  [[nodiscard]] std::optional<std::string_view> text() const noexcept;
  [[nodiscard]] std::optional<bool> boolean() const noexcept;
  [[nodiscard]] std::optional<double> number() const noexcept;  ///< whole or not, always finite

  [[nodiscard]] Value member(std::string_view name) const noexcept;  ///< nothing unless this is an object
  [[nodiscard]] bool has(std::string_view name) const noexcept { return member(name).present(); }
  [[nodiscard]] std::size_t size() const noexcept;  ///< of an array; otherwise 0
  [[nodiscard]] Value at(std::size_t index) const noexcept;
  /// An array of texts, all of it; nullopt if it is anything else.
  [[nodiscard]] std::optional<std::vector<std::string_view>> texts() const;

 private:
  const Node* node_ = nullptr;
  const Node* nodes_ = nullptr;  ///< of the document
};

/// An object that was parsed.
class Document {
 public:
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();
  [[nodiscard]] Value root() const noexcept;

 private:
  explicit Document(std::unique_ptr<Content> content) noexcept;
  std::unique_ptr<Content> content_;
  friend std::optional<Document> parse_object(std::string_view text, const Limits& limits);
};

/// One object and nothing after it (RFC 8259): UTF-8 without a mark at its begin, no name twice in an object, no NUL in
/// a text, whole numbers within 64 bits. nullopt for anything else and for what is over a limit.
[[nodiscard]] std::optional<Document> parse_object(std::string_view text, const Limits& limits);

/// The text as it stands between quotes in JSON, with them. `text` must be UTF-8.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace gatehouse::oidc::json
