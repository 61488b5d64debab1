// SPDX-License-Identifier: Apache-2.0
#include "asker.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t max_accept_size = 4096;

/// A weight (RFC 9110, 12.4.2) in thousandths; -1 if it is none.
int weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return -1;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return -1;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!ascii::digit(c)) return -1;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value <= 1000 ? value : -1;
}

struct Preference {
  int page = 0;
  int json = 0;

  void see(std::string_view range) noexcept {
    const auto type = ascii::trim(range.substr(0, range.find(';')));
    const bool page_type = ascii::same(type, "text/html") || ascii::same(type, "application/xhtml+xml");
    const bool json_type = ascii::same(type, "application/json");
    if (!page_type && !json_type) return;
    int quality = 1000;
    while (range.find(';') != std::string_view::npos) {
      range.remove_prefix(range.find(';') + 1);
      const auto parameter = ascii::trim(range.substr(0, range.find(';')));
      if (parameter.size() >= 2 && ascii::lower(parameter[0]) == 'q' && parameter[1] == '=') {
        quality = weight(parameter.substr(2));
      }
    }
    int& kept = page_type ? page : json;
    kept = std::max(kept, quality);
  }
};

bool prefers_page(std::span<const Header> headers) noexcept {
  Preference preference;
  std::size_t total = 0;
  for (const auto& header : headers) {
    if (!ascii::same(header.name, "accept")) continue;
    total += header.value.size();
    if (total > max_accept_size) return false;
    auto list = header.value;
    while (!list.empty()) {
      const auto comma = list.find(',');
      preference.see(list.substr(0, comma));
      list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
  }
  return preference.page > preference.json;
}

/// Whether the field is absent, or present only with this value.
bool absent_or(std::span<const Header> headers, std::string_view name, std::string_view value) noexcept {
  return std::all_of(headers.begin(), headers.end(), [&](const Header& header) {
    return !ascii::same(header.name, name) || ascii::same(header.value, value);
  });
}

bool present(std::span<const Header> headers, std::string_view name) noexcept {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& header) { return ascii::same(header.name, name); });
}

}  // namespace

bool is_person(const Asker& asker) noexcept {
  if (asker.method != "GET" && asker.method != "HEAD") return false;
  return absent_or(asker.headers, "sec-fetch-mode", "navigate") && !present(asker.headers, "x-requested-with") &&
         prefers_page(asker.headers);
}

bool is_page_load(const Asker& asker) noexcept {
  return asker.method == "GET" && is_person(asker) && absent_or(asker.headers, "sec-fetch-dest", "document");
}

}  // namespace gatehouse::http
