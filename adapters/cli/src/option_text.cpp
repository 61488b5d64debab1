// SPDX-License-Identifier: Apache-2.0
#include "option_text.hpp"

#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

std::string range_text(const OptionSpec& option) {
  const bool unsaid = option.minimum == 0 && option.maximum == 0;
  if (unsaid) return {};
  const bool open = option.maximum < option.minimum;
  const std::string unit = option.type == OptionType::duration ? " ms"
                           : option.type == OptionType::size   ? " bytes"
                                                               : "";
  if (open) return ", at least " + std::to_string(option.minimum) + unit;
  return ", " + std::to_string(option.minimum) + " to " + std::to_string(option.maximum) + unit;
}

std::string choices_text(std::string_view choices) {
  std::string text;
  for (;;) {
    const std::size_t bar = choices.find('|');
    text += (text.empty() ? "" : " or ") + std::string("\"") + printable(choices.substr(0, bar)) + "\"";
    if (bar == std::string_view::npos) return text;
    choices.remove_prefix(bar + 1);
  }
}

}  // namespace

std::string key_of(const OptionSpec& option) {
  return printable(option.name) + (option.secret ? "_file" : "");
}

std::string type_text(const OptionSpec& option) {
  if (option.secret) return "path of a file that holds it";
  const bool list = option.type == OptionType::text_list;
  if (!option.choices.empty()) return (list ? "list of " : "") + choices_text(option.choices);
  switch (option.type) {
    case OptionType::text:
      return "text";
    case OptionType::text_list:
      return "list of texts";
    case OptionType::boolean:
      return "true or false";
    case OptionType::integer:
      return "number" + range_text(option);
    case OptionType::duration:
      return "duration" + range_text(option);
    case OptionType::size:
      return "size" + range_text(option);
    case OptionType::path:
      break;
  }
  return "path";
}

std::string table_cell(std::string_view text) {
  std::string cell;
  for (const char c : printable(text)) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

}  // namespace gatehouse::cli
