// SPDX-License-Identifier: Apache-2.0
// gatehouse check: loads the configuration as serve does, and ends where serve would start threads.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <gatehouse/rules.hpp>
#include <gatehouse/runtime.hpp>
#include <iostream>
#include <string>
#include <thread>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "source.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

void print_realms(const Config& config) {
  for (const std::string& name : config.realm_names()) {
    auto realm = config.realm(name);
    if (!realm) continue;
    std::cout << "realm " << printable(name) << ":";
    const char* separator = " ";
    for (const std::string& backend : realm->chain()) {
      std::cout << separator << printable(backend);
      separator = ", ";
    }
    std::cout << '\n';
  }
}

std::string short_time(std::chrono::microseconds time) {
  if (time < std::chrono::milliseconds(1)) return std::to_string(time.count()) + " us";
  return std::to_string((time.count() + 500) / 1000) + " ms";
}

/// "staff: bcrypt cost 12: 240 ms, about 8 new logins a second on 2 workers"
void print_costs(const Config& config) {
  for (const SecretCost& cost : config.secret_costs()) {
    std::cout << printable(cost.backend) << ": " << printable(cost.what) << ": " << short_time(cost.time);
    // More workers than processors do not compute more.
    const std::size_t at_once = std::min<std::size_t>(cost.workers, std::max(1U, std::thread::hardware_concurrency()));
    const double rate =
        1e6 * static_cast<double>(at_once) / static_cast<double>(std::max<std::int64_t>(1, cost.time.count()));
    if (rate < 10'000) {
      std::cout << ", about " << std::max<std::int64_t>(1, std::llround(rate)) << " new logins a second on "
                << cost.workers << (cost.workers == 1 ? " worker" : " workers");
    }
    std::cout << '\n';
  }
}

}  // namespace

int check(const Arguments& arguments) {
  auto runtime = Runtime::open(runtime_options(arguments));
  if (!runtime) {
    print_error(runtime.error().message);
    return exit_usage;
  }
  auto config = runtime->load(config_source(arguments));
  if (!config) {
    print_error(config.error().message);
    return exit_usage;
  }
  if (auto sections = check_sections(*config, arguments); !sections) {
    print_error(sections.error().message);
    return exit_usage;
  }
  auto missing = check_serve(*config, arguments);
  if (!missing) {
    print_error(missing.error().message);
    return exit_usage;
  }
  print_realms(*config);
  print_costs(*config);
  if (auto rules = http::rules(*config)) {
    for (const std::string& warning : rules->warnings()) std::cerr << "warning: " << printable(warning) << '\n';
  }
  if (!missing->empty()) std::cerr << "warning: " << printable(*missing) << '\n';
  std::cout << paint("OK", Colour::green, colours(STDOUT_FILENO)) << std::endl;
  return exit_ok;
}

}  // namespace gatehouse::cli
