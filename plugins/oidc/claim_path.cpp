// SPDX-License-Identifier: Apache-2.0
#include "claim_path.hpp"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kDeepest = 8;

json::Value find_below(const json::Value& claims, std::string_view path, std::size_t depth) {
  if (!claims.is_object()) return {};
  if (const json::Value whole = claims.member(path); whole.present()) return whole;
  if (depth == kDeepest) return {};
  for (auto dot = path.rfind('.'); dot != std::string_view::npos && dot != 0; dot = path.rfind('.', dot - 1)) {
    const json::Value inner = claims.member(path.substr(0, dot));
    if (const json::Value found = find_below(inner, path.substr(dot + 1), depth + 1); found.present()) return found;
  }
  return {};
}

}  // namespace

json::Value find_claim(const json::Value& claims, std::string_view path) {
  return find_below(claims, path, 0);
}

std::vector<std::string_view> texts_of(const json::Value& claim) {
  if (const auto text = claim.text()) return {*text};
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < claim.size(); ++i) {
    if (const auto text = claim.at(i).text()) texts.push_back(*text);
  }
  return texts;
}

std::vector<std::string_view> words_of(const json::Value& claim) {
  auto text = claim.text();
  if (!text) return texts_of(claim);
  std::vector<std::string_view> words;
  while (!text->empty()) {
    const auto end = std::min(text->find(' '), text->size());
    if (end > 0) words.push_back(text->substr(0, end));
    text->remove_prefix(std::min(end + 1, text->size()));
  }
  return words;
}

}  // namespace gatehouse::oidc
