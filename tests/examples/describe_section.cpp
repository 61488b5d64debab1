// SPDX-License-Identifier: Apache-2.0
// describe-section http|http.rules|proxy|auth_socket: prints the table of that section for docs/configuration.md
// describe-section --engine-keys: prints the keys that the engine reads itself, which that page describes by hand
#include <iostream>
#include <string>
#include <vector>

#include <gatehouse/auth_socket.hpp>
#include <gatehouse/http.hpp>
#include <gatehouse/proxy.hpp>

#include "config/engine_keys.hpp"

namespace {

std::string kind(const gatehouse::OptionSpec& option) {
  if (!option.choices.empty()) {
    std::string words = "`\"" + option.choices + "\"`";
    for (std::size_t at = words.find('|'); at != std::string::npos; at = words.find('|', at + 6)) {
      words.replace(at, 1, "\"`, `\"");
    }
    return words;
  }
  switch (option.type) {
    case gatehouse::OptionType::text:
      return "text";
    case gatehouse::OptionType::text_list:
      return "list of texts";
    case gatehouse::OptionType::boolean:
      return "`true`, `false`";
    case gatehouse::OptionType::integer:
      return "number";
    case gatehouse::OptionType::duration:
      return "duration";
    case gatehouse::OptionType::size:
      return "size";
    case gatehouse::OptionType::path:
      return "path";
  }
  return "";
}

void print(const std::vector<gatehouse::OptionSpec>& options) {
  std::cout << "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& option : options) {
    const std::string given = option.required                ? "required"
                              : option.default_value.empty() ? ""
                                                             : "`" + option.default_value + "`";
    std::cout << "| `" << option.name << (option.secret ? "_file" : "") << "` | " << kind(option) << " | " << given
              << " | " << option.help << " |\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what == "http") {
    print(gatehouse::http::section().options);
  } else if (what == "http.rules") {
    print(gatehouse::http::section().lists.front().options);
  } else if (what == "proxy") {
    print(gatehouse::proxy::section().options);
  } else if (what == "auth_socket") {
    print(gatehouse::auth_socket::section().options);
  } else if (what == "--engine-keys") {
    namespace config = gatehouse::config;
    for (const auto& keys : {config::realm_keys(), config::backend_keys(), config::cache_keys(), config::log_keys()}) {
      for (const auto& option : keys) std::cout << option.name << "\n";
    }
  } else {
    std::cerr << "usage: describe-section http|http.rules|proxy|auth_socket|--engine-keys\n";
    return 2;
  }
  return 0;
}
