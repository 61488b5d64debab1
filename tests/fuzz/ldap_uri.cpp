// SPDX-License-Identifier: Apache-2.0
// A backend given as an LDAP URL: options, or a refusal; never a secret, and a server that reads back as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <gatehouse/plugin/description.hpp>
#include <server_address.hpp>
#include <string>
#include <string_view>
#include <uri.hpp>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::ldap;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    for (const auto& [name, value] : options_of_uri(text)) {
      require(!name.empty());
      for (const char c : name + value) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
      if (name != "uri" || value.find("://") == std::string::npos) continue;
      std::string fault;
      const auto server = read_server(value, fault);
      if (server) require(read_server(server->uri(), fault) == server && server->uri().find('@') == std::string::npos);
    }
  } catch (const gatehouse::plugin::ConfigError& refused) {
    require(refused.what() != std::string());
  }
  return 0;
}
