// SPDX-License-Identifier: Apache-2.0
// CF-07: what this backend proves itself with is looked at when it is made, not when the first caller waits.
#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <client_auth.hpp>
#include <scratch_folder.hpp>

#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;
using gatehouse::test::ScratchFolder;

namespace {

struct Files {
  ScratchFolder folder;

  std::string key(const std::string& name, const Signer& signer, mode_t mode = 0600, bool locked = false) {
    const std::string path = folder.file(name);
    std::FILE* file = std::fopen(path.c_str(), "w");
    unsigned char passphrase[] = "passphrase";
    REQUIRE(PEM_write_PrivateKey(file, signer.key(), locked ? EVP_aes_256_cbc() : nullptr,
                                 locked ? passphrase : nullptr, locked ? 10 : 0, nullptr, nullptr) == 1);
    REQUIRE(std::fclose(file) == 0);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
  }
  std::string certificate(const std::string& name, const Signer& signer) {
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    REQUIRE(X509_set_pubkey(made.get(), signer.key()) == 1);
    REQUIRE(X509_sign(made.get(), signer.key(), EVP_sha256()) != 0);
    std::FILE* file = std::fopen(folder.file(name).c_str(), "w");
    REQUIRE(PEM_write_X509(file, made.get()) == 1);
    REQUIRE(std::fclose(file) == 0);
    REQUIRE(::chmod(folder.file(name).c_str(), 0644) == 0);
    return folder.file(name);
  }
};

/// The option that is complained about; "" if none is.
std::string refused(ClientMethod method, const std::string& key, const std::string& certificate = "") {
  ClientRules rules;
  rules.method = method;
  rules.id = "gate";
  rules.key_file = key;
  rules.certificate = certificate;
  try {
    const ClientAuth made(rules);
    return "";
  } catch (const gatehouse::plugin::ConfigError& error) {
    return error.option();
  }
}

}  // namespace

TEST_CASE_FIXTURE(Files, "a client certificate and its key") {
  const std::string mine = certificate("mine.crt", ec_signer());
  const std::string key_file = key("mine.key", ec_signer());
  CHECK(refused(ClientMethod::tls, key_file, mine) == "");
  CHECK(refused(ClientMethod::tls, "", mine) == "client_certificate");
  CHECK(refused(ClientMethod::tls, key_file, "") == "client_certificate");
  CHECK(refused(ClientMethod::tls, folder.file("none"), mine) == "client_key");
  CHECK(refused(ClientMethod::tls, key_file, folder.file("none")) == "client_certificate");
  CHECK(refused(ClientMethod::tls, mine, mine) == "client_key");
  CHECK(refused(ClientMethod::tls, key_file, folder.write("no.crt", "x")) == "client_certificate");
  CHECK(refused(ClientMethod::tls, key("theirs.key", rsa_signer()), mine) == "client_certificate");
}

TEST_CASE_FIXTURE(Files, "keys that others can read, or that would be asked a passphrase for") {
  const std::string mine = certificate("mine.crt", ec_signer());
  for (const ClientMethod method : {ClientMethod::tls, ClientMethod::private_key_jwt}) {
    CHECK(refused(method, key("mine.key", ec_signer()), mine) == "");
    for (const mode_t mode : {0640U, 0604U, 0644U, 0660U}) {
      CHECK(refused(method, key("open.key", ec_signer(), mode), mine) == "client_key");
    }
    CHECK(refused(method, key("locked.key", ec_signer(), 0600, true), mine) == "client_key");
  }
}
