// SPDX-License-Identifier: Apache-2.0
// A typed name in a search filter: libldap's own parser reads it back as that name, in one comparison. And what our
// check of a configured filter lets pass, libldap takes.
#include <lber.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filter.hpp>
#include <memory>
#include <string>
#include <string_view>

// Exported, but in no public header: what ldap_search_ext() does to its filter.
extern "C" int ldap_pvt_put_filter(BerElement* out, const char* filter);

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct FreeBer {
  void operator()(BerElement* element) const noexcept { ber_free(element, 1); }
};
using Ber = std::unique_ptr<BerElement, FreeBer>;

Ber encoded(const std::string& filter) {
  Ber out(ber_alloc_t(LBER_USE_DER));
  if (!out || ldap_pvt_put_filter(out.get(), filter.c_str()) == -1) return nullptr;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Ber out = encoded(gatehouse::ldap::equals_filter("uid", text));
  require(out != nullptr);
  berval bytes{0, nullptr};
  require(ber_flatten2(out.get(), &bytes, 0) == 0);
  const Ber in(ber_init(&bytes));
  require(in != nullptr);
  ber_len_t length = 0;
  constexpr ber_tag_t equality = 0xa3;
  require(ber_peek_tag(in.get(), &length) == equality);
  berval attribute{0, nullptr};
  berval value{0, nullptr};
  require(ber_scanf(in.get(), "{mm}", &attribute, &value) != LBER_ERROR);
  require(std::string_view(attribute.bv_val, attribute.bv_len) == "uid");
  require(std::string_view(value.bv_val == nullptr ? "" : value.bv_val, value.bv_len) == text);
  require(ber_peek_tag(in.get(), &length) == LBER_DEFAULT);

  if (gatehouse::ldap::filter_fault(text).empty()) {
    require(text.find('\0') == std::string_view::npos);
    require(encoded(std::string(text)) != nullptr);
  }
  return 0;
}
