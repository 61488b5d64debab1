// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "config/document.hpp"
#include "config/file_safety.hpp"
#include "config/value_text.hpp"
#include "config/words.hpp"
#include "text/utf8.hpp"

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_path = 4095;

std::string written_name(const OptionSpec& spec) {
  return spec.secret ? spec.name + "_file" : spec.name;
}

std::vector<std::string> words_of(std::string_view text, char separator) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string sample(const OptionSpec& spec) {
  if (spec.secret) return "\"/path/of/a/file\"";
  if (!spec.choices.empty()) return in_quotes(spec.choices.substr(0, spec.choices.find('|')));
  switch (spec.type) {
    case OptionType::text:
      return "\"...\"";
    case OptionType::text_list:
      return "[\"...\"]";
    case OptionType::boolean:
      return "true";
    case OptionType::integer:
      return std::to_string(std::max<std::int64_t>(spec.minimum, 1));
    case OptionType::duration:
      return "\"5s\"";
    case OptionType::size:
      return "\"64KiB\"";
    case OptionType::path:
      return "\"/path/of/a/file\"";
  }
  return "...";
}

/// Checks one table against its description.
class Checker {
 public:
  Checker(const std::vector<OptionSpec>& specs, const Location& owner, const std::string& directory, Problems& problems)
      : specs_(specs), owner_(owner), directory_(directory), problems_(problems), values_(specs.size()) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      values_[i].type = specs[i].secret ? OptionType::text : specs[i].type;
    }
  }

  void check_given(const std::string& name, const RawValue& raw, const std::vector<std::string>& also_known) {
    const auto spec =
        std::find_if(specs_.begin(), specs_.end(), [&](const OptionSpec& s) { return written_name(s) == name; });
    if (spec == specs_.end()) {
      problems_.add(raw.where, unknown(name, also_known));
      return;
    }
    OptionValue& value = values_[static_cast<std::size_t>(spec - specs_.begin())];
    if (value.given) {
      problems_.add(raw.where, "stands twice; keep one");
      return;
    }
    value.given = true;
    value.present = true;
    take(*spec, raw, value);
  }

  void fill_absent() {
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      const OptionSpec& spec = specs_[i];
      if (values_[i].given) continue;
      Location where = owner_;
      where.key = dotted_key(owner_.key, written_name(spec));
      if (!spec.default_value.empty() && !spec.secret) {
        values_[i].present = true;
        take(spec, RawValue{spec.default_value, where, true}, values_[i]);
      } else if (spec.required) {
        problems_.add(where, "is missing; add " + line_to_add(spec));
      }
    }
  }

  std::vector<OptionValue> take_values() { return std::move(values_); }

 private:
  std::string line_to_add(const OptionSpec& spec) const {
    if (owner_.line == 0) return in_quotes(written_name(spec) + "=...") + " to the URI";
    return "the line: " + written_name(spec) + " = " + sample(spec);
  }

  std::string unknown(const std::string& name, const std::vector<std::string>& also_known) const {
    if (name == uri_unread_option && owner_.line == 0) {
      return "has options that are not name=value; options follow one ? and stand between &";
    }
    std::vector<std::string> known;
    for (const OptionSpec& spec : specs_) {
      if (spec.secret && spec.name == name) {
        return "is a secret, which does not stand in the configuration; put it into a file that only this service "
               "can read, and name that with " +
               name + "_file";
      }
      if (spec.secret && suggestion(name, {spec.name}).starts_with("; did")) {
        return "is not known here; did you mean " + in_quotes(written_name(spec)) + "?";
      }
      known.push_back(written_name(spec));
    }
    known.insert(known.end(), also_known.begin(), also_known.end());
    return "is not known here" + suggestion(name, known);
  }

  void take(const OptionSpec& spec, const RawValue& raw, OptionValue& value) {
    if (spec.secret) {
      take_secret(raw, value);
      return;
    }
    switch (spec.type) {
      case OptionType::text:
        if (auto text = text_of(spec, raw)) value.text = std::move(*text);
        return;
      case OptionType::text_list:
        take_list(spec, raw, value);
        return;
      case OptionType::boolean:
        take_boolean(raw, value);
        return;
      case OptionType::integer:
      case OptionType::duration:
      case OptionType::size:
        take_number(spec, raw, value);
        return;
      case OptionType::path:
        if (auto path = path_of(raw)) value.text = std::move(*path);
        return;
    }
    problems_.add(raw.where, "is described with a type that this version does not know");
  }

  /// Says that the value has the wrong type, with the right form.
  void wrong_type(const RawValue& raw, std::string_view wanted) {
    if (raw.from_uri) {  // only a repeated name gets here
      problems_.add(raw.where, "is given more than once; keep one");
    } else {
      problems_.add(raw.where, "must be " + std::string(wanted));
    }
  }

  /// A text that may be shown, logged and compared: not empty, one line.
  bool clean(const RawValue& raw, std::string_view text) {
    if (text.empty()) {
      problems_.add(raw.where, raw.from_uri ? "is empty; leave it out or give a value"
                                            : "holds an empty text; leave it out or give a value");
      return false;
    }
    if (text::has_control(text) || !text::is_utf8(text)) {
      problems_.add(raw.where, "holds a control character or is not UTF-8: " + in_quotes(text));
      return false;
    }
    return true;
  }

  bool chosen(const OptionSpec& spec, const RawValue& raw, const std::string& text) {
    if (spec.choices.empty()) return true;
    const auto words = words_of(spec.choices, '|');
    if (std::find(words.begin(), words.end(), text) != words.end()) return true;
    problems_.add(raw.where, in_quotes(text) + " is not one of: " + joined(words));
    return false;
  }

  std::optional<std::string> text_of(const OptionSpec& spec, const RawValue& raw) {
    const auto* text = std::get_if<std::string>(&raw.value);
    if (text == nullptr) {
      wrong_type(raw, "a text in quotes");
      return std::nullopt;
    }
    if (!clean(raw, *text) || !chosen(spec, raw, *text)) return std::nullopt;
    return *text;
  }

  void take_list(const OptionSpec& spec, const RawValue& raw, OptionValue& value) {
    std::vector<std::string> items;
    if (const auto* list = std::get_if<std::vector<std::string>>(&raw.value)) {
      items = *list;
    } else if (const auto* text = std::get_if<std::string>(&raw.value)) {
      items = value.given ? std::vector<std::string>{*text} : words_of(*text, ',');
    } else {
      wrong_type(raw, "a list of texts, such as [\"one\", \"two\"]");
      return;
    }
    if (items.empty() && spec.required) {
      problems_.add(raw.where, "is empty; name at least one");
      return;
    }
    for (const std::string& item : items) {
      if (!clean(raw, item) || !chosen(spec, raw, item)) return;
    }
    value.list = std::move(items);
  }

  void take_boolean(const RawValue& raw, OptionValue& value) {
    if (const auto* flag = std::get_if<bool>(&raw.value)) {
      value.number = *flag ? 1 : 0;
      return;
    }
    const auto* text = std::get_if<std::string>(&raw.value);
    if (!raw.from_uri || text == nullptr) {
      wrong_type(raw, "true or false, without quotes");
      return;
    }
    const auto flag = parse_boolean(*text);
    if (flag) {
      value.number = *flag ? 1 : 0;
    } else {
      problems_.add(raw.where, flag.error().message + "; write true or false");
    }
  }

  void take_number(const OptionSpec& spec, const RawValue& raw, OptionValue& value) {
    const auto number = number_of(spec, raw);
    if (!number) return;
    if (!*number) {
      problems_.add(raw.where, number->error().message);
      return;
    }
    const std::int64_t least = spec.minimum;
    const bool has_most = spec.maximum > least || (spec.maximum == least && least != 0);
    if (**number < least) {
      problems_.add(raw.where, "must be at least " + written(spec.type, least));
    } else if (has_most && **number > spec.maximum) {
      problems_.add(raw.where, "must be at most " + written(spec.type, spec.maximum));
    } else {
      value.number = **number;
    }
  }

  /// Nothing if the type was wrong and that has been said.
  std::optional<Result<std::int64_t>> number_of(const OptionSpec& spec, const RawValue& raw) {
    const auto* number = std::get_if<std::int64_t>(&raw.value);
    const auto* text = std::get_if<std::string>(&raw.value);
    switch (spec.type) {
      case OptionType::duration:
        if (number != nullptr) return parse_duration(std::to_string(*number));  // says that the unit is missing
        if (text != nullptr) return parse_duration(*text);
        wrong_type(raw, "a duration in quotes, such as \"5s\"");
        return std::nullopt;
      case OptionType::size:
        if (number != nullptr) return *number;
        if (text != nullptr) return parse_size(*text);
        wrong_type(raw, "a size, such as \"64KiB\"");
        return std::nullopt;
      default:
        if (number != nullptr) return *number;
        if (text != nullptr && raw.from_uri) return parse_integer(*text);
        wrong_type(raw, "a whole number without quotes");
        return std::nullopt;
    }
  }

  std::optional<std::string> path_of(const RawValue& raw) {
    const auto* text = std::get_if<std::string>(&raw.value);
    if (text == nullptr) {
      wrong_type(raw, "a path in quotes");
      return std::nullopt;
    }
    if (!clean(raw, *text)) return std::nullopt;
    std::string path = *text;
    if (path.front() == '~') {
      problems_.add(raw.where, in_quotes(path) + " begins with ~, which is not expanded; write the whole path");
      return std::nullopt;
    }
    if (raw.from_uri && path.starts_with("//") && !path.starts_with("///")) {
      problems_.add(raw.where, in_quotes(path) + " names a host; write one slash: " + in_quotes(path.substr(1)));
      return std::nullopt;
    }
    while (path.starts_with("//")) path.erase(0, 1);
    if (path.front() != '/') {
      if (directory_.empty()) {
        problems_.add(raw.where, in_quotes(path) + " is a relative path; write " + printable(from_here(path)));
        return std::nullopt;
      }
      while (path.starts_with("./")) path.erase(0, 2);
      path.insert(0, directory_.ends_with('/') ? directory_ : directory_ + '/');
    }
    if (path.size() > longest_path) {
      problems_.add(raw.where, "is longer than a path can be");
      return std::nullopt;
    }
    return path;
  }

  static std::string from_here(const std::string& path) {
    std::error_code failed;
    const auto absolute = std::filesystem::absolute(path, failed);
    return failed ? "/... in full" : absolute.lexically_normal().string();
  }

  void take_secret(const RawValue& raw, OptionValue& value) {
    // Somebody may have written the secret itself where its file belongs: what names no file here is not repeated.
    const auto* word = std::get_if<std::string>(&raw.value);
    if (word != nullptr && !word->starts_with('/') &&
        (directory_.empty() || ::access((directory_ + '/' + *word).c_str(), F_OK) != 0)) {
      problems_.add(raw.where, "does not name a file" + (directory_.empty() ? "" : " in " + printable(directory_)) +
                                   "; write the absolute path of a file that holds the secret");
      return;
    }
    auto path = path_of(raw);
    if (!path) return;
    auto secret = read_secret_file(*path);
    if (secret) {
      value.text = *std::move(secret);
    } else {
      problems_.add(raw.where, secret.error().message);
    }
  }

  const std::vector<OptionSpec>& specs_;
  const Location& owner_;
  const std::string& directory_;
  Problems& problems_;
  std::vector<OptionValue> values_;
};

}  // namespace

OptionValues check_options(const std::vector<OptionSpec>& specs, const RawTable& raw, const Location& owner,
                           const std::string& directory, Problems& problems,
                           const std::vector<std::string>& also_known) {
  Checker checker(specs, owner, directory, problems);
  for (const auto& [name, value] : raw) {
    if (problems.full()) break;
    checker.check_given(name, value, also_known);
  }
  checker.fill_absent();
  return OptionValues(specs, checker.take_values());
}

}  // namespace gatehouse::config
