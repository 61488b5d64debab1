// SPDX-License-Identifier: Apache-2.0
// A request on its way through the scan, the gate and the writer: what comes out must be read as the same request by
// the same gate, whatever went in; no caller's identity may come out; and cuts in the bytes must change nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "body_source.hpp"
#include "forward_head.hpp"
#include "head_scan.hpp"
#include "request_gate.hpp"

namespace {

using gatehouse::http::IdentityHeaders;
using gatehouse::proxy::BodySource;
using gatehouse::proxy::Framing;
using gatehouse::proxy::HeaderRules;
using gatehouse::proxy::HeadScan;
using gatehouse::proxy::RequestHead;

void demand(bool holds) {
  if (!holds) std::abort();
}

HeadScan::State scan_in_steps(std::string_view bytes, std::size_t step, HeadScan& scan) {
  auto state = HeadScan::State::more;
  for (std::size_t size = 0; size < bytes.size() && state == HeadScan::State::more;) {
    size = std::min(bytes.size(), size + step);
    state = scan.scan(bytes.substr(0, size));
  }
  return state;
}

struct Body {
  BodySource::State state = BodySource::State::more;
  std::string bytes;
};

Body read_body(const RequestHead& head, std::string rest, std::size_t step) {
  BodySource source;
  source.start(head.framing, head.length);
  Body body;
  for (std::size_t used = 0; used < rest.size() && !source.done() && body.state == BodySource::State::more;) {
    const auto taken = source.take({rest.data() + used, std::min(step, rest.size() - used)});
    body.bytes.append(rest.data() + used, taken.payload);
    body.state = taken.state;
    used += taken.used;
  }
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  HeadScan scan;
  const auto state = bytes.empty() ? HeadScan::State::more : scan.scan(bytes);
  if (size < 4096) {
    HeadScan cut;
    const auto cut_state = scan_in_steps(bytes, 1, cut);
    demand(cut_state == state);
    demand(state != HeadScan::State::complete || cut.end() == scan.end());
  }
  if (state != HeadScan::State::complete) return 0;
  RequestHead head;
  if (admit(bytes.substr(scan.begin(), scan.end() - scan.begin()), head)) return 0;

  static const IdentityHeaders identity;
  static const HeaderRules rules(identity);
  std::string out;
  write_request_head(out, head,
                     {.rules = rules,
                      .upstream_host = {},
                      .upstream_authority = "upstream",
                      .trail = "192.0.2.1",
                      .scheme = "http",
                      .host = head.host,
                      .upgrade = {},
                      .identity = {},
                      .keep_authorization = false,
                      .strip_origin = true});
  HeadScan again({.head = 128 * 1024, .first_line = 16 * 1024, .fields = 200});
  demand(again.scan(out) == HeadScan::State::complete && again.end() == out.size());
  RequestHead passed;
  demand(!admit(out, passed));
  demand(passed.method == head.method && passed.path == head.path && passed.framing == head.framing &&
         passed.length == head.length && passed.keep_alive && passed.nominated.empty() && !passed.host.empty() &&
         !passed.expects_continue && passed.upgrades.empty());
  for (const auto& field : passed.fields.list) demand(!identity.is_protected(field.name));

  const std::string rest(bytes.substr(scan.end()));
  const auto whole = read_body(head, rest, std::max<std::size_t>(rest.size(), 1));
  const auto cut = read_body(head, rest, 1);
  demand(whole.state == cut.state && whole.bytes == cut.bytes);
  return 0;
}
