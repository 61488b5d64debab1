// SPDX-License-Identifier: Apache-2.0
#include "request_gate.hpp"

#include <boost/beast/http/field.hpp>

#include "ascii.hpp"
#include "framing.hpp"
#include "target.hpp"

namespace gatehouse::proxy {

namespace {

using boost::beast::http::field;

constexpr std::size_t max_method = 32;
constexpr std::size_t max_upgrades = 8;
constexpr std::size_t max_target = 8 * 1024;

/// The field-specific checks: Host, Expect, Upgrade.
std::optional<Refusal> check_fields(RequestHead& head, bool connection_upgrade) {
  std::size_t hosts = 0;
  for (std::size_t i = 0; i < head.fields.list.size(); ++i) {
    const auto value = head.fields.list[i].value;
    switch (static_cast<field>(head.fields.ids[i])) {
      case field::host:
        if (++hosts > 1) return Refusal{400, "More than one Host field."};
        if (!is_authority(value)) return Refusal{400, "The Host field is not valid."};
        head.host = value;
        break;
      case field::expect:
        if (head.minor < 1) break;
        if (!iequals(value, "100-continue")) return Refusal{417, "Only 100-continue can be expected."};
        head.expects_continue = true;
        break;
      case field::upgrade:
        if (!connection_upgrade || head.minor < 1) break;
        for_each_element(value, [&head](std::string_view protocol) {
          head.upgrades.push_back(protocol);
          return head.upgrades.size() < max_upgrades;
        });
        break;
      default:
        break;
    }
  }
  if (hosts == 0 && head.minor >= 1) return Refusal{400, "The Host field is missing."};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> check(RequestHead& head, std::string_view scheme) {
  head.host = {};
  head.expects_continue = false;
  head.upgrades.clear();

  // Methods are compared as they are (RFC 9110, 9.1), but many services take "delete" for DELETE.
  if (head.method.size() > max_method || head.method == "CONNECT" || head.method == "TRACE" ||
      has_lower_case(head.method)) {
    return Refusal{501, "This method is not supported."};
  }
  if (head.target.size() > max_target) return Refusal{414, "The request target is too long."};

  const auto framing = read_framing(head.fields, head.minor, head.nominated);
  if (!framing.valid) return Refusal{400, "The request does not say clearly where it ends."};
  head.framing = framing.chunked                             ? Framing::chunked
                 : framing.has_length && framing.length != 0 ? Framing::length
                                                             : Framing::none;
  head.length = framing.length;
  head.keep_alive = !framing.close && (head.minor >= 1 || framing.keep_alive);

  if (auto refusal = check_fields(head, framing.upgrade)) return refusal;

  const auto target = read_target(head.target, head.method, scheme);
  if (!target) return Refusal{400, "The request target is not valid."};
  head.path = target->path;
  if (!target->authority.empty()) head.host = target->authority;
  return std::nullopt;
}

std::optional<Refusal> admit(std::string_view bytes, RequestHead& head, std::string_view scheme) {
  if (!parse(bytes, head)) return Refusal{400, "The request is not valid HTTP/1.1."};
  return check(head, scheme);
}

}  // namespace gatehouse::proxy
