// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The identity in a decision of the C interface.
#include <gatehouse/gatehouse.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "c_strings.hpp"
#include "identity_view.hpp"

namespace gatehouse::http {

class DecidedIdentity final : public IdentityView {
 public:
  explicit DecidedIdentity(const gatehouse_decision* decision) noexcept : decision_(decision) {}
  [[nodiscard]] std::string_view subject() const noexcept override {
    return view(gatehouse_decision_subject(decision_));
  }
  [[nodiscard]] std::size_t group_count() const noexcept override { return gatehouse_decision_group_count(decision_); }
  [[nodiscard]] std::string_view group(std::size_t index) const noexcept override {
    return view(gatehouse_decision_group(decision_, index));
  }
  [[nodiscard]] std::size_t attribute_count() const noexcept override {
    return gatehouse_decision_attribute_count(decision_);
  }
  [[nodiscard]] std::pair<std::string_view, std::string_view> attribute(std::size_t index) const noexcept override {
    const auto pair = gatehouse_decision_attribute(decision_, index);
    return {view(pair.name), view(pair.value)};
  }

 private:
  const gatehouse_decision* decision_;
};

}  // namespace gatehouse::http
