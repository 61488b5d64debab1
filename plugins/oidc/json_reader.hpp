// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The reader of RFC 8259 behind json.hpp: one pass, no allocation for each value, no step back.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"

namespace gatehouse::oidc::json {

enum class Kind : std::uint8_t { null, yes, no, number, text, array, object };

/// A value. The members of an object and the elements of an array stand one after the other among the nodes.
struct Node {
  std::string_view name{};  ///< of a member
  std::string_view text{};
  double number = 0;
  std::uint32_t first = 0;  ///< the place of the first child
  std::uint32_t count = 0;  ///< of children
  Kind kind = Kind::null;
};

/// What a document consists of. Wiped when it goes: a key set may hold a secret.
struct Content {
  explicit Content(std::string_view from) : text(from) {}
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content();

  std::string text;         ///< as it came, with escapes undone where they stood: names and texts point into it
  std::vector<Node> nodes;  ///< the root comes last
};

class Reader {
 public:
  Reader(Content& content, const Limits& limits) noexcept;
  /// False if the text is anything else than one object, or over a limit; then the content means nothing.
  [[nodiscard]] bool read_object();

 private:
  [[nodiscard]] bool read_value(std::size_t depth, Node& node);
  [[nodiscard]] bool read_members(std::size_t depth, Node& node);
  [[nodiscard]] bool read_elements(std::size_t depth, Node& node);
  [[nodiscard]] bool read_text(std::string_view& text) noexcept;
  [[nodiscard]] bool read_escape(char*& write) noexcept;
  [[nodiscard]] bool read_unit(unsigned& unit) noexcept;
  [[nodiscard]] bool read_number(Node& node) noexcept;
  [[nodiscard]] bool read_word(std::string_view word) noexcept;
  [[nodiscard]] bool enter(std::size_t depth) noexcept;
  [[nodiscard]] bool one_more() noexcept;
  void close(std::size_t mark, Node& node);
  void skip_space() noexcept;
  [[nodiscard]] bool skip(char c) noexcept;
  [[nodiscard]] std::size_t skip_digits() noexcept;

  Content& content_;
  const Limits& limits_;
  char* at_;
  char* end_;
  std::size_t values_ = 0;
  std::vector<Node> open_;  ///< children of what is not closed yet
};

}  // namespace gatehouse::oidc::json
