// SPDX-License-Identifier: Apache-2.0
#include "response.hpp"

#include <algorithm>

#include "asker.hpp"
#include "escape.hpp"

namespace gatehouse::http {

Answer respond(const Asker& asker, const Wording& wording) {
  const bool person = is_person(asker);
  Answer out;
  out.status = wording.page.status;
  if (person) {
    out.body = render(wording.page);
  } else {
    out.body = "{\"error_code\":";
    append_json(out.body, wording.error_code);
    out.body += ",\"message\":";
    append_json(out.body, wording.message);
    out.body += "}\n";
  }
  out.headers.emplace_back("Content-Type", person ? "text/html; charset=utf-8" : "application/json");
  out.headers.emplace_back("Content-Length", std::to_string(out.body.size()));
  out.headers.emplace_back("Cache-Control", "no-store");
  out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (person) {
    out.headers.emplace_back("Content-Security-Policy", page_policy());
    out.headers.emplace_back("Referrer-Policy", "no-referrer");
  }
  return out;
}

void add_retry_after(Answer& answer, std::chrono::seconds wait, std::chrono::seconds otherwise) {
  using namespace std::chrono_literals;
  const auto told = std::min<std::chrono::seconds>(wait > 0s ? wait : otherwise, 24h);
  answer.headers.emplace_back("Retry-After", std::to_string(told.count()));
}

}  // namespace gatehouse::http
