// SPDX-License-Identifier: Apache-2.0
// A configuration file from anybody: it is read or refused with clean messages, within the stack and in bounded time.
#include <cstddef>
#include <cstdint>

#include "config_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatehouse::ConfigSource source;
  source.text.assign(reinterpret_cast<const char*>(data), size);
  source.sections = {{"proxy", config_fuzz::options()}};
  source.ignored_sections = {"http"};
  const auto document = gatehouse::config::read(source, config_fuzz::catalogue());
  config_fuzz::check_document(document);
  if (document) config_fuzz::require(document->sections.count("proxy") == 1);
  return 0;
}
