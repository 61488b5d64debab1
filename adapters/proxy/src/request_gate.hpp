// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The request gate: what Beast's parser let through is checked again, more strictly, before anything else looks at it.
///
/// Rationale: Beast 1.81 takes a Transfer-Encoding that does not end in chunked as "no body", chunked in HTTP/1.0,
/// Content-Length beside Transfer-Encoding in some orders, equal Content-Lengths, and never looks at Host. Each of
/// these lets a caller and a service disagree about where a request ends or whom it is for.
#include <optional>
#include <string_view>

#include "message_head.hpp"

namespace gatehouse::proxy {

/// Why a request is not taken: answered with this, then the connection ends.
struct Refusal {
  int status = 400;
  std::string_view message;
};

/// Checks a parsed head, of a caller that came by `scheme`, and sets what it derives. nullopt: the request may be
/// judged.
[[nodiscard]] std::optional<Refusal> check(RequestHead& head, std::string_view scheme = "http");

/// parse() and check() in one.
[[nodiscard]] std::optional<Refusal> admit(std::string_view bytes, RequestHead& head, std::string_view scheme = "http");

}  // namespace gatehouse::proxy
