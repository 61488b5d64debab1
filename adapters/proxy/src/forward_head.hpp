// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Writes the heads that are passed on: the judged request to the upstream, its response to the caller.
#include <string>
#include <string_view>

#include "header_rules.hpp"
#include "message_head.hpp"

namespace gatehouse::proxy {

struct RequestContext {
  const HeaderRules& rules;
  std::string_view upstream_host;       ///< sent as Host; empty: the caller's
  std::string_view upstream_authority;  ///< sent as Host when the caller sent none (HTTP/1.0)
  std::string_view trail;               ///< as X-Forwarded-For has it; empty: no address is known
  std::string_view scheme;              ///< by which the caller came
  std::string_view host;                ///< as the caller wrote it; empty: not at all
  std::string_view upgrade;             ///< the protocol that the caller may change to; empty: none
  std::string_view identity;            ///< whole lines "Name: value\r\n"
  bool keep_authorization = false;
  bool strip_origin = false;
};

/// Replaces `out`. Every field of the caller is written as "Name: value"; ours come last.
void write_request_head(std::string& out, const RequestHead& head, const RequestContext& context);

struct ResponseContext {
  bool chunked = false;           ///< the body is sent in the chunked coding
  bool keep_alive = false;        ///< the caller's connection stays open
  int minor = 1;                  ///< the caller's version
  std::string_view upgrade = {};  ///< of a 101
};

/// Replaces `out`. For 1xx only the fields are written: nothing of framing or connection.
void write_response_head(std::string& out, const ResponseHead& head, const ResponseContext& context);

/// Replaces `out` with the head of an answer of our own.
void write_answer_head(std::string& out, const http::Answer& answer, bool keep_alive, int minor);

}  // namespace gatehouse::proxy
