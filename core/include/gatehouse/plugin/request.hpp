// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What an instance is given: the values of its options, and one question.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/plugin/description.hpp>

namespace gatehouse::plugin {

/// The checked values of the options. Valid while the constructor runs; views in it live as long. Asking for a name
/// that the description lacks, or as another type, throws std::logic_error.
class Options {
 public:
  Options(std::span<const Option> specs, std::span<const gatehouse_option_value> values) noexcept
      : specs_(specs), values_(values) {}

  [[nodiscard]] bool has(std::string_view name) const { return find(name).second->present != 0; }  ///< or defaulted
  /// Text, path or secret; empty when absent.
  [[nodiscard]] std::string_view text(std::string_view name) const {
    const auto [spec, value] = find(name);
    if (spec->type != OptionType::text && spec->type != OptionType::path && !spec->secret) mistake(name);
    return detail::from_c(value->text);
  }
  [[nodiscard]] std::vector<std::string_view> list(std::string_view name) const {
    const gatehouse_option_value& value = typed(name, OptionType::text_list);
    std::vector<std::string_view> result;
    result.reserve(value.list_size);
    for (std::size_t i = 0; i < value.list_size; ++i) result.push_back(detail::from_c(value.list[i]));
    return result;
  }
  [[nodiscard]] bool flag(std::string_view name) const { return typed(name, OptionType::boolean).number != 0; }
  [[nodiscard]] std::int64_t integer(std::string_view name) const { return typed(name, OptionType::integer).number; }
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const {
    return std::chrono::milliseconds(typed(name, OptionType::duration).number);
  }
  [[nodiscard]] std::uint64_t size(std::string_view name) const {  ///< bytes
    const std::int64_t bytes = typed(name, OptionType::size).number;
    return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes);
  }

 private:
  [[noreturn]] static void mistake(std::string_view name) {
    throw std::logic_error("the plugin reads option \"" + std::string(name) + "\", which it does not describe so");
  }
  [[nodiscard]] std::pair<const Option*, const gatehouse_option_value*> find(std::string_view name) const {
    std::size_t index = 0;
    for (const Option& spec : specs_) {
      if (spec.name == name && index < values_.size()) return {&spec, &values_[index]};
      ++index;
    }
    mistake(name);
  }
  [[nodiscard]] const gatehouse_option_value& typed(std::string_view name, OptionType type) const {
    const auto [spec, value] = find(name);
    if (spec->type != type || spec->secret) mistake(name);
    return *value;
  }
  std::span<const Option> specs_;
  std::span<const gatehouse_option_value> values_;
};

/// One question. Valid, with every view it returns, until authenticate() returns.
class Request {
 public:
  explicit Request(const gatehouse_request& request) noexcept : request_(&request) {}

  [[nodiscard]] Credential credential() const noexcept { return static_cast<Credential>(request_->credential); }
  [[nodiscard]] std::string_view realm() const noexcept { return detail::from_c(request_->realm); }
  [[nodiscard]] std::string_view user() const noexcept { return detail::from_c(request_->user); }
  [[nodiscard]] std::string_view password() const noexcept { return detail::from_c(request_->password); }
  [[nodiscard]] std::string_view token() const noexcept { return detail::from_c(request_->token); }
  [[nodiscard]] std::string_view state() const noexcept { return detail::from_c(request_->state); }
  [[nodiscard]] std::size_t response_count() const noexcept { return request_->response_count; }
  [[nodiscard]] std::string_view response(std::size_t index) const noexcept {
    return index < request_->response_count ? detail::from_c(request_->responses[index]) : std::string_view{};
  }
  /// A described attribute; nullopt if the door does not know it.
  [[nodiscard]] std::optional<std::string_view> attribute(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < request_->attribute_count; ++i) {
      const gatehouse_pair& pair = request_->attributes[i];
      if (detail::from_c(pair.name) == name) return detail::from_c(pair.value);
    }
    return std::nullopt;
  }

 private:
  const gatehouse_request* request_;
};

}  // namespace gatehouse::plugin
