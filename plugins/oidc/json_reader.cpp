// SPDX-License-Identifier: Apache-2.0
#include "json_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace gatehouse::oidc::json {
namespace {

constexpr std::size_t kUsualValues = 32;
constexpr std::size_t kFewMembers = 32;

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool is_plain(char c) noexcept {
  return kPlain[static_cast<unsigned char>(c)];
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool within(char c, unsigned low, unsigned high) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

/// Bytes of the character beyond ASCII that begins here (Unicode, table 3-7); 0 if none does.
std::size_t character_size(const char* at, const char* end) noexcept {
  const auto lead = static_cast<unsigned char>(*at);
  const std::size_t size = within(*at, 0xC2, 0xDF) ? 2 : within(*at, 0xE0, 0xEF) ? 3 : within(*at, 0xF0, 0xF4) ? 4 : 0;
  if (size == 0 || static_cast<std::size_t>(end - at) < size) return 0;
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (!within(at[1], low, high)) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!within(at[i], 0x80, 0xBF)) return 0;
  }
  return size;
}

void write_character(unsigned code, char*& write) noexcept {
  const auto put = [&](unsigned byte) { *write++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

bool has_a_name_twice(const Node* begin, const Node* end) {
  if (static_cast<std::size_t>(end - begin) <= kFewMembers) {
    for (const Node* one = begin; one != end; ++one) {
      if (std::any_of(begin, one, [&](const Node& other) { return other.name == one->name; })) return true;
    }
    return false;
  }
  std::vector<std::string_view> names;
  names.reserve(static_cast<std::size_t>(end - begin));
  for (const Node* one = begin; one != end; ++one) names.push_back(one->name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

Reader::Reader(Content& content, const Limits& limits) noexcept
    : content_(content), limits_(limits), at_(content.text.data()), end_(content.text.data() + content.text.size()) {}

bool Reader::read_object() {
  content_.nodes.reserve(kUsualValues);
  open_.reserve(kUsualValues);
  Node root;
  skip_space();
  if (at_ == end_ || *at_ != '{' || !read_value(1, root)) return false;
  skip_space();
  if (at_ != end_) return false;
  content_.nodes.push_back(root);
  return true;
}

bool Reader::read_value(std::size_t depth, Node& node) {
  if (at_ == end_) return false;
  switch (*at_) {
    case '{':
      return enter(depth) && read_members(depth, node);
    case '[':
      return enter(depth) && read_elements(depth, node);
    case '"':
      node.kind = Kind::text;
      return read_text(node.text);
    case 't':
      node.kind = Kind::yes;
      return read_word("true");
    case 'f':
      node.kind = Kind::no;
      return read_word("false");
    case 'n':
      return read_word("null");
    default:
      return read_number(node);
  }
}

bool Reader::read_members(std::size_t depth, Node& node) {
  node.kind = Kind::object;
  const std::size_t mark = open_.size();
  skip_space();
  if (skip('}')) return true;
  do {
    Node member;
    skip_space();
    if (at_ == end_ || *at_ != '"' || !read_text(member.name)) return false;
    skip_space();
    if (!skip(':')) return false;
    skip_space();
    if (!read_value(depth + 1, member)) return false;
    open_.push_back(member);
    skip_space();
  } while (skip(',') && one_more());
  if (!skip('}')) return false;
  close(mark, node);
  const Node* const children = content_.nodes.data() + node.first;
  return !has_a_name_twice(children, children + node.count);
}

bool Reader::read_elements(std::size_t depth, Node& node) {
  node.kind = Kind::array;
  const std::size_t mark = open_.size();
  skip_space();
  if (skip(']')) return true;
  do {
    Node element;
    skip_space();
    if (!read_value(depth + 1, element)) return false;
    open_.push_back(element);
    skip_space();
  } while (skip(',') && one_more());
  if (!skip(']')) return false;
  close(mark, node);
  return true;
}

/// All children of a container are known: they move to where they stay.
void Reader::close(std::size_t mark, Node& node) {
  const auto begin = open_.begin() + static_cast<std::ptrdiff_t>(mark);
  node.first = static_cast<std::uint32_t>(content_.nodes.size());
  node.count = static_cast<std::uint32_t>(open_.size() - mark);
  content_.nodes.insert(content_.nodes.end(), begin, open_.end());
  open_.erase(begin, open_.end());
}

bool Reader::enter(std::size_t depth) noexcept {
  ++at_;
  return depth <= limits_.depth && one_more();
}

bool Reader::one_more() noexcept {
  return ++values_ <= limits_.values;
}

/// Escapes are undone in place: no escape is shorter than what it stands for.
bool Reader::read_text(std::string_view& text) noexcept {
  const char* const begin = ++at_;
  while (at_ != end_ && is_plain(*at_)) ++at_;
  char* write = at_;
  while (at_ != end_) {
    if (*at_ == '"') {
      ++at_;
      text = std::string_view(begin, static_cast<std::size_t>(write - begin));
      return true;
    }
    if (*at_ == '\\') {
      if (!read_escape(write)) return false;
      continue;
    }
    const std::size_t size = is_plain(*at_) ? 1 : character_size(at_, end_);
    if (size == 0) return false;
    std::memmove(write, at_, size);
    write += size;
    at_ += size;
  }
  return false;
}

bool Reader::read_escape(char*& write) noexcept {
  if (end_ - at_ < 2) return false;
  const char letter = at_[1];
  at_ += 2;
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (const auto known = kLetters.find(letter); known != std::string_view::npos) {
    *write++ = kMeant[known];
    return true;
  }
  unsigned code = 0;
  if (letter != 'u' || !read_unit(code) || code == 0 || (code >= 0xDC00 && code < 0xE000)) return false;
  if (code >= 0xD800 && code < 0xDC00) {
    unsigned second = 0;
    if (!skip('\\') || !skip('u') || !read_unit(second) || second < 0xDC00 || second >= 0xE000) return false;
    code = 0x10000 + ((code - 0xD800) << 10U) + (second - 0xDC00);
  }
  write_character(code, write);
  return true;
}

bool Reader::read_unit(unsigned& unit) noexcept {
  if (end_ - at_ < 4) return false;
  const auto [end, problem] = std::from_chars(at_, at_ + 4, unit, 16);
  if (problem != std::errc() || end != at_ + 4) return false;
  at_ += 4;
  return true;
}

bool Reader::read_number(Node& node) noexcept {
  node.kind = Kind::number;
  const char* const begin = at_;
  static_cast<void>(skip('-'));
  const char* const digits = at_;
  const std::size_t whole_digits = skip_digits();
  if (whole_digits == 0 || (whole_digits > 1 && *digits == '0')) return false;
  bool whole = true;
  if (skip('.')) {
    whole = false;
    if (skip_digits() == 0) return false;
  }
  if (skip('e') || skip('E')) {
    whole = false;
    if (!skip('+')) static_cast<void>(skip('-'));
    if (skip_digits() == 0) return false;
  }
  if (!whole) {
    const auto [end, problem] = std::from_chars(begin, at_, node.number);
    return problem == std::errc() && end == at_;
  }
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(begin, at_, number);
  node.number = static_cast<double>(number);
  return problem == std::errc() && end == at_;
}

bool Reader::read_word(std::string_view word) noexcept {
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void Reader::skip_space() noexcept {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

bool Reader::skip(char c) noexcept {
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

std::size_t Reader::skip_digits() noexcept {
  const char* const begin = at_;
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return static_cast<std::size_t>(at_ - begin);
}

}  // namespace gatehouse::oidc::json
