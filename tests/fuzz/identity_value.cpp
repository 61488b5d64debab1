// SPDX-License-Identifier: Apache-2.0
// The input is an identity, fields separated by NUL: subject, email, name, then groups. What a service is told must be
// printable ASCII without a way out, bounded, and must decode to the identity, whole or not at all.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/http.hpp>

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

unsigned digit(char c) {
  require((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
  return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'A' + 10);
}

std::string decoded(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      out += value[i];
      continue;
    }
    require(i + 2 < value.size());
    out += static_cast<char>(digit(value[i + 1]) << 4 | digit(value[i + 2]));
    i += 2;
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = split({reinterpret_cast<const char*>(data), size}, '\0');
  gatehouse::Identity identity;
  identity.subject = parts[0];
  if (parts.size() > 1) identity.attributes.emplace_back("email", parts[1]);
  if (parts.size() > 2) identity.attributes.emplace_back("name", parts[2]);
  std::vector<std::string> groups;
  for (std::size_t i = 3; i < parts.size(); ++i) {
    identity.groups.push_back(parts[i]);
    if (!parts[i].empty()) groups.push_back(parts[i]);
  }

  const auto made = gatehouse::http::IdentityHeaders().make(identity);
  std::size_t least = 0;  // no encoding is shorter than its value
  for (const auto& part : parts) least += part.size();
  if (!made) {
    require(identity.subject.empty() || 3 * size + 200 > gatehouse::http::IdentityHeaders::max_size);
    return 0;
  }
  require(!identity.subject.empty() && least <= gatehouse::http::IdentityHeaders::max_size);

  std::string user, email, name;
  std::vector<std::string> told;
  std::size_t total = 0;
  for (const auto& [key, value] : *made) {
    total += key.size() + value.size() + 4;
    require(!value.empty() && value.front() != ' ' && value.back() != ' ');
    for (const char c : value) require(c >= 0x20 && c <= 0x7E && (c != ',' || key == "Remote-Groups"));
    if (key == "Remote-User") user = decoded(value);
    if (key == "Remote-Email") email = decoded(value);
    if (key == "Remote-Name") name = decoded(value);
    if (key == "Remote-Groups") {
      for (const auto& group : split(value, ',')) told.push_back(decoded(group));
    }
  }
  require(total <= gatehouse::http::IdentityHeaders::max_size);
  require(user == identity.subject && told == groups);
  require(email == (parts.size() > 1 ? parts[1] : "") && name == (parts.size() > 2 ? parts[2] : ""));
  return 0;
}
