// SPDX-License-Identifier: Apache-2.0
// What is read of the request that another proxy asks about can be judged: each part is empty or well formed, and comes
// from the one form that is believed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "head_scan.hpp"
#include "original_request.hpp"
#include "request_gate.hpp"
#include "target.hpp"

namespace {

using namespace gatehouse;  // NOLINT(google-build-using-namespace)
using proxy::ForwardAuthForm;

void demand(bool holds) {
  if (!holds) std::abort();
}

std::vector<http::Network> peers() {
  const std::vector<std::string> texts = {"10.0.0.0/8", "fd00::/8"};
  auto read = http::read_networks(texts);
  demand(read.ok());
  return *std::move(read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const std::vector<http::Network> trusted = peers();
  constexpr ForwardAuthForm forms[] = {ForwardAuthForm::forwarded, ForwardAuthForm::original, ForwardAuthForm::request};
  const auto form = forms[data[0] % 3];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  proxy::HeadScan scan;
  if (bytes.empty() || scan.scan(bytes) != proxy::HeadScan::State::complete) return 0;
  proxy::RequestHead head;
  if (admit(bytes.substr(scan.begin(), scan.end() - scan.begin()), head)) return 0;

  proxy::OriginalRequest original;
  const auto why = read_original(head, form, trusted, original);
  if (!why.empty()) return 0;
  demand(original.from.empty() || (original.from != "unix" && http::SourceAddress::read(original.from)));
  demand(!original.method.empty());
  for (const char c : original.method) demand(c > ' ' && c < 127 && (c < 'a' || c > 'z'));
  demand(original.target == "*" || original.target.starts_with('/'));
  for (const char c : original.target) demand(c > ' ' && c < 127);
  demand(original.host.empty() || proxy::is_authority(original.host));
  if (form == ForwardAuthForm::request) demand(original.method == head.method && original.target == head.path);
  return 0;
}
