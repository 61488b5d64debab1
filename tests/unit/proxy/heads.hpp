// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A header section on its way through everything that judges it: scan, parser, gate.
#include <optional>
#include <string>
#include <string_view>

#include "head_scan.hpp"
#include "request_gate.hpp"
#include "response_gate.hpp"

namespace gatehouse::proxy::test {

/// The status that a request is refused with; 0: it may be judged; -1: its head is not complete.
/// `head` borrows from `bytes`.
inline int refused_with(std::string_view bytes, RequestHead& head, std::size_t step = 0) {
  HeadScan scan;
  auto state = HeadScan::State::more;
  std::size_t size = 0;
  while (state == HeadScan::State::more && size < bytes.size()) {
    size = step == 0 ? bytes.size() : std::min(bytes.size(), size + step);
    state = scan.scan(bytes.substr(0, size));
  }
  switch (state) {
    case HeadScan::State::more:
      return -1;
    case HeadScan::State::bad:
      return 400;
    case HeadScan::State::first_line_too_long:
      return 414;
    case HeadScan::State::too_large:
      return 431;
    case HeadScan::State::complete:
      break;
  }
  const auto refusal = admit(bytes.substr(scan.begin(), scan.end() - scan.begin()), head);
  return refusal ? refusal->status : 0;
}

inline int refused_with(std::string_view bytes) {
  RequestHead head;
  return refused_with(bytes, head);
}

/// A GET with these field lines after a Host; each line with its CRLF.
inline std::string get_with(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

}  // namespace gatehouse::proxy::test
