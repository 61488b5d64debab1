// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Messages of a connection: waiting for them and reading them, within a deadline and within bounds.
#include <ldap.h>

#include <memory>

#include "deadline.hpp"
#include "directory.hpp"
#include "result.hpp"

namespace gatehouse::ldap {

struct FreeMessage {
  void operator()(LDAPMessage* message) const noexcept { ldap_msgfree(message); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;

/// The next message that answers `id`. Null: none came in time, the connection broke, or the server says too much that
/// nobody asked for.
[[nodiscard]] Message next_message(::ldap* handle, int id, Deadline deadline);

/// Fills in the answer to a bind; its code stays negative if the message cannot be read.
void read_bind(::ldap* handle, LDAPMessage* message, BindReply& reply);

/// Asks, page by page where that is wanted, and collects.
void search_messages(::ldap* handle, const SearchRequest& request, Deadline deadline, SearchReply& reply);

}  // namespace gatehouse::ldap
