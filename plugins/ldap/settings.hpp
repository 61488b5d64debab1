// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The options of a backend, checked, with the preset's choices filled in.
#include <chrono>
#include <cstddef>
#include <gatehouse/plugin/request.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "deadline.hpp"
#include "name_forms.hpp"
#include "presets.hpp"
#include "secret.hpp"
#include "server_address.hpp"

namespace gatehouse::ldap {

enum class Scope { base, one, subtree };
enum class ServiceLogin { anonymous, simple, external };
enum class Nesting { off, walk, in_chain };

struct Transport {
  bool tls = false;  ///< at least with one server
  bool start_tls = false;
  std::string ca_file{};
  std::string tls_cert{};
  std::string tls_key{};
};

struct GroupRules {
  std::string member_of_attribute{};  ///< of the user's entry; empty = not read
  std::string base{};                 ///< searched for groups; empty = no search
  std::string base_key{};             ///< as dn_key() gives it; memberOf counts only within
  std::string parents_key{};          ///< memberOf counts only directly below entries whose names begin so
  std::vector<std::string> attributes{};
  std::string filter{};
  std::string name_attribute{};  ///< "dn" = the whole distinguished name
  Nesting nesting = Nesting::off;
  std::size_t deepest = 8;
  std::size_t most = 10'000;
};

struct RequiredGroup {
  std::string name{};
  std::string dn_key{};  ///< not empty if the name is a distinguished name
};

struct Settings {
  std::vector<ServerAddress> servers{};
  std::optional<ServiceDomain> service{};  ///< instead: servers are looked up
  std::string base{};
  Scope scope = Scope::subtree;
  std::string user_filter{};
  NameRules names{};
  std::string subject_attribute{};
  std::vector<std::pair<std::string, std::string>> attributes{};  ///< identity's name, directory's name
  GroupRules groups{};
  std::vector<RequiredGroup> required_groups{};

  ServiceLogin service_login = ServiceLogin::anonymous;
  std::string bind_dn{};
  Secret bind_password{};
  std::vector<BindTemplate> bind_templates{};
  bool unicode_names = false;  ///< binds by template also as names beyond ASCII
  bool search_as_user = false;

  Transport transport{};
  Milliseconds connect_timeout{2000};
  Milliseconds operation_timeout{5000};
  Milliseconds idle_timeout{60'000};
  Milliseconds max_age{600'000};
  Milliseconds cool_down{500};
  std::size_t max_connections = 16;
};

/// Throws plugin::ConfigError.
[[nodiscard]] Settings settings_from(const plugin::Options& options);

}  // namespace gatehouse::ldap
