// SPDX-License-Identifier: Apache-2.0
// What a login costs that is not remembered: one search and one bind, by the engine with its ldap plugin, and by
// libldap alone on as many connections. Rounds alternate, so that both see the same machine. Prints a line; no test.
// The ratio is that of logins a second, which others on the machine disturb; the microseconds are the process's own
// time.
//   ldap_cold URI BASE USERS THREADS SECONDS PLUGIN_DIR
#include <ldap.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <gatehouse/runtime.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Setup {
  std::string uri;
  std::string base;
  int users;
  int threads;
  int seconds;
  std::string plugins;
};

std::string user(const Setup& setup, int n) {
  return "user" + std::to_string(n % setup.users);
}

struct Rate {
  double logins = 0;  ///< in a second, on all threads together
  double own_us = 0;  ///< of this process for each, user and system
};

double own_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// How often `login(thread, n)` was true.
Rate rate(const Setup& setup, const std::function<bool(int, int)>& login) {
  std::atomic<long> done{0};
  std::atomic<bool> wrong{false};
  const auto start = Clock::now();
  const double own_start = own_time();
  const auto end = start + std::chrono::seconds(setup.seconds);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < setup.threads; ++t) {
      threads.emplace_back([&, t] {
        for (int n = t; Clock::now() < end; n += setup.threads) {
          if (!login(t, n)) wrong = true;
          ++done;
        }
      });
    }
  }
  if (wrong) {
    std::fprintf(stderr, "a login failed\n");
    std::exit(1);
  }
  const auto count = static_cast<double>(done);
  return {count / std::chrono::duration<double>(Clock::now() - start).count(), (own_time() - own_start) / count * 1e6};
}

LDAP* opened(const Setup& setup) {
  LDAP* handle = nullptr;
  const int version = LDAP_VERSION3;
  if (ldap_initialize(&handle, setup.uri.c_str()) != LDAP_SUCCESS) std::exit(1);
  ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
  return handle;
}

bool raw_login(const Setup& setup, LDAP* searches, LDAP* binds, int n) {
  const std::string filter = "(uid=" + user(setup, n) + ")";
  char* attributes[] = {const_cast<char*>("memberOf"), const_cast<char*>("uid"), const_cast<char*>("mail"),
                        const_cast<char*>("cn"), nullptr};
  LDAPMessage* found = nullptr;
  if (ldap_search_ext_s(searches, setup.base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(), attributes, 0, nullptr,
                        nullptr, nullptr, 2, &found) != LDAP_SUCCESS) {
    return false;
  }
  char* dn = ldap_get_dn(searches, ldap_first_entry(searches, found));
  berval secret{6, const_cast<char*>("secret")};
  const bool good = ldap_sasl_bind_s(binds, dn, LDAP_SASL_SIMPLE, &secret, nullptr, nullptr, nullptr) == LDAP_SUCCESS;
  ldap_memfree(dn);
  ldap_msgfree(found);
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const Setup setup{argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4]), std::atoi(argv[5]), argv[6]};
  std::vector<LDAP*> handles;
  for (int i = 0; i < 2 * setup.threads; ++i) handles.push_back(opened(setup));

  gatehouse::RuntimeOptions options;
  options.plugin_dirs = {setup.plugins};
  options.log = [](gatehouse::LogLevel, std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  auto runtime = gatehouse::Runtime::open(options);
  gatehouse::ConfigSource source;
  source.text =
      "[cache]\nttl = \"0s\"\n[realms.app]\nchain = [\"corp\"]\n[backends.corp]\nplugin = \"ldap\"\nuri = \"" +
      setup.uri + "\"\nbase = \"" + setup.base + "\"\nmax_connections = " + std::to_string(2 * setup.threads) +
      "\nworkers = " + std::to_string(setup.threads) + "\n";
  auto config = runtime->load(source);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    return 1;
  }
  auto realm = config->realm("app");
  constexpr int rounds = 3;
  if (!runtime->start()) return 1;

  Rate raw;
  Rate engine;
  const auto add = [](Rate& sum, const Rate& one) {
    sum.logins += one.logins / rounds;
    sum.own_us += one.own_us / rounds;
  };
  for (int round = 0; round < rounds; ++round) {
    add(raw, rate(setup, [&](int t, int n) {
          const auto at = static_cast<std::size_t>(2 * t);
          return raw_login(setup, handles[at], handles[at + 1], n);
        }));
    add(engine, rate(setup, [&](int, int n) {
          const std::string name = user(setup, n);
          return realm->decide(gatehouse::Request::with_password(name, "secret")).code() ==
                 gatehouse::DecisionCode::granted;
        }));
  }
  for (LDAP* handle : handles) ldap_unbind_ext(handle, nullptr, nullptr);
  std::printf("threads %d: libldap %.0f logins/s, gatehouse %.0f logins/s, ratio %.2f; own time %.0f us and %.0f us\n",
              setup.threads, raw.logins, engine.logins, engine.logins / raw.logins, raw.own_us, engine.own_us);
  return 0;
}
