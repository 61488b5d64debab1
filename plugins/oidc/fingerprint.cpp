// SPDX-License-Identifier: Apache-2.0
#include "fingerprint.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "sign.hpp"
#include "wipe.hpp"

namespace gatehouse::oidc {

Fingerprints::Fingerprints() : secret_(32, '\0') {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), static_cast<int>(secret_.size())) != 1) {
    throw std::runtime_error("no random numbers are to be had");
  }
}

Fingerprints::~Fingerprints() {
  wipe(secret_);
}

Fingerprint Fingerprints::of(std::string_view text) const {
  const std::string mac = sign_with_secret(secret_, text);
  Fingerprint print;
  if (mac.size() < print.size()) throw std::runtime_error("HMAC failed");
  std::copy_n(mac.begin(), print.size(), print.begin());
  return print;
}

}  // namespace gatehouse::oidc
