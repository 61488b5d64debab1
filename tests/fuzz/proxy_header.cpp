// SPDX-License-Identifier: Apache-2.0
// A PROXY header: cuts change nothing, what follows it is left, and what comes out is an address or nothing. The source
// is then read as a trusted proxy's X-Forwarded-For.
#include "proxy_header.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "forwarding.hpp"

namespace {

using gatehouse::proxy::ProxyHeader;

void demand(bool holds) {
  if (!holds) std::abort();
}

std::size_t feed(ProxyHeader& header, std::string_view bytes, std::size_t step) {
  std::size_t used = 0;
  while (used < bytes.size() && header.state() == ProxyHeader::State::more) {
    const auto taken = header.take(bytes.substr(used, step));
    demand(taken <= step && taken > 0);
    used += taken;
  }
  return used;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ProxyHeader whole;
  ProxyHeader cut;
  const auto used = feed(whole, bytes, size + 1);
  const auto used_cut = feed(cut, bytes, 1);
  demand(whole.state() == cut.state() && whole.source() == cut.source());
  demand(whole.state() != ProxyHeader::State::done || used == used_cut);
  demand(used <= ProxyHeader::max_size || whole.state() != ProxyHeader::State::done);
  demand(whole.source().empty() || gatehouse::http::SourceAddress::read(whole.source()));

  static const auto trusted = gatehouse::http::read_networks(std::vector<std::string>{"0.0.0.0/1", "::/1"});
  gatehouse::proxy::RequestHead head;
  head.host = "a";
  head.fields.list = {{"X-Forwarded-For", bytes}, {"X-Forwarded-Host", bytes}, {"X-Forwarded-Proto", bytes}};
  head.fields.ids.resize(3);
  const auto origin = gatehouse::proxy::find_origin(head, "10.0.0.1", "http", *trusted);
  demand(gatehouse::http::SourceAddress::read(origin.client).has_value());
  demand(origin.trail.starts_with(origin.client) && origin.trail.size() < 1024);
  demand(origin.trail.find_first_of("\r\n\"") == std::string::npos);
  return 0;
}
