// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include <algorithm>
#include <utility>

#include <gatehouse/option.hpp>

namespace gatehouse {
namespace {

const OptionValue& absent() noexcept {
  static const OptionValue value;
  return value;
}

void wipe(std::string& text) noexcept {
  ::explicit_bzero(text.data(), text.size());
}

}  // namespace

OptionValues::OptionValues(std::vector<OptionSpec> specs, std::vector<OptionValue> values)
    : specs_(std::move(specs)), values_(std::move(values)) {
  values_.resize(specs_.size());
}

OptionValues::OptionValues(const OptionValues& other) = default;
OptionValues::OptionValues(OptionValues&& other) noexcept = default;

OptionValues& OptionValues::operator=(OptionValues other) noexcept {
  specs_.swap(other.specs_);
  values_.swap(other.values_);
  return *this;
}

OptionValues::~OptionValues() {
  for (std::size_t i = 0; i < specs_.size() && i < values_.size(); ++i) {
    if (specs_[i].secret) wipe(values_[i].text);
  }
}

const OptionValue& OptionValues::find(std::string_view name) const noexcept {
  const auto spec = std::find_if(specs_.begin(), specs_.end(), [&](const OptionSpec& s) { return s.name == name; });
  return spec == specs_.end() ? absent() : values_[static_cast<std::size_t>(spec - specs_.begin())];
}

bool OptionValues::has(std::string_view name) const noexcept {
  return find(name).present;
}

bool OptionValues::given(std::string_view name) const noexcept {
  return find(name).given;
}

const std::string& OptionValues::text(std::string_view name) const noexcept {
  return find(name).text;
}

const std::vector<std::string>& OptionValues::list(std::string_view name) const noexcept {
  return find(name).list;
}

bool OptionValues::flag(std::string_view name) const noexcept {
  const OptionValue& value = find(name);
  return value.type == OptionType::boolean && value.number != 0;
}

std::int64_t OptionValues::integer(std::string_view name) const noexcept {
  const OptionValue& value = find(name);
  return value.type == OptionType::integer || value.type == OptionType::size ? value.number : 0;
}

std::chrono::milliseconds OptionValues::duration(std::string_view name) const noexcept {
  const OptionValue& value = find(name);
  return std::chrono::milliseconds(value.type == OptionType::duration ? value.number : 0);
}

}  // namespace gatehouse
