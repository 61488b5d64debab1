// SPDX-License-Identifier: Apache-2.0
#include "handle_options.hpp"

#include <lber.h>
#include <ldap.h>

#include <array>
#include <memory>

namespace gatehouse::ldap {
namespace {

/// The longest single message that is taken: an entry with thousands of groups fits.
constexpr ber_len_t longest_message = ber_len_t{16} * 1024 * 1024;

class Setter {
 public:
  Setter(::ldap* handle, std::string& fault) : handle_(handle), fault_(fault) {}
  [[nodiscard]] bool good() const noexcept { return good_; }

  void set(int option, const char* name, const void* value) {
    if (good_ && ldap_set_option(handle_, option, value) != LDAP_OPT_SUCCESS) {
      good_ = false;
      fault_ = std::string("this libldap does not take ") + name;
    }
  }
  void number(int option, const char* name, int value) { set(option, name, &value); }
  /// An empty text is "not set".
  void text(int option, const char* name, const std::string& value) {
    set(option, name, value.empty() ? nullptr : value.c_str());
  }

 private:
  ::ldap* handle_;
  std::string& fault_;
  bool good_ = true;
};

}  // namespace

bool set_options(::ldap* handle, const Transport& transport, Deadline deadline, std::string& fault) {
  Setter setter(handle, fault);
  setter.number(LDAP_OPT_PROTOCOL_VERSION, "protocol version 3", LDAP_VERSION3);
  setter.set(LDAP_OPT_REFERRALS, "referrals off", LDAP_OPT_OFF);
  setter.set(LDAP_OPT_RESTART, "restart on", LDAP_OPT_ON);
  setter.set(LDAP_OPT_CONNECT_ASYNC, "async connect off", LDAP_OPT_OFF);
  setter.number(LDAP_OPT_DEREF, "dereference never", LDAP_DEREF_NEVER);
  setter.number(LDAP_OPT_SIZELIMIT, "a size limit", 0);
  setter.number(LDAP_OPT_TIMELIMIT, "a time limit", 0);
  setter.set(LDAP_OPT_SERVER_CONTROLS, "no controls", nullptr);
  setter.set(LDAP_OPT_CLIENT_CONTROLS, "no controls", nullptr);

  setter.number(LDAP_OPT_X_TLS_REQUIRE_CERT, "certificate verification", LDAP_OPT_X_TLS_DEMAND);
  setter.number(LDAP_OPT_X_TLS_REQUIRE_SAN, "host verification", LDAP_OPT_X_TLS_DEMAND);
  setter.number(LDAP_OPT_X_TLS_PROTOCOL_MIN, "TLS 1.2", LDAP_OPT_X_TLS_PROTOCOL_TLS1_2);
  setter.number(LDAP_OPT_X_TLS_PROTOCOL_MAX, "any newer TLS", 0);
  setter.text(LDAP_OPT_X_TLS_CIPHER_SUITE, "ciphers", "");
  setter.text(LDAP_OPT_X_TLS_CACERTFILE, "ca_file", transport.ca_file);
  setter.text(LDAP_OPT_X_TLS_CACERTDIR, "no folder of CAs", "");
  setter.text(LDAP_OPT_X_TLS_CERTFILE, "tls_cert", transport.tls_cert);
  setter.text(LDAP_OPT_X_TLS_KEYFILE, "tls_key", transport.tls_key);
  setter.text(LDAP_OPT_X_TLS_CRLFILE, "no CRL file", "");
  const timeval time = to_timeval(deadline.left());
  setter.set(LDAP_OPT_NETWORK_TIMEOUT, "a network timeout", &time);
  setter.set(LDAP_OPT_TIMEOUT, "a timeout", &time);
  if (!setter.good()) return false;
  Sockbuf* buffer = nullptr;
  ber_len_t longest = longest_message;
  if (ldap_get_option(handle, LDAP_OPT_SOCKBUF, static_cast<void*>(&buffer)) != LDAP_OPT_SUCCESS || buffer == nullptr ||
      ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &longest) < 0) {
    fault = "this libldap does not take a limit for messages";
    return false;
  }
  return true;
}

std::vector<std::string> describe_options(::ldap* handle) {
  struct Number {
    int option;
    const char* name;
  };
  static constexpr std::array numbers{Number{LDAP_OPT_PROTOCOL_VERSION, "version"},
                                      Number{LDAP_OPT_REFERRALS, "referrals"},
                                      Number{LDAP_OPT_DEREF, "deref"},
                                      Number{LDAP_OPT_X_TLS_REQUIRE_CERT, "require_cert"},
                                      Number{LDAP_OPT_X_TLS_REQUIRE_SAN, "require_san"},
                                      Number{LDAP_OPT_X_TLS_PROTOCOL_MIN, "tls_min"}};
  std::vector<std::string> all;
  for (const auto& [option, name] : numbers) {
    int value = -1;
    if (ldap_get_option(handle, option, &value) == LDAP_OPT_SUCCESS) {
      all.push_back(std::string(name) + "=" + std::to_string(value));
    }
  }
  for (const auto& [option, name] :
       {Number{LDAP_OPT_TIMEOUT, "timeout"}, Number{LDAP_OPT_NETWORK_TIMEOUT, "network"}}) {
    timeval* time = nullptr;
    const bool set = ldap_get_option(handle, option, static_cast<void*>(&time)) == LDAP_OPT_SUCCESS && time != nullptr;
    all.push_back(std::string(name) + (set && time->tv_sec >= 0 ? "=set" : "=none"));
    ldap_memfree(time);
  }
  for (const auto& [option, name] :
       {Number{LDAP_OPT_X_TLS_CACERTFILE, "ca"}, Number{LDAP_OPT_X_TLS_CACERTDIR, "ca_dir"},
        Number{LDAP_OPT_X_TLS_CERTFILE, "cert"}, Number{LDAP_OPT_X_TLS_KEYFILE, "key"}}) {
    char* text = nullptr;
    if (ldap_get_option(handle, option, static_cast<void*>(&text)) != LDAP_OPT_SUCCESS) continue;
    all.push_back(std::string(name) + "=" + (text == nullptr ? "" : text));
    ldap_memfree(text);
  }
  return all;
}

}  // namespace gatehouse::ldap
