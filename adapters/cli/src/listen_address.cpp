// SPDX-License-Identifier: Apache-2.0
#include "listen_address.hpp"

#include <arpa/inet.h>

#include <cstdint>

namespace gatehouse::cli {

std::string as_url(std::string_view address, bool tls) {
  return address.starts_with("unix:") ? std::string(address) : (tls ? "https://" : "http://") + std::string(address);
}

bool is_local(std::string_view address) {
  if (address.starts_with("unix:")) return true;
  const std::size_t colon = address.rfind(':');
  std::string host(address.substr(0, colon));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    in6_addr v6 = {};
    if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
  }
  in_addr v4 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) != 1) return host == "localhost";
  return (ntohl(v4.s_addr) >> 24U) == 127;
}

}  // namespace gatehouse::cli
