// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <resolver.hpp>
#include <string>
#include <vector>

using namespace gatehouse::ldap;

namespace {

using Bytes = std::vector<unsigned char>;

void number(Bytes& out, unsigned value) {
  out.push_back(static_cast<unsigned char>(value >> 8U));
  out.push_back(static_cast<unsigned char>(value & 255U));
}

void name(Bytes& out, const std::string& text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    out.push_back(static_cast<unsigned char>(end - begin));
    out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(begin),
               text.begin() + static_cast<std::ptrdiff_t>(end));
    begin = end + 1;
  }
  out.push_back(0);
}

Bytes answer(const std::vector<ServiceRecord>& records) {
  Bytes out;
  number(out, 7);       // id
  number(out, 0x8180);  // an answer
  number(out, 1);
  number(out, static_cast<unsigned>(records.size()));
  number(out, 0);
  number(out, 0);
  name(out, "_ldaps._tcp.corp.example");
  number(out, 33);
  number(out, 1);
  for (const ServiceRecord& record : records) {
    number(out, 0xc00c);
    number(out, 33);
    number(out, 1);
    number(out, 0);
    number(out, 60);
    Bytes data;
    number(data, record.priority);
    number(data, record.weight);
    number(data, record.port);
    name(data, record.target);
    number(out, static_cast<unsigned>(data.size()));
    out.insert(out.end(), data.begin(), data.end());
  }
  return out;
}

std::vector<ServiceRecord> read(const Bytes& bytes) {
  return read_service_records(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

TEST_CASE("servers by priority, then by weight, and only within the domain") {
  const auto records = read(answer({{20, 0, 636, "late.corp.example"},
                                    {10, 1, 636, "light.corp.example"},
                                    {10, 9, 1636, "HEAVY.corp.example"},
                                    {1, 9, 636, "evil.example"},
                                    {1, 9, 636, "evilcorp.example"},
                                    {1, 0, 0, "none.corp.example"},
                                    {10, 9, 1636, "heavy.corp.example"}}));
  CHECK(records.size() == 7);
  const auto servers = servers_from(records, {Scheme::ldaps, "Corp.Example"});
  CHECK(servers == std::vector<ServerAddress>{{Scheme::ldaps, "heavy.corp.example", 1636},
                                              {Scheme::ldaps, "light.corp.example", 636},
                                              {Scheme::ldaps, "late.corp.example", 636}});
}

TEST_CASE("a bounded number of servers") {
  std::vector<ServiceRecord> many;
  for (unsigned i = 0; i < 100; ++i) {
    many.push_back({1, 1, static_cast<std::uint16_t>(1000 + i), "dc.corp.example"});
  }
  CHECK(read(answer(many)).size() == 64);
  CHECK(servers_from(many, {Scheme::ldap, "corp.example"}).size() == 16);
}

TEST_CASE("broken answers give nothing, or what came before the break") {
  const Bytes whole = answer({{1, 1, 636, "dc1.corp.example"}, {2, 1, 636, "dc2.corp.example"}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(read(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).size() < 2);
  }
  Bytes loop = whole;
  loop[12] = 0xc0;
  loop[13] = 0x0c;  // a name that points to itself
  CHECK(read(loop).empty());
  CHECK(read_service_records(nullptr, -1).empty());
}
