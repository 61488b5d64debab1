// SPDX-License-Identifier: Apache-2.0
#include "client_auth.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base64url.hpp"
#include "file_content.hpp"
#include "http_client.hpp"
#include "json.hpp"
#include "sign.hpp"
#include "wipe.hpp"

namespace gatehouse::oidc {
namespace {

using plugin::ConfigError;

constexpr std::size_t kLongestKeyFile = 65536;
constexpr std::int64_t kAssertionSeconds = 60;

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

Bio reader_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Never asks anybody for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::shared_ptr<EVP_PKEY> private_key(const std::string& path) {
  auto file = read_small_file(path, kLongestKeyFile);
  if (!file) throw ConfigError("client_key", path + ": " + file.problem());
  if ((file->mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw ConfigError("client_key", path + ": others than its owner can read it; run chmod 600 on it");
  }
  const WipeAfter after(file->text);
  const Bio bio = reader_of(file->text);
  auto key = own(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  if (!key) throw ConfigError("client_key", path + ": it is no private key in PEM without a passphrase");
  return key;
}

/// libcurl reads both itself, for each connection anew: what would be wrong then is better said now.
void check_certificate(const std::string& path, const std::string& key_path) {
  const auto key = private_key(key_path);
  const auto file = read_small_file(path, kLongestKeyFile);
  if (!file) throw ConfigError("client_certificate", path + ": " + file.problem());
  const Bio bio = reader_of(file->text);
  const std::unique_ptr<X509, FreeCertificate> certificate(
      bio ? PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr) : nullptr);
  const bool belongs = certificate && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!certificate) throw ConfigError("client_certificate", path + ": it is no certificate in PEM");
  if (!belongs) throw ConfigError("client_certificate", path + ": client_key is the key of another certificate");
}

/// The usual one for the type of key.
Algorithm algorithm_for(const std::shared_ptr<EVP_PKEY>& key, const std::string& path) {
  const auto as_public = Key::of_public_key(key);
  if (!as_public) throw ConfigError("client_key", path + ": it is " + as_public.problem());
  for (const Algorithm algorithm :
       {Algorithm::rs256, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa}) {
    if (as_public->fits(algorithm)) return algorithm;
  }
  throw ConfigError("client_key", path + ": no algorithm goes with it");
}

/// RFC 6749, 2.3.1: both parts encoded as in a form before they are put together.
std::string basic_header(const std::string& id, std::string_view secret) {
  std::string pair;
  pair.reserve(3 * (id.size() + secret.size()) + 1);  // a text that grows leaves copies behind
  const WipeAfter after(pair);
  append_percent_encoded(pair, id);
  pair += ':';
  append_percent_encoded(pair, secret);
  std::string header = "Authorization: Basic ";
  const std::size_t begin = header.size();
  header.resize(begin + (pair.size() + 2) / 3 * 4 + 1);
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(header.data() + begin),
                                   reinterpret_cast<const unsigned char*>(pair.data()), static_cast<int>(pair.size()));
  header.resize(begin + static_cast<std::size_t>(size));
  return header;
}

}  // namespace

ClientProof::~ClientProof() {
  wipe(form);
  std::for_each(headers.begin(), headers.end(), &wipe);
}

ClientAuth::ClientAuth(ClientRules rules) : rules_(std::move(rules)) {
  const bool by_secret = rules_.method == ClientMethod::basic || rules_.method == ClientMethod::post ||
                         rules_.method == ClientMethod::secret_jwt;
  if (rules_.method == ClientMethod::none) return;
  if (rules_.id.empty()) throw ConfigError("client_id", "is needed to ask the provider about tokens");
  if (by_secret && rules_.secret.empty()) throw ConfigError("client_secret", "is needed for this client_auth");
  if (rules_.method == ClientMethod::secret_jwt && rules_.secret.view().size() < 32) {
    throw ConfigError("client_secret", "has less than 32 bytes, which is too short to sign with");
  }
  if (rules_.method == ClientMethod::tls) {
    if (rules_.certificate.empty() || rules_.key_file.empty()) {
      throw ConfigError("client_certificate", "and client_key are needed for client_auth = \"tls\"");
    }
    check_certificate(rules_.certificate, rules_.key_file);
  }
  if (rules_.method != ClientMethod::private_key_jwt) return;
  if (rules_.key_file.empty()) throw ConfigError("client_key", "is needed for client_auth = \"private_key_jwt\"");
  key_ = private_key(rules_.key_file);
  algorithm_ = algorithm_for(key_, rules_.key_file);
}

Outcome<std::string> ClientAuth::assertion(const std::string& audience, plugin::WallTime now) const {
  std::string random(16, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size())) != 1) {
    return Problem{"no random numbers are to be had"};
  }
  const std::int64_t seconds = now.time_since_epoch().count() / 1000;
  const std::string id = json::quoted(rules_.id);
  const std::string claims = R"({"iss":)" + id + R"(,"sub":)" + id + R"(,"aud":)" + json::quoted(audience) +
                             R"(,"jti":")" + encode_base64url(random) + R"(","iat":)" + std::to_string(seconds) +
                             R"(,"exp":)" + std::to_string(seconds + kAssertionSeconds) + "}";
  const std::string header = R"({"alg":")" + std::string(name_of(algorithm_)) + R"(","typ":"JWT"})";
  std::string text = encode_base64url(header) + "." + encode_base64url(claims);
  const std::string signature =
      key_ ? sign_with_key(key_.get(), algorithm_, text) : sign_with_secret(rules_.secret.view(), text);
  if (signature.empty()) return Problem{"the client's assertion could not be signed"};
  return text + "." + encode_base64url(signature);
}

Outcome<ClientProof> ClientAuth::prove(const std::string& audience, plugin::WallTime now) const {
  ClientProof proof;
  switch (rules_.method) {
    case ClientMethod::none:
      break;
    case ClientMethod::basic:
      proof.headers.push_back(basic_header(rules_.id, rules_.secret.view()));
      break;
    case ClientMethod::post:
      proof.form = "&client_id=" + percent_encoded(rules_.id) + "&client_secret=";
      proof.form.reserve(proof.form.size() + 3 * rules_.secret.view().size());
      append_percent_encoded(proof.form, rules_.secret.view());
      break;
    case ClientMethod::tls:
      proof.form = "&client_id=" + percent_encoded(rules_.id);
      break;
    case ClientMethod::secret_jwt:
    case ClientMethod::private_key_jwt: {
      auto made = assertion(audience, now);
      if (!made) return Problem{made.problem()};
      proof.form =
          "&client_id=" + percent_encoded(rules_.id) +
          "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" +
          *made;
      break;
    }
  }
  return proof;
}

}  // namespace gatehouse::oidc
