// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <lber.h>
#include <ldap.h>
#include <openldap.h>
#include <stdlib.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "handle_options.hpp"
#include "messages.hpp"

namespace gatehouse::ldap {
namespace {

constexpr const char* no_library = "libldap has no memory left";

BindReply not_allowed() {
  BindReply reply;
  reply.code = LDAP_INVALID_CREDENTIALS;
  return reply;
}

/// What GnuTLS or the check of the name said, in libldap's words.
std::string diagnostic_of(::ldap* handle) {
  char* text = nullptr;
  std::string out;
  if (ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&text)) == LDAP_OPT_SUCCESS &&
      text != nullptr) {
    out = text;
  }
  ldap_memfree(text);
  return out;
}

// Rationale: with GnuTLS libldap takes the lowest version only in its words for ciphers, and then loses 8 KiB with
// every connection. So it is seen what was agreed upon, before anything else is said.
bool is_new_enough(::ldap* handle) {
  char* version = nullptr;
  if (ldap_get_option(handle, LDAP_OPT_X_TLS_VERSION, static_cast<void*>(&version)) != LDAP_OPT_SUCCESS) return false;
  const std::unique_ptr<char, void (*)(char*)> spoken(version, [](char* text) { ldap_memfree(text); });
  if (!spoken) return false;
  const std::string_view name(spoken.get());
  return name == "TLS1.2" || name == "TLS1.3" || name == "TLSv1.2" || name == "TLSv1.3";
}

}  // namespace

std::string result_text(int code) {
  const char* text = ldap_err2string(code);
  return std::string(text == nullptr ? "unknown" : text) + " (" + std::to_string(code) + ")";
}

/// The first call of all makes libldap read files that the environment, and the folder, name: under sudo those are the
/// caller's. Nothing but this variable keeps it from that.
void prepare_library() {
  static const bool once = [] {
    constexpr const char* variable = "LDAPNOINIT";
    const bool ours = ::getenv(variable) == nullptr && ::setenv(variable, "1", 0) == 0;
    ::ldap* handle = nullptr;
    if (ldap_create(&handle) == LDAP_SUCCESS) ldap_unbind_ext(handle, nullptr, nullptr);
    if (ours) ::unsetenv(variable);
    return true;
  }();
  static_cast<void>(once);
}

Connection::Connection(Socket socket, ServerAddress server) : wire_(std::move(socket)), server_(std::move(server)) {}

Connection::~Connection() {
  wire_.set_deadline(Deadline(Milliseconds(0)));
  if (handle_ != nullptr) ldap_unbind_ext(handle_, nullptr, nullptr);  // says goodbye, if that need not wait
}

std::unique_ptr<Connection> Connection::open(Socket socket, const ServerAddress& server, const Transport& transport,
                                             Deadline deadline, std::string& fault) {
  const int descriptor = socket.get();
  std::unique_ptr<Connection> made(new Connection(std::move(socket), server));
  made->wire_.set_deadline(deadline);
  // libldap watches the descriptor, and reads and writes through the wire.
  Sockbuf* stack = nullptr;
  if (ldap_init_fd(descriptor, LDAP_PROTO_EXT, server.uri().c_str(), &made->handle_) != LDAP_SUCCESS ||
      ldap_get_option(made->handle_, LDAP_OPT_SOCKBUF, static_cast<void*>(&stack)) != LDAP_OPT_SUCCESS ||
      stack == nullptr || !made->wire_.attach(stack)) {
    fault = no_library;
    return nullptr;
  }
  if (!set_options(made->handle_, transport, deadline, fault)) return nullptr;
  if (server.scheme != Scheme::ldaps && !transport.start_tls) return made;
  // A context of its own: the one that exists may come from ldap.conf.
  const int client = 0;
  if (ldap_set_option(made->handle_, LDAP_OPT_X_TLS_NEWCTX, &client) != LDAP_OPT_SUCCESS) {
    fault = "TLS cannot be set up: look at ca_file, tls_cert and tls_key";
    return nullptr;
  }
  if (server.scheme != Scheme::ldaps && !made->start_tls(deadline, fault)) return nullptr;
  if (!made->handshake(deadline, fault)) return nullptr;
  return made;
}

