// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is read of an identity, below both the C++ and the C interface.
#include <cstddef>
#include <gatehouse/decision.hpp>
#include <string_view>
#include <utility>

namespace gatehouse::http {

/// An identity, wherever it is kept.
class IdentityView {
 public:
  [[nodiscard]] virtual std::string_view subject() const noexcept = 0;
  [[nodiscard]] virtual std::size_t group_count() const noexcept = 0;
  [[nodiscard]] virtual std::string_view group(std::size_t index) const noexcept = 0;
  [[nodiscard]] virtual std::size_t attribute_count() const noexcept = 0;
  [[nodiscard]] virtual std::pair<std::string_view, std::string_view> attribute(std::size_t index) const noexcept = 0;

 protected:
  ~IdentityView() = default;
};

class OwnIdentity final : public IdentityView {
 public:
  explicit OwnIdentity(const Identity& identity) noexcept : identity_(identity) {}
  [[nodiscard]] std::string_view subject() const noexcept override { return identity_.subject; }
  [[nodiscard]] std::size_t group_count() const noexcept override { return identity_.groups.size(); }
  [[nodiscard]] std::string_view group(std::size_t index) const noexcept override { return identity_.groups[index]; }
  [[nodiscard]] std::size_t attribute_count() const noexcept override { return identity_.attributes.size(); }
  [[nodiscard]] std::pair<std::string_view, std::string_view> attribute(std::size_t index) const noexcept override {
    return identity_.attributes[index];
  }

 private:
  const Identity& identity_;
};

}  // namespace gatehouse::http
