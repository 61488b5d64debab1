// SPDX-License-Identifier: Apache-2.0
// Backends as URIs, one per line of the input.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatehouse::ConfigSource source;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (bool more = true; more;) {
    const std::size_t end = text.find('\n');
    source.backends.emplace_back(text.substr(0, end));
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 1);
  }
  const auto document = gatehouse::config::read(source, config_fuzz::catalogue());
  config_fuzz::check_document(document);
  if (document) config_fuzz::require(document->backends.size() == source.backends.size());
  return 0;
}
