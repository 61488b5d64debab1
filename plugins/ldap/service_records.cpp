// SPDX-License-Identifier: Apache-2.0
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

#include "resolver.hpp"
#include "text.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::size_t most_records = 64;
constexpr std::size_t most_servers = 16;

/// A resolver state of our own: its limits are ours.
class State {
 public:
  State(Milliseconds limit, const sockaddr_in* name_server) {
    ready_ = res_ninit(&state_) == 0;
    // The resolver waits retrans seconds for each server, and goes round them `retry` times.
    state_.retrans = static_cast<int>(std::max<Milliseconds::rep>(1, limit.count() / 2000));
    state_.retry = 1;
    state_.nscount = std::min(state_.nscount, 2);
    if (name_server == nullptr) return;
    state_.nsaddr_list[0] = *name_server;
    state_.nscount = 1;
  }
  ~State() {
    if (ready_) res_nclose(&state_);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] res_state get() noexcept { return &state_; }

 private:
  struct __res_state state_ {};
  bool ready_ = false;
};

}  // namespace

std::vector<ServiceRecord> read_service_records(const unsigned char* answer, int size) {
  std::vector<ServiceRecord> records;
  ns_msg message;
  if (size <= 0 || ns_initparse(answer, size, &message) != 0) return records;
  const int count = ns_msg_count(message, ns_s_an);
  for (int i = 0; i < count && records.size() < most_records; ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) break;
    if (ns_rr_type(record) != ns_t_srv || ns_rr_rdlen(record) < 7) continue;
    const unsigned char* data = ns_rr_rdata(record);
    std::array<char, NS_MAXDNAME> target{};
    if (dn_expand(ns_msg_base(message), ns_msg_end(message), data + 6, target.data(), target.size()) < 0) continue;
    records.push_back({static_cast<std::uint16_t>(ns_get16(data)), static_cast<std::uint16_t>(ns_get16(data + 2)),
                       static_cast<std::uint16_t>(ns_get16(data + 4)), target.data()});
  }
  return records;
}

std::vector<ServerAddress> servers_from(std::vector<ServiceRecord> records, const ServiceDomain& service) {
  std::stable_sort(records.begin(), records.end(), [](const ServiceRecord& a, const ServiceRecord& b) {
    return std::tuple(a.priority, -static_cast<int>(a.weight)) < std::tuple(b.priority, -static_cast<int>(b.weight));
  });
  std::vector<ServerAddress> servers;
  const std::string end = "." + lowered(service.domain);
  for (const ServiceRecord& record : records) {
    std::string host = lowered(record.target);
    if (host.ends_with('.')) host.pop_back();
    std::string fault;
    if (record.port == 0 || !("." + host).ends_with(end) || !read_server("ldap://" + host, fault)) continue;
    ServerAddress server{service.scheme, std::move(host), record.port};
    if (std::find(servers.begin(), servers.end(), server) != servers.end()) continue;
    servers.push_back(std::move(server));
    if (servers.size() == most_servers) break;
  }
  return servers;
}

std::vector<ServerAddress> look_up_servers(const ServiceDomain& service, Milliseconds limit, std::string& fault,
                                           const sockaddr_in* name_server) {
  State state(limit, name_server);
  if (!state.ready()) {
    fault = "the system's DNS settings cannot be read";
    return {};
  }
  const std::string name = (service.scheme == Scheme::ldaps ? "_ldaps._tcp." : "_ldap._tcp.") + service.domain;
  std::array<unsigned char, 16384> answer{};
  const int size = res_nquery(state.get(), name.c_str(), ns_c_in, ns_t_srv, answer.data(), answer.size());
  const int within = std::min(size, static_cast<int>(answer.size()));
  auto servers = servers_from(read_service_records(answer.data(), within), service);
  if (servers.empty()) {
    fault = size < 0 ? "DNS has no answer for " + name : "DNS names no server within the domain for " + name;
  }
  return servers;
}

}  // namespace gatehouse::ldap
