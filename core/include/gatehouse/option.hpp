// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Typed options: how a part of the configuration is described, and how its checked values are read.
///
/// Plugins describe theirs at the C boundary (plugin.h); doors describe the sections they own ("proxy", "http") here.
/// One checker serves both, so that unknown keys, wrong types and misspelt words are the same errors everywhere.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/export.hpp>

namespace gatehouse {

enum class OptionType : std::uint32_t {
  text = 1,
  text_list = 2,
  boolean = 3,
  integer = 4,
  duration = 5,
  size = 6,
  path = 7
};

struct OptionSpec {
  std::string name;
  OptionType type = OptionType::text;
  bool required = false;
  bool secret = false;          ///< the user writes NAME_file
  std::string default_value{};  ///< as written in a URI; the items of a list are separated by ','
  std::string choices{};        ///< allowed words of a text or of each item, separated by '|'
  std::string help{};
  std::int64_t minimum = 0;  ///< both 0 = not below 0; a maximum below the minimum = none
  std::int64_t maximum = 0;
};

struct OptionValue {
  OptionType type = OptionType::text;
  bool present = false;  ///< given or defaulted
  bool given = false;    ///< written by the user
  std::int64_t number = 0;
  std::string text;
  std::vector<std::string> list;
};

/// The checked values of one section, in the order of its description. Reading a name that the description lacks, or
/// as another type, is a programming error and gives the zero value.
class GATEHOUSE_API OptionValues {
 public:
  OptionValues() = default;
  OptionValues(std::vector<OptionSpec> specs, std::vector<OptionValue> values);
  OptionValues(const OptionValues& other);
  OptionValues(OptionValues&& other) noexcept;
  OptionValues& operator=(OptionValues other) noexcept;
  ~OptionValues();  ///< wipes secrets

  [[nodiscard]] bool has(std::string_view name) const noexcept;                 ///< given or defaulted
  [[nodiscard]] bool given(std::string_view name) const noexcept;               ///< written by the user
  [[nodiscard]] const std::string& text(std::string_view name) const noexcept;  ///< text, path, secret
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const noexcept;
  [[nodiscard]] bool flag(std::string_view name) const noexcept;
  [[nodiscard]] std::int64_t integer(std::string_view name) const noexcept;  ///< integer, size in bytes
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const noexcept;

  [[nodiscard]] const std::vector<OptionSpec>& specs() const noexcept { return specs_; }
  [[nodiscard]] const std::vector<OptionValue>& values() const noexcept { return values_; }

 private:
  [[nodiscard]] const OptionValue& find(std::string_view name) const noexcept;
  std::vector<OptionSpec> specs_;
  std::vector<OptionValue> values_;
};

/// A list of tables in a section, such as [[http.rules]].
struct TableListSpec {
  std::string name{};
  std::vector<OptionSpec> options{};  ///< of each table
};

/// A section of the file that a door owns, such as [proxy].
struct SectionSpec {
  std::string name{};
  std::vector<OptionSpec> options{};
  std::vector<TableListSpec> lists{};
};

/// One table of a list.
struct TableEntry {
  OptionValues values;
  std::string where;  ///< "FILE:LINE"
};

}  // namespace gatehouse
