// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A backend as an LDAP URL (RFC 4516): scheme://host:port/base?attributes?scope?filter?x-NAME=value,x-NAME=value
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::ldap {

/// The options that a URI gives, each as it would be written in the configuration file, in order. A name that comes
/// several times is a list. Throws plugin::ConfigError.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> options_of_uri(std::string_view uri);

}  // namespace gatehouse::ldap
