// SPDX-License-Identifier: Apache-2.0
#include "ldap_backend.hpp"

#include "login.hpp"
#include "tls_files.hpp"
#include "uri.hpp"

namespace gatehouse::ldap {

LdapBackend::LdapBackend(plugin::Host host, const plugin::Options& options)
    : host_(host), settings_(settings_from(options)), client_(std::make_unique<Client>(host_, settings_)) {}

void LdapBackend::start() {
  check_tls_files(settings_.transport);  // it may be days since they were looked at
  client_->start();
  // It keeps no copy of the directory: a start changes nothing of what is remembered.
  host_.set_state("asked each time");
  host_.wake_after(settings_.cool_down);
}

void LdapBackend::stop() {
  client_->close_all();
}

void LdapBackend::background() {
  host_.wake_after(settings_.cool_down);  // first of all: whatever happens below, there is a next time
  host_.wake_after(client_->look_after());
}

plugin::Verdict LdapBackend::authenticate(const plugin::Request& request, plugin::Call& call) const {
  return Login(settings_, *client_, request, call).decide();
}

void LdapBackend::parse_uri(std::string_view uri, plugin::UriOptions& out) {
  for (const auto& [name, value] : options_of_uri(uri)) out.add(name, value);
}

}  // namespace gatehouse::ldap
