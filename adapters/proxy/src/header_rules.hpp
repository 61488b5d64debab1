// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Which of a caller's fields a service never sees, and which of an upstream's fields end here.
#include <bitset>
#include <span>
#include <string_view>

#include <gatehouse/http.hpp>

#include "message_head.hpp"

namespace gatehouse::proxy {

class HeaderRules {
 public:
  explicit HeaderRules(const http::IdentityHeaders& identity);

  /// A caller's field that is not passed on: hop-by-hop; identity and forwarding fields in any spelling that folds to
  /// theirs; fields that only look like framing or security fields (Content_Length). Authorization and Origin are not
  /// among them: they depend on the request.
  [[nodiscard]] bool drops(FieldId id, std::string_view name) const noexcept {
    return id != 0 ? known_[id] : drops_unknown(name);
  }

  /// Whether Connection may remove this field. Only fields without a registered meaning can be removed: a caller must
  /// not take Cookie, Host or Content-Length away from a request that was judged with them.
  [[nodiscard]] static bool is_removed(FieldId id, std::string_view name,
                                       std::span<const std::string_view> nominated) noexcept;

  /// An upstream's field that is about its own connection.
  [[nodiscard]] static bool is_hop_by_hop(FieldId id) noexcept;

 private:
  [[nodiscard]] bool drops_unknown(std::string_view name) const noexcept;

  const http::IdentityHeaders& identity_;
  std::bitset<512> known_;
};

}  // namespace gatehouse::proxy
