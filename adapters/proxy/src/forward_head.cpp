// SPDX-License-Identifier: Apache-2.0
#include "forward_head.hpp"

#include <boost/beast/http/field.hpp>

#include "ascii.hpp"

namespace gatehouse::proxy {

namespace {

using boost::beast::http::field;

void add(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void add_status_line(std::string& out, unsigned status, std::string_view reason) {
  out.append("HTTP/1.1 ");
  out.push_back(static_cast<char>('0' + status / 100));
  out.push_back(static_cast<char>('0' + status / 10 % 10));
  out.push_back(static_cast<char>('0' + status % 10));
  out.append(" ").append(reason).append("\r\n");
}

void add_connection(std::string& out, bool keep_alive, int minor) {
  if (!keep_alive) {
    out.append("Connection: close\r\n");
  } else if (minor < 1) {
    out.append("Connection: keep-alive\r\n");
  }
}

/// Forwarded (RFC 7239), saying the same as the fields before it.
void add_forwarded(std::string& out, const RequestContext& context) {
  out.append("Forwarded: ");
  auto trail = context.trail;
  bool first = true;
  while (first || !trail.empty()) {
    const auto comma = trail.find(", ");
    const auto address = trail.substr(0, comma);
    const char* separator = first ? "" : ", ";
    if (!address.empty()) {
      const bool v6 = address.find(':') != std::string_view::npos;
      out.append(separator).append(v6 ? "for=\"[" : "for=").append(address).append(v6 ? "]\"" : "");
      separator = ";";
    }
    if (first && !context.host.empty()) {
      const char* quote = is_token(context.host) ? "" : "\"";
      out.append(separator).append("host=").append(quote).append(context.host).append(quote);
      separator = ";";
    }
    if (first) out.append(separator).append("proto=").append(context.scheme);
    trail = comma == std::string_view::npos ? std::string_view() : trail.substr(comma + 2);
    first = false;
  }
  out.append("\r\n");
}

}  // namespace

void write_request_head(std::string& out, const RequestHead& head, const RequestContext& context) {
  out.clear();
  out.append(head.method).append(" ").append(head.path).append(" HTTP/1.1\r\n");
  const auto callers_host = head.host.empty() ? context.upstream_authority : head.host;
  add(out, "Host", context.upstream_host.empty() ? callers_host : context.upstream_host);
  for (std::size_t i = 0; i < head.fields.list.size(); ++i) {
    const auto id = head.fields.ids[i];
    const auto& [name, value] = head.fields.list[i];
    if (context.rules.drops(id, name)) continue;
    if (static_cast<field>(id) == field::authorization && !context.keep_authorization) continue;
    if (static_cast<field>(id) == field::origin && context.strip_origin) continue;
    if (HeaderRules::is_removed(id, name, head.nominated)) continue;
    add(out, name, value);
  }
  if (head.framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!context.upgrade.empty()) {
    out.append("Connection: Upgrade\r\n");
    add(out, "Upgrade", context.upgrade);
  }
  if (!context.trail.empty()) add(out, "X-Forwarded-For", context.trail);
  add(out, "X-Forwarded-Proto", context.scheme);
  if (!context.host.empty()) add(out, "X-Forwarded-Host", context.host);
  add_forwarded(out, context);
  out.append(context.identity).append("\r\n");
}

void write_response_head(std::string& out, const ResponseHead& head, const ResponseContext& context) {
  out.clear();
  add_status_line(out, head.status, head.reason);
  const bool without_length = head.status < 200 || head.status == 204;
  for (std::size_t i = 0; i < head.fields.list.size(); ++i) {
    const auto id = head.fields.ids[i];
    const auto& [name, value] = head.fields.list[i];
    if (HeaderRules::is_hop_by_hop(id) || HeaderRules::is_removed(id, name, head.nominated)) continue;
    if (without_length && static_cast<field>(id) == field::content_length) continue;
    add(out, name, value);
  }
  if (!context.upgrade.empty()) {
    out.append("Connection: Upgrade\r\n");
    add(out, "Upgrade", context.upgrade);
  }
  if (head.status >= 200) {
    if (context.chunked) out.append("Transfer-Encoding: chunked\r\n");
    add_connection(out, context.keep_alive, context.minor);
  }
  out.append("\r\n");
}

void write_answer_head(std::string& out, const http::Answer& answer, bool keep_alive, int minor) {
  out.clear();
  add_status_line(out, static_cast<unsigned>(answer.status), http::status_text(answer.status));
  for (const auto& [name, value] : answer.headers) add(out, name, value);
  add_connection(out, keep_alive, minor);
  out.append("\r\n");
}

}  // namespace gatehouse::proxy
