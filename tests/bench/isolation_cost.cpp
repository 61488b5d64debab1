// SPDX-License-Identifier: Apache-2.0
// What isolate = true costs: the same plugin, which answers at once, in this process and in one of its own. No cache.
//   isolation_cost PLUGIN.so [QUESTIONS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <gatehouse/runtime.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

std::vector<double> ask(const gatehouse::Realm& realm, int who, int questions) {
  std::vector<double> times;
  for (int i = 0; i < questions; ++i) {
    const std::string user = "u" + std::to_string(who) + "-" + std::to_string(i);
    const auto began = Clock::now();
    if (!realm.decide(gatehouse::Request::with_password(user, "x")).granted()) std::exit(1);
    times.push_back(microseconds(Clock::now() - began));
  }
  std::sort(times.begin(), times.end());
  return times;
}

void measure(const std::string& plugin, bool isolate, int questions) {
  auto runtime = gatehouse::Runtime::open({});
  if (!runtime) std::exit(1);
  gatehouse::ConfigSource source;
  source.text = "[cache]\nttl = \"0s\"\n[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"" + plugin +
                "\"\nworkers = 8\nisolate = " + (isolate ? "true" : "false") + "\n";
  const auto loading = Clock::now();
  const auto config = runtime->load(source);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    std::exit(1);
  }
  const auto starting = Clock::now();
  if (!runtime->start()) std::exit(1);
  const auto started = Clock::now();
  const gatehouse::Realm realm = *config->realm("r");
  static_cast<void>(ask(realm, 0, questions / 10 + 1));
  const auto times = ask(realm, 1, questions);
  constexpr int callers = 8;
  std::vector<std::thread> threads;
  const auto began = Clock::now();
  for (int i = 0; i < callers; ++i) threads.emplace_back([&, i] { static_cast<void>(ask(realm, 10 + i, questions)); });
  for (std::thread& thread : threads) thread.join();
  const double each = microseconds(Clock::now() - began) / (callers * questions);
  std::printf(
      "%-12s one caller: median %.1f us, 99%% %.1f us; eight callers: %.1f us a question; load %.1f ms, start %.1f "
      "ms\n",
      isolate ? "isolated" : "in process", times[times.size() / 2], times[times.size() * 99 / 100], each,
      microseconds(starting - loading) / 1000, microseconds(started - starting) / 1000);
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::fputs("isolation_cost PLUGIN.so [QUESTIONS]\n", stderr);
    return 2;
  }
  const int questions = count > 2 ? std::atoi(words[2]) : 20'000;
  for (const bool isolate : {false, true, false, true}) measure(words[1], isolate, questions);
  return 0;
}
