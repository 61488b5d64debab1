// SPDX-License-Identifier: Apache-2.0
// What hosts in C need beside the engine.
#include <gatehouse/gatehouse.h>

#include <cstring>
#include <exception>
#include <string>

#include "boundary/str.hpp"
#include "config/file_safety.hpp"
#include "log/log_queue.hpp"

using gatehouse::detail::view;

extern "C" {

const char* gatehouse_log_safe(gatehouse_str text, char* into) {
  into[0] = '\0';
  try {
    const std::string safe = gatehouse::detail::log_safe(view(text));
    into[safe.copy(into, GATEHOUSE_LOG_SAFE_SIZE - 1)] = '\0';
  } catch (const std::exception&) {
    into[0] = '\0';
  }
  return into;
}

int gatehouse_path_is_trusted(gatehouse_str path, uint32_t owner, char** error) {
  try {
    const auto trusted = gatehouse::config::check_trusted_path(std::string(view(path)), owner);
    if (!trusted && error != nullptr) *error = ::strdup(trusted.error().message.c_str());
    return trusted ? 1 : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

}  // extern "C"
