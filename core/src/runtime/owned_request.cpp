// SPDX-License-Identifier: Apache-2.0
#include "runtime/owned_request.hpp"

namespace gatehouse::detail {

OwnedRequest::OwnedRequest(const Request& from)
    : user_(from.user), password_(from.password), token_(from.token), state_(from.state) {
  responses_.reserve(from.responses.size());
  for (const std::string_view response : from.responses) {
    response_views_.push_back(responses_.emplace_back(response).view());
  }
  attributes_.reserve(from.attributes.size());
  for (const Attribute& attribute : from.attributes) {
    const auto& copy = attributes_.emplace_back(attribute.name, attribute.value);
    attribute_views_.push_back({copy.first, copy.second});
  }
  request_.credential = from.credential;
  request_.user = user_;
  request_.password = password_.view();
  request_.token = token_.view();
  request_.state = state_.view();
  request_.responses = response_views_;
  request_.attributes = attribute_views_;
}

}  // namespace gatehouse::detail
