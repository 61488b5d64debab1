// SPDX-License-Identifier: Apache-2.0
#include "boundary/call_table.hpp"

#include <doctest/doctest.h>

#include <set>
#include <thread>
#include <vector>

namespace {

using gatehouse::detail::Admit;
using gatehouse::detail::CallRecord;
using gatehouse::detail::CallTable;
using gatehouse::detail::SteadyTime;

struct Table {
  explicit Table(std::size_t slots) : table(slots) {}
  gatehouse_call* open() { return table.open(SteadyTime(), abandoned, admit); }
  bool name(gatehouse_call* call, const char* subject) {
    return table.with(call, [&](CallRecord& record, auto&&...) { record.identity.subject = subject; });
  }
  std::atomic<bool> abandoned{false};
  Admit admit;
  CallTable table;
};

TEST_CASE("a call keeps what was said of it, once") {
  Table t(2);
  gatehouse_call* call = t.open();
  REQUIRE(call != nullptr);
  CHECK(t.name(call, "bob"));
  CHECK(t.table.close(call).identity.subject == "bob");
  CHECK_FALSE(t.name(call, "root"));
  gatehouse_call* next = t.open();
  CHECK(t.table.close(next).identity.subject == "");
}

TEST_CASE("no more calls than slots; a closed one makes room") {
  Table t(3);
  std::vector<gatehouse_call*> calls = {t.open(), t.open(), t.open()};
  for (gatehouse_call* call : calls) CHECK(call != nullptr);
  CHECK(t.open() == nullptr);
  static_cast<void>(t.table.close(calls[1]));
  CHECK(t.open() != nullptr);
}

TEST_CASE("a handle is never given twice, and never null") {
  Table t(3);
  std::set<gatehouse_call*> seen;
  for (int i = 0; i < 10'000; ++i) {
    gatehouse_call* call = t.open();
    REQUIRE(call != nullptr);
    REQUIRE(seen.insert(call).second);
    static_cast<void>(t.table.close(call));
  }
}

TEST_CASE("old and made-up handles reach nobody, also while calls are open") {
  Table t(2);
  gatehouse_call* old = t.open();
  static_cast<void>(t.table.close(old));
  gatehouse_call* mine = t.open();
  gatehouse_call* other = t.open();
  int reached = 0;
  for (std::uintptr_t number : {std::uintptr_t{0}, std::uintptr_t{1}, reinterpret_cast<std::uintptr_t>(&t),
                                ~std::uintptr_t{0}, reinterpret_cast<std::uintptr_t>(old)}) {
    auto* made_up = reinterpret_cast<gatehouse_call*>(number);
    if (made_up != mine && made_up != other && t.name(made_up, "root")) ++reached;
  }
  CHECK(reached == 0);
  CHECK(t.table.close(mine).identity.subject == "");
  CHECK(t.table.close(other).identity.subject == "");
}

TEST_CASE("the record knows the thread that opened it") {
  Table t(1);
  std::thread::id there;
  std::thread::id recorded;
  std::thread([&] {
    there = std::this_thread::get_id();
    gatehouse_call* call = t.open();
    recorded = t.table.close(call).thread;
  }).join();
  CHECK(recorded == there);
  CHECK(recorded != std::this_thread::get_id());
}

}  // namespace
