// SPDX-License-Identifier: Apache-2.0
// HP-38: many readers while the file is replaced again and again. Run it under TSan.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fake_plugin_host.hpp>
#include <file_backend.hpp>

#include <scratch_folder.hpp>
#include "samples.hpp"

using namespace gatehouse::htpasswd;
using gatehouse::htpasswd::test::kPassword;
using gatehouse::htpasswd::test::kSha;
using gatehouse::plugin::Call;
using gatehouse::plugin::Host;
using gatehouse::plugin::Request;
using gatehouse::test::FakeCall;
using gatehouse::test::FakeHost;
using gatehouse::test::password_request;
using gatehouse::test::ScratchFolder;

namespace {

/// Version n: alice always, "odd" or "even", and some more so that tables are freed under load.
std::string version(int n) {
  const std::string tail = ":" + std::string(kSha) + "\n";
  std::string text = "alice" + tail + (n % 2 == 0 ? "even" : "odd") + tail;
  for (int i = 0; i < 200; ++i) text += "u" + std::to_string(n) + "-" + std::to_string(i) + tail;
  return text;
}

}  // namespace

TEST_CASE("verdicts stay whole while tables change") {
  const ScratchFolder folder;
  FakeHost host;
  folder.write("users", version(0));
  FileBackend backend(Host(host.handle(), FakeHost::api()), {.file = folder.file("users"), .groups = {}});
  backend.start();

  std::atomic<bool> done{false};
  std::atomic<int> asked{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      const auto ask = [&](std::string_view user, std::string_view password) {
        FakeCall fake;
        Call call(Host(host.handle(), FakeHost::api()), fake.handle());
        const auto request = password_request(user, password);
        return backend.authenticate(Request(request), call).code();
      };
      while (!done) {
        if (ask("alice", kPassword) != GATEHOUSE_VERDICT_GRANTED) ++wrong;
        if (ask("alice", "wrong") != GATEHOUSE_VERDICT_DENIED) ++wrong;
        if (ask("nobody", kPassword) != GATEHOUSE_VERDICT_NOT_MINE) ++wrong;
        const auto odd = ask("odd", kPassword);
        if (odd != GATEHOUSE_VERDICT_GRANTED && odd != GATEHOUSE_VERDICT_NOT_MINE) ++wrong;
        asked += 4;
      }
    });
  }
  for (int n = 1; n <= 60; ++n) {
    folder.replace("users", version(n));
    for (int i = 0; i < 3; ++i) {
      host.monotonic += 210;
      backend.background();
    }
  }
  while (asked < 1000) std::this_thread::yield();
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(asked >= 1000);
  CHECK(host.invalidated().size() >= 60);
}
