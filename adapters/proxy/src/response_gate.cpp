// SPDX-License-Identifier: Apache-2.0
#include "response_gate.hpp"

#include "framing.hpp"

namespace gatehouse::proxy {

bool admit(std::string_view bytes, std::string_view method, ResponseHead& head) {
  if (!parse(bytes, head)) return false;
  if (head.status < 100 || head.status > 599 || head.status == 101) return false;
  const auto framing = read_framing(head.fields, head.minor, head.nominated);
  if (!framing.valid) return false;
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
