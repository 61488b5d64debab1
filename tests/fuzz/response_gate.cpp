// SPDX-License-Identifier: Apache-2.0
// A response on its way through the scan, the gate and the writer: what the caller gets must be read as the same
// response by the same gate, with a body that ends where it ended.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "forward_head.hpp"
#include "head_scan.hpp"
#include "response_gate.hpp"

namespace {

using gatehouse::proxy::Framing;
using gatehouse::proxy::HeadScan;
using gatehouse::proxy::ResponseHead;

void demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view method = (data[0] & 1U) != 0 ? "HEAD" : "GET";
  const std::string_view upgrade = (data[0] & 2U) != 0 ? "websocket" : "";
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  HeadScan scan({.head = 32 * 1024, .first_line = 8 * 1024, .fields = 200});
  if (bytes.empty() || scan.scan(bytes) != HeadScan::State::complete || scan.begin() != 0) return 0;
  ResponseHead head;
  if (!admit(bytes.substr(0, scan.end()), method, head, upgrade)) return 0;
  demand(head.status >= 100 && head.status <= 999);
  demand(head.status != 101 || !upgrade.empty());
  if (head.status < 200) return 0;

  const bool unsized = head.framing == Framing::chunked || head.framing == Framing::until_close;
  std::string out;
  write_response_head(out, head, {unsized, true, 1});
  HeadScan again({.head = 128 * 1024, .first_line = 16 * 1024, .fields = 300});
  demand(again.scan(out) == HeadScan::State::complete && again.begin() == 0 && again.end() == out.size());
  ResponseHead passed;
  demand(admit(out, method, passed, {}));
  demand(passed.status == head.status && passed.nominated.empty());
  demand(passed.keep_alive || passed.framing == Framing::none);  // what comes behind such a head is not waited for
  demand(passed.framing == (unsized ? Framing::chunked : head.framing));
  demand(head.framing != Framing::length || passed.length == head.length);
  return 0;
}
