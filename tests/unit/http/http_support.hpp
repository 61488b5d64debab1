// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the tests of this folder share.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/http.hpp>

namespace test {

using gatehouse::http::Asker;
using gatehouse::http::Header;
using gatehouse::http::Offer;

inline std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > bytes.size() ? '=' : alphabet[group >> (18 - 6 * j) & 63u];
    }
  }
  return out;
}

inline std::string basic(std::string_view pair) {
  return "Basic " + base64(pair);
}

inline const Offer password_offer{"MLflow Login",
                                  static_cast<gatehouse::CredentialKinds>(gatehouse::CredentialKind::password)};
inline const Offer both_offer{"MLflow Login",
                              static_cast<gatehouse::CredentialKinds>(gatehouse::CredentialKind::password) |
                                  static_cast<gatehouse::CredentialKinds>(gatehouse::CredentialKind::bearer)};

/// What Chromium sends when a page is loaded.
inline const std::vector<Header> browser_headers = {
    {"Host", "mlflow.example"},
    {"Upgrade-Insecure-Requests", "1"},
    {"Accept",
     "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
     "application/signed-exchange;v=b3;q=0.7"},
    {"Sec-Fetch-Site", "none"},
    {"Sec-Fetch-Mode", "navigate"},
    {"Sec-Fetch-User", "?1"},
    {"Sec-Fetch-Dest", "document"}};
/// What MLflow's Python client sends.
inline const std::vector<Header> program_headers = {
    {"User-Agent", "mlflow-python-client/3.6.0"}, {"Accept-Encoding", "gzip, deflate"}, {"Accept", "*/*"}};

inline const Asker browser{"GET", browser_headers};
inline const Asker program{"POST", program_headers};

inline gatehouse::Decision decision(gatehouse::Answer answer) {
  return gatehouse::Decision(std::make_shared<const gatehouse::Answer>(std::move(answer)));
}
inline gatehouse::Decision decision(gatehouse::DecisionCode code, gatehouse::Reason reason = gatehouse::Reason::none) {
  gatehouse::Answer answer;
  answer.code = code;
  answer.reason = reason;
  return decision(std::move(answer));
}

/// All values of a field, in order.
inline std::vector<std::string> values(const gatehouse::http::Answer& answer, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : answer.headers) {
    if (key == name) out.push_back(value);
  }
  return out;
}
inline std::string value(const gatehouse::http::Answer& answer, std::string_view name) {
  const auto all = values(answer, name);
  return all.size() == 1 ? all[0] : "<" + std::to_string(all.size()) + " fields>";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace test
