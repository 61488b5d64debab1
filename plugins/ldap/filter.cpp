// SPDX-License-Identifier: Apache-2.0
#include "filter.hpp"

#include <algorithm>
#include <cstddef>

#include "text.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::size_t longest = 4096;
constexpr std::size_t deepest = 16;

std::string joined(char operation, const std::vector<std::string>& parts) {
  std::string all;
  std::size_t count = 0;
  for (const std::string& part : parts) {
    all += part;
    if (!part.empty()) ++count;
  }
  return count < 2 ? all : std::string("(") + operation + all + ")";
}

/// Reads one filter after the other from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  /// Empty if one whole filter stood at the front.
  std::string read(std::size_t depth) {
    if (depth > deepest) return "is nested more than 16 deep";
    if (!take('(')) return "is not a filter such as (objectClass=person): a ( is missing";
    if (take('!')) {
      if (auto fault = read(depth + 1); !fault.empty()) return fault;
      return end();
    }
    if (!take('&') && !take('|')) return read_item();
    do {
      if (auto fault = read(depth + 1); !fault.empty()) return fault;
    } while (!rest_.empty() && rest_.front() == '(');
    return end();
  }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string end() { return take(')') ? std::string() : "has a ( without its )"; }

  std::string read_item() {
    const std::size_t operation = rest_.find_first_of("=~<>:()");
    if (operation == std::string_view::npos || !is_attribute_description(rest_.substr(0, operation))) {
      return "has a part that is not (attribute=value)";
    }
    rest_.remove_prefix(operation);
    const bool is_pattern = rest_.front() == '=';
    if (take(':')) {
      const std::size_t assign = rest_.find('=');
      if (assign == std::string_view::npos || (assign != 0 && !is_rule(rest_.substr(0, assign)))) {
        return "has a matching rule that is not (attribute:rule:=value)";
      }
      rest_.remove_prefix(assign);
    } else if (!take('~') && !take('<')) {
      take('>');
    }
    if (!take('=')) return "has a part that is not (attribute=value)";
    return read_value(is_pattern);
  }

  std::string read_value(bool is_pattern) {
    const std::size_t close = rest_.find_first_of("()");
    if (close == std::string_view::npos) return "has a ( without its )";
    const std::string_view value = rest_.substr(0, close);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (static_cast<unsigned char>(value[i]) < 0x20) return "holds a control character; write it as \\hh";
      if (value[i] == '*' && (!is_pattern || value.substr(i).starts_with("**"))) {
        return "has a * where none may be; write it as \\2a";
      }
      if (value[i] != '\\') continue;
      if (value.size() - i < 3 || hex_value(value[i + 1]) < 0 || hex_value(value[i + 2]) < 0) {
        return "has a \\ that is not followed by two hexadecimal digits";
      }
      i += 2;
    }
    rest_.remove_prefix(close);
    return end();
  }

  /// An attribute with options, such as cn;lang-en.
  static bool is_attribute_description(std::string_view text) {
    const std::size_t end = std::min(text.find(';'), text.size());
    if (!is_attribute_name(text.substr(0, end))) return false;
    for (std::string_view rest = text.substr(end); !rest.empty();) {
      rest.remove_prefix(1);
      const std::size_t next = std::min(rest.find(';'), rest.size());
      const std::string_view option = rest.substr(0, next);
      if (option.empty() ||
          !std::all_of(option.begin(), option.end(), [](char c) { return is_alnum(c) || c == '-'; })) {
        return false;
      }
      rest.remove_prefix(next);
    }
    return true;
  }
  /// `dn:`, `rule:` or `dn:rule:`, and for `attribute:=` nothing.
  static bool is_rule(std::string_view text) {
    if (text.back() != ':') return false;
    text.remove_suffix(1);
    if (text == "dn") return true;
    if (text.starts_with("dn:")) text.remove_prefix(3);
    return is_attribute_name(text);
  }

  std::string_view rest_;
};

}  // namespace

std::string escape_filter_value(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (c >= 0x20 && c < 0x7f && c != '*' && c != '(' && c != ')' && c != '\\') {
      out += c;
    } else {
      out += '\\';
      append_hex(out, c);
    }
  }
  return out;
}

std::string equals_filter(std::string_view attribute, std::string_view value) {
  return "(" + std::string(attribute) + "=" + escape_filter_value(value) + ")";
}

std::string all_of_filters(const std::vector<std::string>& parts) {
  return joined('&', parts);
}

std::string any_of_filters(const std::vector<std::string>& parts) {
  return joined('|', parts);
}

std::string filter_fault(std::string_view filter) {
  if (filter.size() > longest) return "is longer than 4096 bytes";
  for (const std::string_view placeholder : {"{", "%s", "%u", "%v", "%(", "$user"}) {
    if (filter.find(placeholder) != std::string_view::npos) {
      return "holds a placeholder (" + std::string(placeholder) +
             "); remove that part: the name that was typed is compared with user_attributes, and this filter narrows "
             "the result";
    }
  }
  Reader reader(filter);
  if (auto fault = reader.read(0); !fault.empty()) return fault;
  return reader.at_end() ? std::string() : "goes on after its last )";
}

}  // namespace gatehouse::ldap
