// SPDX-License-Identifier: Apache-2.0
// A worker that is left behind in its plugin outlives the memory that the host gave: it must not write there any more.
#include <doctest/doctest.h>

#include <sys/mman.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include "bench.hpp"

namespace {

using namespace bench;

/// Memory of a host, which is taken back but keeps its address: whoever still touches it dies.
class Memory {
 public:
  Memory() : at_(mmap(nullptr, size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    REQUIRE(at_ != MAP_FAILED);
  }
  ~Memory() { munmap(at_, size()); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  static std::size_t size() { return gatehouse::minimum_region_size(); }
  [[nodiscard]] void* at() const noexcept { return at_; }
  void take_back() const { REQUIRE(mprotect(at_, size(), PROT_NONE) == 0); }

 private:
  void* at_;
};

std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

TEST_CASE("a worker that comes back after the end leaves the host's memory alone") {
  const yard::Pipe gate;
  Letters letters;
  const Memory memory;
  Bench bench;
  const auto before = threads();
  for (const char* user : {"wait", "wait and forget"}) {
    gatehouse::RuntimeOptions options;
    options.region_memory = memory.at();
    options.region_size = Memory::size();
    auto runtime = *gatehouse::Runtime::open(std::move(options));
    gatehouse::ConfigSource source;
    source.text = "[realms.r]\nchain = [\"b\"]\n" +
                  bench.backend("b", line("events", letters.fd()) + line("gate", gate.reads()) + "workers = 1\n");
    std::thread caller;
    {
      const auto config = *runtime.load(source);
      REQUIRE(runtime.start());
      caller = std::thread([realm = *config.realm(), user] {
        CHECK(realm.decide(Request::with_password(user, "right")).code() == DecisionCode::unavailable);
      });
      REQUIRE(letters.wait('A'));
    }
    runtime.stop();
    caller.join();
  }
  CHECK(threads() == before + 2);
  memory.take_back();
  gate.put(2);
  for (int i = 0; i < 2; ++i) CHECK(letters.wait('W'));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (threads() > before && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(threads() == before);
}

}  // namespace
