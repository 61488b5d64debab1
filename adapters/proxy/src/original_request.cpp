// SPDX-License-Identifier: Apache-2.0
#include "original_request.hpp"

#include <algorithm>
#include <optional>

#include "ascii.hpp"
#include "target.hpp"

namespace gatehouse::proxy {

namespace {

constexpr std::size_t max_method = 32;
constexpr std::size_t max_uri = 8 * 1024;
constexpr std::string_view bad_uri = "The original URI is not told in a way that can be judged.";

/// The value of a field. nullopt: it stands more than once. Empty: it does not stand, or is empty.
std::optional<std::string_view> single(const RequestHead& head, std::string_view name) noexcept {
  std::optional<std::string_view> found;
  for (const auto& field : head.fields.list) {
    if (!iequals(field.name, name)) continue;
    if (found) return std::nullopt;
    found = field.value;
  }
  return found ? *found : std::string_view();
}

bool is_method(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_method && !has_lower_case(text) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
         });
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// From the right: each proxy appends who asked it. What stands left of the first that is not trusted is hearsay.
std::string_view caller_of(const RequestHead& head, std::span<const http::Network> trusted) noexcept {
  std::string_view last;
  for (auto field = head.fields.list.rbegin(); field != head.fields.list.rend(); ++field) {
    if (!iequals(field->name, "X-Forwarded-For")) continue;
    for (auto rest = field->value;;) {
      const auto comma = rest.rfind(',');
      const auto element = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (element == "unix" || !http::SourceAddress::read(element)) return {};
      last = element;
      if (!http::contain(trusted, element)) return last;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return last;
}

/// Path and query, or a URL of http or https, whose scheme says nothing here.
std::string_view read_uri(const RequestHead& head, std::string_view uri, OriginalRequest& out) noexcept {
  if (uri.size() > max_uri) return bad_uri;
  constexpr std::string_view https = "https://";
  std::string_view authority;
  if (iequals(uri.substr(0, https.size()), https)) {
    const auto rest = uri.substr(https.size());
    const auto end = std::min(rest.find_first_of("/?"), rest.size());
    authority = rest.substr(0, end);
    uri = end == rest.size() ? std::string_view("/") : rest.substr(end);
    if (!is_authority(authority)) return bad_uri;
  }
  const auto target = read_target(uri, out.method);
  if (!target || (!authority.empty() && !target->authority.empty())) return bad_uri;
  out.target = target->path;
  out.host = authority.empty() ? target->authority : authority;
  if (!out.host.empty()) return {};
  const auto host = single(head, "X-Forwarded-Host");
  if (!host || (!host->empty() && !is_authority(*host))) return "The original host is not valid.";
  out.host = *host;
  return {};
}

}  // namespace

std::string_view read_original(const RequestHead& head, ForwardAuthForm form, std::span<const http::Network> trusted,
                               OriginalRequest& out) noexcept {
  out = {};
  out.from = caller_of(head, trusted);
  if (form == ForwardAuthForm::request) {
    out.method = head.method;
    out.target = head.path;
    out.host = head.host;
    return {};
  }
  const bool forwarded = form == ForwardAuthForm::forwarded;
  const auto method = single(head, forwarded ? "X-Forwarded-Method" : "X-Original-Method");
  if (!method || !is_method(*method)) return "The original method is not told once.";
  out.method = *method;
  const auto uri = single(head, forwarded ? "X-Forwarded-Uri" : "X-Original-URL");
  if (!uri || uri->empty()) return "The original URI is not told once.";
  return read_uri(head, *uri, out);
}

}  // namespace gatehouse::proxy
