// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One connection to a directory server. The only file beside dn_key.cpp that knows libldap. Used by one thread at a
/// time; nothing here blocks beyond its deadline.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deadline.hpp"
#include "directory.hpp"
#include "result.hpp"
#include "server_address.hpp"
#include "settings.hpp"
#include "socket.hpp"
#include "wire.hpp"

struct ldap;

namespace gatehouse::ldap {

/// As whom a connection is known to the server. It is asserted before each search.
struct Identity {
  enum class Kind { nobody, service, user } kind = Kind::nobody;
  std::string name{};  ///< a user's distinguished name, as it was bound
  bool operator==(const Identity&) const = default;
};

class Connection {
 public:
  /// Takes a connected socket; speaks TLS as `transport` and the scheme say, with the
  /// certificate verified. Null on failure; `fault` then says why.
  [[nodiscard]] static std::unique_ptr<Connection> open(Socket socket, const ServerAddress& server,
                                                        const Transport& transport, Deadline deadline,
                                                        std::string& fault);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// An empty name or password, or one with a NUL, never leaves: the answer is "invalid credentials". From here on the
  /// connection is `as` if the server accepts, nobody otherwise.
  [[nodiscard]] BindReply bind(const std::string& name, std::string_view password, Identity as, Deadline deadline);
  /// As whom the transport shows: the user of a socket, or a client certificate.
  [[nodiscard]] BindReply bind_external(Deadline deadline);
  /// An anonymous service needs no bind.
  void stay_anonymous() { identity_ = {Identity::Kind::service, {}}; }

  /// Refused with status `wrong_identity`, and nothing sent, unless the connection is `expected`.
  [[nodiscard]] SearchReply search(const SearchRequest& request, const Identity& expected, Deadline deadline);

  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }
  [[nodiscard]] const ServerAddress& server() const noexcept { return server_; }
  [[nodiscard]] Deadline::Clock::time_point opened() const noexcept { return opened_; }
  /// False once an operation was lost, or the server has said anything that nobody asked for, such as that it closes.
  [[nodiscard]] bool is_usable() const noexcept;

  /// What every handle is set to, as `option = value` words; for tests.
  [[nodiscard]] std::vector<std::string> settings() const;

 private:
  Connection(Socket socket, ServerAddress server);
  [[nodiscard]] bool secure(const Transport& transport, Deadline deadline, std::string& fault);
  [[nodiscard]] bool start_tls(Deadline deadline, std::string& fault);
  [[nodiscard]] bool handshake(Deadline deadline, std::string& fault);
  [[nodiscard]] BindReply finish_bind(int sent, int id, Identity as, Deadline deadline);

  Wire wire_;
  ::ldap* handle_ = nullptr;
  ServerAddress server_;
  Deadline::Clock::time_point opened_ = Deadline::Clock::now();
  Identity identity_{};
  bool broken_ = false;
};

/// Makes libldap ready, once. Before any other call of it. [may block]
void prepare_library();

}  // namespace gatehouse::ldap
