// SPDX-License-Identifier: Apache-2.0
// The line in the log about a flight that granted nothing.
#include "log/log_queue.hpp"
#include "runtime/flight.hpp"

namespace gatehouse::detail {
namespace {

/// A name that a stranger chose, for the log: its end cannot be forged, and it leaves room for the rest of the line.
std::string in_quotes(std::string_view name) {
  constexpr std::size_t longest = 200;
  std::string out = "\"";
  for (const char c : log_safe(name)) {
    if (out.size() > longest && (static_cast<unsigned char>(c) & 0xC0U) != 0x80) return out + "...\"";
    if (c == '"') {
      out += "\\x22";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

void Flight::report(const Answer& made) const noexcept {
  try {
    const Request& asked = request_->get();
    std::string line = "realm " + realm_->name + ": " + std::string(to_string(made.code));
    if (asked.credential == CredentialKind::password) {
      const bool shown = is_known(made) || realm_->audit.shows_all();
      line += shown ? ' ' + in_quotes(asked.user) : std::string(" (a name that is not shown)");
    }
    if (!made.claimed_subject.empty() && made.claimed_subject != asked.user)
      line += " as " + in_quotes(made.claimed_subject);
    for (const Attribute& attribute : asked.attributes) {
      if (attribute.name == "client.address") line += " from " + std::string(attribute.value);
    }
    line += ": " + std::string(to_string(made.reason)) + " (" + realm_->chain[index_]->settings.name;
    if (!made.detail.empty()) line += ": " + made.detail;
    line += ')';
    const auto refused = realm_->audit.is_in_log() ? LogLevel::debug : LogLevel::info;
    const auto level = made.code == DecisionCode::unavailable ? LogLevel::warning : refused;
    realm_->engine->log.add_limited(level, line, realm_->engine->clock.steady());
  } catch (...) {
    return;
  }
}

}  // namespace gatehouse::detail
