// SPDX-License-Identifier: Apache-2.0
#include "whoami.hpp"

#include <algorithm>
#include <vector>

#include "ascii.hpp"

namespace gatehouse::proxy {

namespace {

struct Told {
  std::string_view method;
  std::string_view path;
  std::vector<http::Header> fields;

  [[nodiscard]] std::string_view value(std::string_view name) const noexcept {
    for (const auto& field : fields) {
      if (iequals(field.name, name)) return field.value;
    }
    return {};
  }
};

/// `head` was written by this proxy, so its shape is known.
Told read(std::string_view head) {
  Told told;
  const auto next_line = [&head] {
    const auto end = std::min(head.find("\r\n"), head.size());
    const auto line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    return line;
  };
  const auto start = next_line();
  const auto space = start.find(' ');
  told.method = start.substr(0, space);
  told.path = start.substr(space + 1, start.rfind(' ') - space - 1);
  for (auto line = next_line(); !line.empty(); line = next_line()) {
    const auto colon = line.find(": ");
    auto value = line.substr(colon + 2);
    const auto name = line.substr(0, colon);
    if (iequals(name, "Cookie") || iequals(name, "Authorization")) value = "(not shown)";
    told.fields.push_back({name, value});
  }
  return told;
}

/// Bytes beyond ASCII are taken as Latin-1, as RFC 9110 does.
void add_json(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (byte < 0x20 || byte >= 0x7f) {
      out.append("\\u00").append({hex[byte >> 4], hex[byte & 15]});
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void add_html(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alnum(c) || c == ' ' || c == '-' || c == '.' || c == '/' || c == ',' || c == ':') {
      out.push_back(c);
    } else {
      out.append("&#").append(std::to_string(byte)).append(";");
    }
  }
}

std::string json(const Told& told, const http::IdentityHeaders::Names& names) {
  std::string out = "{\"user\":";
  add_json(out, told.value(names.user));
  out.append(",\"groups\":[");
  bool first = true;
  if (const auto groups = told.value(names.groups); !groups.empty()) {
    for_each_element(groups, [&](std::string_view group) {
      if (!first) out.push_back(',');
      first = false;
      add_json(out, group);
      return true;
    });
  }
  out.append("],\"method\":");
  add_json(out, told.method);
  out.append(",\"path\":");
  add_json(out, told.path);
  out.append(",\"headers\":[");
  first = true;
  for (const auto& field : told.fields) {
    out.append(first ? "[" : ",[");
    first = false;
    add_json(out, field.name);
    out.push_back(',');
    add_json(out, field.value);
    out.push_back(']');
  }
  out.append("]}\n");
  return out;
}

std::string page(const Told& told, const http::IdentityHeaders::Names& names) {
  std::string out =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Who am I</title><style>"
      "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:3rem auto;padding:0 1rem}"
      "td{padding:.1rem 1rem .1rem 0;vertical-align:top;overflow-wrap:anywhere}td:first-child{white-space:nowrap}"
      "</style></head><body><h1>Signed in as ";
  add_html(out, told.value(names.user));
  out.append("</h1><p>This is what a service behind this login is told:</p><table><tr><td>Request</td><td>");
  add_html(out, told.method);
  out.push_back(' ');
  add_html(out, told.path);
  out.append("</td></tr>");
  for (const auto& field : told.fields) {
    out.append("<tr><td>");
    add_html(out, field.name);
    out.append("</td><td>");
    add_html(out, field.value);
    out.append("</td></tr>");
  }
  out.append("</table></body></html>\n");
  return out;
}

}  // namespace

http::Answer whoami(std::string_view head, const http::IdentityHeaders::Names& names, const http::Asker& asker) {
  const auto told = read(head);
  const bool person = std::any_of(asker.headers.begin(), asker.headers.end(), [](const http::Header& field) {
    return iequals(field.name, "Accept") && field.value.find("text/html") != std::string_view::npos;
  });
  http::Answer answer;
  answer.status = 200;
  answer.body = person ? page(told, names) : json(told, names);
  answer.headers = {
      {"Content-Type", person ? "text/html; charset=utf-8" : "application/json"},
      {"Content-Length", std::to_string(answer.body.size())},
      {"Cache-Control", "no-store"},
      {"X-Content-Type-Options", "nosniff"},
      {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}};
  return answer;
}

}  // namespace gatehouse::proxy
