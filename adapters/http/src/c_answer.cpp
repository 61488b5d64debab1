// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <new>
#include <vector>

#include <gatehouse/http.h>
#include <gatehouse/http.hpp>

#include "c_strings.hpp"

struct gatehouse_http_answer {
  gatehouse::http::Answer value;
};

namespace {

using gatehouse::http::lend;
using gatehouse::http::view;

std::span<const gatehouse_pair> pairs(const gatehouse_pair* data, size_t count) noexcept {
  return data == nullptr ? std::span<const gatehouse_pair>{} : std::span(data, count);
}

/// The asker as C++ has it. Borrows from the C one.
struct Asking {
  gatehouse::http::Offer offer;
  std::vector<gatehouse::http::Header> headers;
  gatehouse::http::Asker asker;

  explicit Asking(const gatehouse_http_asker* from) {
    if (from == nullptr || from->struct_size < sizeof *from) return;
    offer.credentials = from->realm == nullptr ? from->credentials : gatehouse_realm_credentials(from->realm);
    offer.display_name = view(from->display_name);
    if (offer.display_name.empty() && from->realm != nullptr) {
      offer.display_name = view(gatehouse_realm_display_name(from->realm));
    }
    for (const auto& pair : pairs(from->headers, from->header_count)) {
      headers.push_back({view(pair.name), view(pair.value)});
    }
    asker = {view(from->method), headers};
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
};

/// As much of a decision as an answer tells.
gatehouse::Decision copy_of(const gatehouse_decision* decision) {
  auto copy = std::make_shared<gatehouse::Answer>();
  copy->code = static_cast<gatehouse::DecisionCode>(gatehouse_decision_code(decision));
  copy->retry_after = std::chrono::seconds(gatehouse_decision_retry_after(decision));
  for (size_t i = 0; i < gatehouse_decision_challenge_count(decision); ++i) {
    gatehouse_challenge_head head{};
    if (gatehouse_decision_challenge_head(decision, i, &head) != 1) continue;
    gatehouse::Challenge challenge;
    challenge.kind = static_cast<gatehouse::ChallengeKind>(head.kind);
    challenge.scheme = view(head.scheme);
    for (size_t j = 0; j < head.parameter_count; ++j) {
      const auto pair = gatehouse_decision_challenge_parameter(decision, i, j);
      challenge.parameters.emplace_back(view(pair.name), view(pair.value));
    }
    copy->challenges.push_back(std::move(challenge));
  }
  return gatehouse::Decision(std::move(copy));
}

template <typename Make>
gatehouse_http_answer* made(const gatehouse_http_asker* asker, Make make) noexcept {
  try {
    const Asking asking(asker);
    return std::make_unique<gatehouse_http_answer>(gatehouse_http_answer{make(asking)}).release();
  } catch (...) {
    return nullptr;
  }
}

}  // namespace

extern "C" {

gatehouse_http_answer* gatehouse_http_answer_decision(const gatehouse_decision* decision,
                                                      const gatehouse_http_asker* asker) {
  return made(asker, [&](const Asking& asking) {
    return gatehouse::http::answer(copy_of(decision), asking.offer, asking.asker);
  });
}

gatehouse_http_answer* gatehouse_http_answer_refused(const gatehouse_http_asker* asker) {
  return made(asker, [](const Asking& asking) { return gatehouse::http::answer_refused(asking.offer, asking.asker); });
}

gatehouse_http_answer* gatehouse_http_answer_malformed(const gatehouse_http_asker* asker) {
  return made(asker,
              [](const Asking& asking) { return gatehouse::http::answer_malformed(asking.offer, asking.asker); });
}

gatehouse_http_answer* gatehouse_http_answer_fault(int status, gatehouse_str message,
                                                   const gatehouse_http_asker* asker) {
  return made(asker,
              [&](const Asking& asking) { return gatehouse::http::answer_fault(status, view(message), asking.asker); });
}

void gatehouse_http_answer_release(gatehouse_http_answer* answer) {
  const std::unique_ptr<gatehouse_http_answer> owned(answer);
}

int gatehouse_http_answer_status(const gatehouse_http_answer* answer) {
  return answer == nullptr ? 503 : answer->value.status;
}

size_t gatehouse_http_answer_header_count(const gatehouse_http_answer* answer) {
  return answer == nullptr ? 0 : answer->value.headers.size();
}

gatehouse_pair gatehouse_http_answer_header(const gatehouse_http_answer* answer, size_t index) {
  if (index >= gatehouse_http_answer_header_count(answer)) return {};
  const auto& [name, value] = answer->value.headers[index];
  return {lend(name), lend(value)};
}

gatehouse_str gatehouse_http_answer_body(const gatehouse_http_answer* answer) {
  return answer == nullptr ? gatehouse_str{} : lend(answer->value.body);
}

int gatehouse_http_answer_close(const gatehouse_http_answer* answer) {
  return answer != nullptr && answer->value.close ? 1 : 0;
}

const char* gatehouse_http_status_text(int status) {
  return gatehouse::http::status_text(status).data();
}

}  // extern "C"