bool Connection::start_tls(Deadline deadline, std::string& fault) {
  int id = 0;
  if (ldap_start_tls(handle_, nullptr, nullptr, &id) != LDAP_SUCCESS) {
    fault = "StartTLS could not be asked for";
    return false;
  }
  const Message answer = next_message(handle_, id, deadline);
  if (!answer) {
    fault = "no answer to StartTLS";
    return false;
  }
  int code = LDAP_OTHER;
  if (ldap_parse_result(handle_, answer.get(), &code, nullptr, nullptr, nullptr, nullptr, 0) != LDAP_SUCCESS ||
      code != LDAP_SUCCESS) {
    fault = "the server refuses StartTLS: " + result_text(code);
    return false;
  }
  return true;
}

bool Connection::handshake(Deadline deadline, std::string& fault) {
  const int code = deadline.passed() ? LDAP_TIMEOUT : ldap_install_tls(handle_);
  if (code == LDAP_SUCCESS && ldap_tls_inplace(handle_) == 1) {
    if (is_new_enough(handle_)) return true;
    fault = "TLS failed: the server speaks no TLS 1.2 or newer";
    return false;
  }
  std::string why = diagnostic_of(handle_);
  if (deadline.passed()) {
    why = "no answer in time";
  } else if (why.empty() || why.find("unknown error") != std::string::npos) {
    why = "the certificate is not by ca_file, not for this host, or out of date";
  }
  fault = "TLS failed: " + why;
  return false;
}

BindReply Connection::bind(const std::string& name, std::string_view password, Identity as, Deadline deadline) {
  if (name.empty() || password.empty() || password.find('\0') != std::string_view::npos) return not_allowed();
  identity_ = {};
  wire_.set_deadline(deadline);
  berval secret{password.size(), const_cast<char*>(password.data())};  // read only
  LDAPControl policy{const_cast<char*>(LDAP_CONTROL_PASSWORDPOLICYREQUEST), {0, nullptr}, 0};
  std::array<LDAPControl*, 2> controls{&policy, nullptr};
  int id = 0;
  const int sent = ldap_sasl_bind(handle_, name.c_str(), LDAP_SASL_SIMPLE, &secret, controls.data(), nullptr, &id);
  return finish_bind(sent, id, std::move(as), deadline);
}

BindReply Connection::bind_external(Deadline deadline) {
  identity_ = {};
  wire_.set_deadline(deadline);
  // Empty, but there: a server answers a missing one with a question.
  static constexpr const char* empty = "";
  berval nothing{0, const_cast<char*>(empty)};
  int id = 0;
  const int sent = ldap_sasl_bind(handle_, nullptr, "EXTERNAL", &nothing, nullptr, nullptr, &id);
  return finish_bind(sent, id, {Identity::Kind::service, {}}, deadline);
}

BindReply Connection::finish_bind(int sent, int id, Identity as, Deadline deadline) {
  BindReply reply;
  broken_ = true;  // until an answer is there
  if (sent != LDAP_SUCCESS) {
    reply.code = sent < 0 ? sent : LDAP_SERVER_DOWN;
    return reply;
  }
  const Message answer = next_message(handle_, id, deadline);
  if (!answer) {
    reply.code = LDAP_SERVER_DOWN;
    reply.timed_out = deadline.passed();
    return reply;
  }
  read_bind(handle_, answer.get(), reply);
  if (reply.lost()) return reply;
  broken_ = false;
  if (reply.code == LDAP_SUCCESS) identity_ = std::move(as);
  return reply;
}

SearchReply Connection::search(const SearchRequest& request, const Identity& expected, Deadline deadline) {
  SearchReply reply;
  if (identity_ != expected || expected.kind == Identity::Kind::nobody) {
    reply.status = SearchStatus::wrong_identity;
    reply.detail = "the connection belongs to another identity";
    return reply;
  }
  broken_ = true;  // until the last answer is there
  wire_.set_deadline(deadline);
  search_messages(handle_, request, deadline, reply);
  broken_ = reply.status == SearchStatus::timed_out || reply.status == SearchStatus::lost;
  return reply;
}

bool Connection::is_usable() const noexcept {
  return !broken_ && !wire_.has_input();
}

std::vector<std::string> Connection::settings() const {
  return describe_options(handle_);
}

}  // namespace gatehouse::ldap
