// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The files that TLS is made of, looked at before a connection needs them.
#include "settings.hpp"

namespace gatehouse::ldap {

/// Nothing where no server is spoken to in TLS. Throws plugin::ConfigError if ca_file, tls_cert or tls_key cannot be
/// used, if others can read the key, or if it is protected by a passphrase: nobody is there to be asked for one. [may
/// block]
void check_tls_files(const Transport& transport);

}  // namespace gatehouse::ldap
