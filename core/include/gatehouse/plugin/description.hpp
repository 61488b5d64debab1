// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How a plugin describes itself: the C++ side of gatehouse_plugin and gatehouse_option.
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gatehouse/plugin.h>

namespace gatehouse::plugin {

enum class Credential : std::uint32_t { none = 0, password = 1, bearer = 2, response = 4 };
enum class Trait : std::uint32_t { none = 0, cpu = 1, network = 2 };
[[nodiscard]] constexpr Credential operator|(Credential a, Credential b) noexcept {
  return static_cast<Credential>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr Trait operator|(Trait a, Trait b) noexcept {
  return static_cast<Trait>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

enum class OptionType : std::uint32_t { text = 1, text_list, boolean, integer, duration, size, path };

/// One option of the configuration. See gatehouse_option for the meaning of each member.
struct Option {
  std::string_view name{};
  OptionType type = OptionType::text;
  bool required = false;
  bool secret = false;                  ///< the user writes NAME_file
  std::string_view default_value = {};  ///< as a user would write it
  std::string_view choices = {};        ///< allowed words, separated by '|'
  std::string_view help = {};           ///< one sentence
  std::int64_t minimum = 0;             ///< both 0 = not below 0
  std::int64_t maximum = 0;
};

/// A short list that is filled at compile time. Too many elements do not compile.
template <class T, std::size_t Capacity>
class Table {
 public:
  constexpr Table() = default;
  constexpr Table(std::initializer_list<T> items) {
    for (const T& item : items) items_[size_++] = item;
  }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr const T* begin() const noexcept { return items_.data(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return items_.data() + size_; }

 private:
  std::array<T, Capacity> items_{};
  std::size_t size_ = 0;
};

/// What GATEHOUSE_PLUGIN is given. See gatehouse_plugin for the meaning of each member.
struct Description {
  std::string_view id{};
  std::string_view version{};
  std::string_view summary = {};
  Table<Option, 64> options = {};
  Credential credentials = Credential::none;
  Table<std::string_view, 32> attributes = {};
  Trait traits = Trait::none;
  std::string_view uri_option = {};
};

/// Thrown by a constructor, start() or parse_uri() to refuse the configuration. An empty option means all of it.
class ConfigError : public std::runtime_error {
 public:
  ConfigError(std::string option, const std::string& message)
      : std::runtime_error(message), option_(std::move(option)) {}
  [[nodiscard]] const std::string& option() const noexcept { return option_; }

 private:
  std::string option_;
};

namespace detail {
[[nodiscard]] constexpr gatehouse_str to_c(std::string_view text) noexcept {
  return {text.data(), text.size()};
}
[[nodiscard]] inline std::string_view from_c(gatehouse_str text) noexcept {
  return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}
}  // namespace detail

}  // namespace gatehouse::plugin
