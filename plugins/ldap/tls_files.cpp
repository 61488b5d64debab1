// SPDX-License-Identifier: Apache-2.0
#include "tls_files.hpp"

#include <fcntl.h>
#include <ldap.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <gatehouse/plugin/description.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "connection.hpp"
#include "handle_options.hpp"
#include "socket.hpp"

namespace gatehouse::ldap {
namespace {

using plugin::ConfigError;

constexpr std::size_t longest_key = 65536;
/// Of no matter: nothing is sent.
constexpr Milliseconds time_to_load{1000};

struct FreeHandle {
  void operator()(::ldap* handle) const noexcept { ldap_unbind_ext(handle, nullptr, nullptr); }
};

std::string cannot_be_read(const std::string& path) {
  return "cannot be read: " + path;
}

/// Whether the text, which is wiped, is a key that needs a passphrase.
bool is_protected(std::string& text) {
  const std::string_view key = text;
  const bool is = key.find("BEGIN ENCRYPTED PRIVATE KEY") != std::string_view::npos ||
                  key.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
  explicit_bzero(text.data(), text.size());
  return is;
}

void check_key(const std::string& path) {
  const Socket file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!file.is_open() || fstat(file.get(), &about) != 0) throw ConfigError("tls_key", cannot_be_read(path));
  if (!S_ISREG(about.st_mode)) throw ConfigError("tls_key", path + " is not a file");
  // Root may have shared it with a group, as that of /etc/ssl/private: the process may change its own later.
  const mode_t of_group = about.st_mode & (about.st_uid == 0 ? S_IWGRP : S_IRWXG);
  const bool by_group = of_group != 0 && about.st_gid != getegid();
  if (by_group || (about.st_mode & S_IRWXO) != 0) {
    throw ConfigError("tls_key", path + " can be read by others than its owner; run chmod 600 on it");
  }
  std::string text(longest_key, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t more = read(file.get(), text.data() + size, text.size() - size);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    size += static_cast<std::size_t>(more);
  }
  if (is_protected(text)) {
    throw ConfigError("tls_key", path + " is protected by a passphrase; store it without one");
  }
}

/// GnuTLS takes a file without any.
void require_certificates(const char* option, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw ConfigError(option, cannot_be_read(path));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("-----BEGIN ") && line.find("CERTIFICATE") != std::string::npos) return;
  }
  throw ConfigError(option, "holds no certificate in PEM: " + path);
}

/// Has libldap load the files.
void load(const Transport& transport, const char* option, const std::string& problem) {
  prepare_library();
  ::ldap* made = nullptr;
  if (ldap_create(&made) != LDAP_SUCCESS) throw ConfigError(option, "libldap has no memory left");
  const std::unique_ptr<::ldap, FreeHandle> handle(made);
  std::string fault;
  if (!set_options(made, transport, Deadline(time_to_load), fault)) throw ConfigError(option, fault);
  const int client = 0;
  if (ldap_set_option(made, LDAP_OPT_X_TLS_NEWCTX, &client) != LDAP_OPT_SUCCESS) throw ConfigError(option, problem);
}

}  // namespace

void check_tls_files(const Transport& transport) {
  if (!transport.tls) return;
  require_certificates("ca_file", transport.ca_file);
  Transport trust = transport;
  trust.tls_cert.clear();
  trust.tls_key.clear();
  load(trust, "ca_file", "cannot be taken: " + transport.ca_file);
  if (transport.tls_cert.empty()) return;
  require_certificates("tls_cert", transport.tls_cert);
  check_key(transport.tls_key);
  load(transport, "tls_cert", "and tls_key are not a certificate and its key, in PEM");
}

}  // namespace gatehouse::ldap
