// SPDX-License-Identifier: Apache-2.0
#include "region/region.hpp"

#include <doctest/doctest.h>

#include <gatehouse/gatehouse.h>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

using gatehouse::detail::Region;

/// What a host would share.
struct Zone {
  explicit Zone(std::size_t bytes = Region::minimum_size()) : size(bytes), words(size / 8 + 8) {}
  [[nodiscard]] unsigned char* at() {
    void* start = words.data();
    std::size_t space = words.size() * 8;
    return static_cast<unsigned char*>(std::align(64, size, start, space));
  }
  std::size_t size;
  std::vector<std::uint64_t> words;
};

TEST_CASE("memory of zeros becomes a region with a key; who comes later joins it") {
  Zone zone;
  const auto first = *Region::of_host(zone.at(), zone.size);
  CHECK_FALSE(first->joined());
  CHECK(first->key() != gatehouse::detail::RegionKey{});
  const auto second = *Region::of_host(zone.at(), zone.size);
  CHECK(second->joined());
  CHECK(second->key() == first->key());
  CHECK(Region::own(1)->key() != first->key());
}

TEST_CASE("another size, another version or a damaged head starts anew, with another key") {
  Zone zone(Region::minimum_size() + 4096);
  const auto first = *Region::of_host(zone.at(), zone.size);
  SUBCASE("size") {
    zone.size -= 64;
  }
  SUBCASE("any byte of the head") {
    for (std::size_t i = 0; i < 88; ++i) {
      CAPTURE(i);
      const auto before = *Region::of_host(zone.at(), zone.size);
      zone.at()[i] = static_cast<unsigned char>(zone.at()[i] ^ 1U);
      const auto after = *Region::of_host(zone.at(), zone.size);
      CHECK_FALSE(after->joined());
      CHECK(after->key() != before->key());
    }
    zone.at()[20] ^= 1U;
  }
  SUBCASE("noise") {
    std::memset(zone.at(), 0xA5, zone.size);
  }
  const auto second = *Region::of_host(zone.at(), zone.size);
  CHECK_FALSE(second->joined());
  CHECK(second->key() != first->key());
}

TEST_CASE("a region of its own is in no core dump: it has a key, and who is logged in") {
  const auto region = Region::own(Region::minimum_size());
  const auto at = reinterpret_cast<std::uintptr_t>(region->part(gatehouse::detail::Part::grants).data());
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  std::string flags;
  for (std::string line; flags.empty() && std::getline(maps, line);) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2) inside = from <= at && at < to;
    if (inside && line.starts_with("VmFlags:")) flags = line + ' ';
  }
  CHECK(flags.find(" dd ") != std::string::npos);
}

TEST_CASE("what cannot be a region is refused with its reason") {
  Zone zone;
  CHECK_FALSE(Region::of_host(nullptr, zone.size).ok());
  CHECK(Region::of_host(zone.at() + 8, zone.size - 8).error().message.find("64 bytes") != std::string::npos);
  CHECK(Region::of_host(zone.at(), zone.size - 1).error().message.find("too small") != std::string::npos);
  CHECK(Region::size_for(0) == Region::minimum_size());
  CHECK(Region::size_for(1'000'000) > 1'000'000);
  CHECK(Region::size_for(SIZE_MAX) > Region::minimum_size());
}

TEST_CASE("hosts hand it in through C; the struct of the first header goes on working") {
  Zone zone;
  CHECK(gatehouse_region_size_min() == Region::minimum_size());
  CHECK(gatehouse_region_size_for(1'000'000) == Region::size_for(1'000'000));
  gatehouse_runtime_options options{};
  options.struct_size = sizeof options;
  options.region_memory = zone.at();
  options.region_size = zone.size - 1;
  char* error = nullptr;
  CHECK(gatehouse_runtime_open(&options, &error) == nullptr);
  REQUIRE(error != nullptr);
  CHECK(std::strstr(error, "too small") != nullptr);
  gatehouse_free(error);
  options.region_size = zone.size;
  gatehouse_runtime* runtime = gatehouse_runtime_open(&options, nullptr);
  CHECK(runtime != nullptr);
  gatehouse_runtime_close(runtime);
  CHECK((*Region::of_host(zone.at(), zone.size))->joined());
  options.struct_size = offsetof(gatehouse_runtime_options, region_memory);
  options.region_size = 1;  // not read
  runtime = gatehouse_runtime_open(&options, nullptr);
  CHECK(runtime != nullptr);
  gatehouse_runtime_close(runtime);
  options.struct_size = 8;
  CHECK(gatehouse_runtime_open(&options, nullptr) == nullptr);
}

}  // namespace
