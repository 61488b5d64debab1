// SPDX-License-Identifier: Apache-2.0
#include "header_rules.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/field.hpp>

#include "ascii.hpp"

namespace gatehouse::proxy {

namespace {

using boost::beast::http::field;

/// Letters to lower case, every byte that is neither letter nor digit to '_': what CGI-like services make of a name.
class Folded {
 public:
  explicit Folded(std::string_view name) noexcept : size_(std::min(name.size(), text_.size())) {
    for (std::size_t i = 0; i < size_; ++i) text_[i] = is_alnum(name[i]) ? lower(name[i]) : '_';
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 64> text_{};
  std::size_t size_;
};

constexpr std::array<std::string_view, 14> forwarding_names = {
    "forwarded",    "x_real_ip",           "x_rewrite_url",    "true_client_ip",           "client_ip",
    "x_client_ip",  "x_cluster_client_ip", "cf_connecting_ip", "x_envoy_external_address", "x_scheme",
    "x_url_scheme", "front_end_https",     "x_proxyuser_ip",   "fastly_client_ip"};

/// What a proxy in front says of the request, or of the certificate that the caller showed it (RFC 9440 and before).
constexpr std::array<std::string_view, 5> forwarding_starts = {"x_forwarded", "x_original", "client_cert",
                                                               "x_ssl_client", "ssl_client"};

/// Fields that decide something here. Other spellings of them are not passed on, since services that fold names would
/// take them for the real ones.
constexpr std::array<std::string_view, 15> own_meaning = {
    "host",   "content_length", "transfer_encoding",   "connection", "authorization", "cookie",     "origin",
    "expect", "upgrade",        "proxy_authorization", "te",         "trailer",       "keep_alive", "proxy_connection",
    "proxy"};  // CGI makes HTTP_PROXY of it, which HTTP clients behind take for their configuration

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view word) noexcept {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_forwarding(std::string_view folded) noexcept {
  return contains(forwarding_names, folded) ||
         std::any_of(forwarding_starts.begin(), forwarding_starts.end(),
                     [folded](std::string_view start) { return folded.starts_with(start); });
}

}  // namespace

bool HeaderRules::is_hop_by_hop(FieldId id) noexcept {
  switch (static_cast<field>(id)) {
    case field::connection:
    case field::http2_settings:
    case field::keep_alive:
    case field::proxy_connection:
    case field::proxy_authenticate:
    case field::proxy_authorization:
    case field::te:
    case field::trailer:
    case field::transfer_encoding:
    case field::upgrade:
      return true;
    default:
      return false;
  }
}

HeaderRules::HeaderRules(const http::IdentityHeaders& identity) : identity_(identity) {
  for (unsigned id = 1; id <= static_cast<unsigned>(field::xref); ++id) {
    const auto known = boost::beast::http::to_string(static_cast<field>(id));
    const std::string_view name(known.data(), known.size());
    known_[id] = is_hop_by_hop(static_cast<FieldId>(id)) || static_cast<field>(id) == field::host ||
                 static_cast<field>(id) == field::expect || is_forwarding(Folded(name).text()) ||
                 identity.is_protected(name);
  }
}

bool HeaderRules::drops_unknown(std::string_view name) const noexcept {
  const Folded folded(name);
  return is_forwarding(folded.text()) || contains(own_meaning, folded.text()) || identity_.is_protected(name);
}

bool HeaderRules::is_removed(FieldId id, std::string_view name, std::span<const std::string_view> nominated) noexcept {
  return id == 0 && std::any_of(nominated.begin(), nominated.end(),
                                [name](std::string_view nominee) { return iequals(nominee, name); });
}

}  // namespace gatehouse::proxy
