// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <functional>
#include <resolver.hpp>
#include <socket.hpp>
#include <string>
#include <thread>
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

/// A DNS server on this machine that answers each question with what the test makes of it; empty = silence.
class NameServer {
 public:
  explicit NameServer(std::function<Bytes()> answer) : answer_(std::move(answer)) {
    where_.sin_family = AF_INET;
    where_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where_;
    REQUIRE(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&where_), size) == 0);
    REQUIRE(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&where_), &size) == 0);
    thread_ = std::thread([this] { run(); });
  }
  ~NameServer() {
    shutdown(socket_.get(), SHUT_RDWR);  // of a UDP socket: wakes who reads
    thread_.join();
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  [[nodiscard]] const sockaddr_in* where() const { return &where_; }

 private:
  void run() {
    for (;;) {
      std::array<unsigned char, 512> question{};
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t length =
          recvfrom(socket_.get(), question.data(), question.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (length <= 2) return;
      Bytes bytes = answer_();
      if (bytes.empty()) continue;
      bytes[0] = question[0];
      bytes[1] = question[1];
      sendto(socket_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
  }

  std::function<Bytes()> answer_;
  Socket socket_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in where_{};
  std::thread thread_;
};

const ServiceDomain corp{Scheme::ldaps, "corp.example"};

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

TEST_CASE("a DNS server is asked") {
  const NameServer server([] {
    return answer(
        {{20, 0, 636, "dc2.corp.example"}, {10, 0, 3269, "dc1.corp.example"}, {0, 0, 636, "dc.evil.example"}});
  });
  std::string fault;
  const auto found = look_up_servers(corp, Milliseconds(4000), fault, server.where());
  CHECK(found == std::vector<ServerAddress>{{Scheme::ldaps, "dc1.corp.example", 3269},
                                            {Scheme::ldaps, "dc2.corp.example", 636}});
  CHECK(fault.empty());
}

TEST_CASE("a DNS server that knows nothing, talks nonsense or is silent") {
  std::string fault;
  const NameServer empty([] { return answer({}); });
  CHECK(look_up_servers(corp, Milliseconds(2000), fault, empty.where()).empty());
  CHECK(fault.find("_ldaps._tcp.corp.example") != std::string::npos);
  const NameServer foreign([] { return answer({{0, 0, 636, "dc.evil.example"}}); });
  CHECK(look_up_servers(corp, Milliseconds(2000), fault, foreign.where()).empty());
  CHECK(fault.find("within the domain") != std::string::npos);
  for (const Bytes& said : {Bytes{}, Bytes(12, 0xff), Bytes(3, 0)}) {
    const NameServer odd([&said] { return said; });
    const auto began = Deadline::Clock::now();
    fault.clear();
    CHECK(look_up_servers(corp, Milliseconds(2000), fault, odd.where()).empty());
    CHECK_FALSE(fault.empty());
    CHECK(Deadline::Clock::now() - began < Milliseconds(10'000));
  }
}
