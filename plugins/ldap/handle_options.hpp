// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a libldap handle is set to. Its defaults come from ldap.conf, the environment and the user's home, and have no
/// timeouts, protocol version 2 and referrals followed: nothing of that may count.
#include <string>
#include <vector>

#include "deadline.hpp"
#include "settings.hpp"

struct ldap;

namespace gatehouse::ldap {

/// False if libldap does not take one of them; `fault` then names it.
[[nodiscard]] bool set_options(::ldap* handle, const Transport& transport, Deadline deadline, std::string& fault);

/// What the handle is set to now, as `NAME=value`.
[[nodiscard]] std::vector<std::string> describe_options(::ldap* handle);

}  // namespace gatehouse::ldap
