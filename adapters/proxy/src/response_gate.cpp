// SPDX-License-Identifier: Apache-2.0
#include "response_gate.hpp"

#include <boost/beast/http/field.hpp>

#include "ascii.hpp"
#include "framing.hpp"

namespace gatehouse::proxy {

namespace {

bool is_change_to(const ResponseHead& head, const FramingFields& framing, std::string_view upgrade) noexcept {
  if (upgrade.empty() || head.minor < 1 || !framing.upgrade || framing.chunked || framing.length != 0) return false;
  std::size_t named = 0;
  for (std::size_t i = 0; i < head.fields.list.size(); ++i) {
    if (static_cast<boost::beast::http::field>(head.fields.ids[i]) != boost::beast::http::field::upgrade) continue;
    if (++named > 1 || !iequals(head.fields.list[i].value, upgrade)) return false;
  }
  return named == 1;
}

}  // namespace

bool admit(std::string_view bytes, std::string_view method, ResponseHead& head, std::string_view upgrade) {
  if (!parse(bytes, head)) return false;
  if (head.status < 100 || head.status > 599) return false;
  const auto framing = read_framing(head.fields, head.minor, head.nominated);
  if (!framing.valid) return false;
  if (head.status == 101 && !is_change_to(head, framing, upgrade)) return false;
  head.length = framing.length;
  head.keep_alive = !framing.close && (head.minor >= 1 || framing.keep_alive);
  if (head.status < 200 || head.status == 204 || head.status == 304 || method == "HEAD") {
    head.framing = Framing::none;
    // Services exist that send the body all the same. Whatever comes must not be the next caller's response. A 304 may
    // tell the length of what it stands for, and is too common to pay for that with a connection.
    const bool announced = framing.chunked || framing.length != 0;
    if (announced && head.status != 304) head.keep_alive = false;
  } else if (framing.chunked) {
    head.framing = Framing::chunked;
  } else if (framing.has_length) {
    head.framing = framing.length == 0 ? Framing::none : Framing::length;
  } else {
    head.framing = Framing::until_close;
    head.keep_alive = false;
  }
  return true;
}

}  // namespace gatehouse::proxy
