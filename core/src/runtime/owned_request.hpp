// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A copy of a Request that may outlive its caller. Its secrets are wiped when it goes.
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/request.hpp>

#include "text/secret_string.hpp"

namespace gatehouse::detail {

class OwnedRequest {
 public:
  explicit OwnedRequest(const Request& from);
  OwnedRequest(const OwnedRequest&) = delete;
  OwnedRequest& operator=(const OwnedRequest&) = delete;

  [[nodiscard]] const Request& get() const noexcept { return request_; }

 private:
  std::string user_;
  text::SecretString password_;
  text::SecretString token_;
  text::SecretString state_;
  std::vector<text::SecretString> responses_;
  std::vector<std::string_view> response_views_;
  std::vector<std::pair<std::string, std::string>> attributes_;
  std::vector<Attribute> attribute_views_;
  Request request_;
};

}  // namespace gatehouse::detail
