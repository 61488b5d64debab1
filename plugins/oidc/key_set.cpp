// SPDX-License-Identifier: Apache-2.0
#include "key_set.hpp"

#include <algorithm>

#include "digest.hpp"
#include "pem.hpp"

namespace gatehouse::oidc {
namespace {

constexpr json::Limits kLimits{.size = kLargestKeySet, .depth = 8, .values = 20000};

std::string name_of_all(const std::vector<Key>& keys) {
  std::vector<std::string> prints;
  prints.reserve(keys.size());
  for (const Key& key : keys) prints.push_back(key.fingerprint());
  std::sort(prints.begin(), prints.end());
  prints.erase(std::unique(prints.begin(), prints.end()), prints.end());
  std::string all;
  for (const std::string& print : prints) all += print;
  return sha256(all);
}

}  // namespace

void KeySet::take(const json::Value& jwk, KeyOrigin origin) {
  auto read = read_jwk(jwk, origin);
  if (!read) {
    complaints_.push_back(read.problem());
  } else if (read->key) {
    keys_.push_back(std::move(*read->key));
  }
}

/// Two keys of one name and type: nobody can say which is meant, so neither is.
void KeySet::drop_ambiguous() {
  std::vector<bool> spoilt(keys_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool same = keys_[i].id() && keys_[i].id() == keys_[j].id() && keys_[i].type() == keys_[j].type();
      if (same && !(keys_[i] == keys_[j])) spoilt[i] = spoilt[j] = true;
    }
  }
  std::vector<Key> kept;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (spoilt[i]) {
      complaints_.emplace_back("a key whose kid another key has too");
    } else {
      kept.push_back(std::move(keys_[i]));
    }
  }
  keys_ = std::move(kept);
}

Outcome<KeySet> KeySet::finished(KeySet set) {
  set.drop_ambiguous();
  if (!set.keys_.empty()) {
    set.name_ = name_of_all(set.keys_);
    return set;
  }
  std::string why = "it holds no key that signatures can be checked with";
  if (!set.complaints_.empty())
    why +=
        "; the first of " + std::to_string(set.complaints_.size()) + " refused entries is " + set.complaints_.front();
  return Problem{std::move(why)};
}

Outcome<KeySet> KeySet::of_json(std::string_view text, KeyOrigin origin) {
  if (text.size() > kLimits.size) return Problem{"it is larger than 512 KiB"};
  const auto document = json::parse_object(text, kLimits);
  if (!document) return Problem{"it is not a JSON object, or has a name twice, or is too deep or too large"};
  const json::Value root = document->root();
  KeySet set;
  const json::Value list = root.member("keys");
  if (!list.present() && origin == KeyOrigin::file && root.has("kty")) {
    set.take(root, origin);
    return finished(std::move(set));
  }
  if (!list.is_array()) return Problem{"it has no list named keys"};
  if (list.size() > kMostKeys) return Problem{"it has more than 100 keys"};
  for (std::size_t i = 0; i < list.size(); ++i) set.take(list.at(i), origin);
  return finished(std::move(set));
}

Outcome<KeySet> KeySet::of_pem(std::string_view text) {
  auto found = read_pem(text, kMostKeys);
  if (!found) return Problem{found.problem()};
  KeySet set;
  set.keys_ = std::move(*found);
  return finished(std::move(set));
}

Outcome<KeySet> KeySet::of_jwks(std::string_view text) {
  return of_json(text, KeyOrigin::provider);
}

Outcome<KeySet> KeySet::of_file(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return Problem{"it is empty"};
  if (text[begin] == '{') return of_json(text, KeyOrigin::file);
  return of_pem(text);
}

std::vector<const Key*> KeySet::candidates(const std::optional<std::string>& id, Algorithm algorithm) const {
  const bool named = std::any_of(keys_.begin(), keys_.end(), [](const Key& key) { return key.id().has_value(); });
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (found.size() == kMostCandidates) break;
    if (key.fits(algorithm) && (!id || !named || key.id() == id)) found.push_back(&key);
  }
  return found;
}

bool KeySet::has_secrets() const noexcept {
  return std::any_of(keys_.begin(), keys_.end(), [](const Key& key) { return key.type() == KeyType::oct; });
}

}  // namespace gatehouse::oidc
