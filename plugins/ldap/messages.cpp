// SPDX-License-Identifier: Apache-2.0
#include "messages.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::size_t page_size = 500;
/// More messages that nobody asked for than this, while one is waited for, and the server is not believed any more.
constexpr int most_stray = 64;
constexpr std::size_t most_references = 256;
/// What all entries of a search may hold together; each value costs some memory besides its bytes.
constexpr std::size_t most_held = std::size_t{16} * 1024 * 1024;
constexpr std::size_t held_besides = 64;

struct FreeControls {
  void operator()(LDAPControl** controls) const noexcept { ldap_controls_free(controls); }
};
using Controls = std::unique_ptr<LDAPControl*, FreeControls>;

struct FreeValues {
  void operator()(berval** values) const noexcept { ldap_value_free_len(values); }
};
struct FreeBer {
  void operator()(BerElement* element) const noexcept { ber_free(element, 0); }
};
struct FreeText {
  void operator()(char* text) const noexcept { ldap_memfree(text); }
};
using Text = std::unique_ptr<char, FreeText>;

Entry read_entry(::ldap* handle, LDAPMessage* message) {
  Entry entry;
  if (const Text dn(ldap_get_dn(handle, message)); dn) entry.dn = dn.get();
  BerElement* at = nullptr;
  Text name(ldap_first_attribute(handle, message, &at));
  const std::unique_ptr<BerElement, FreeBer> position(at);
  for (; name; name.reset(ldap_next_attribute(handle, message, at))) {
    const std::unique_ptr<berval*, FreeValues> values(ldap_get_values_len(handle, message, name.get()));
    auto& all = entry.attributes[lowered(name.get())];
    for (std::size_t i = 0; values && values.get()[i] != nullptr; ++i) {
      all.emplace_back(values.get()[i]->bv_val, values.get()[i]->bv_len);
    }
  }
  return entry;
}

std::size_t held_by(const Entry& entry) {
  std::size_t bytes = entry.dn.size() + held_besides;
  for (const auto& [name, values] : entry.attributes) {
    bytes += name.size() + held_besides;
    for (const std::string& value : values) bytes += value.size() + held_besides;
  }
  return bytes;
}

/// The cookie of the next page; empty after the last.
std::string next_page(::ldap* handle, LDAPControl** controls) {
  LDAPControl* control =
      controls == nullptr ? nullptr : ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
  if (control == nullptr) return {};
  ber_int_t estimate = 0;
  berval cookie{0, nullptr};
  if (ldap_parse_pageresponse_control(handle, control, &estimate, &cookie) != LDAP_SUCCESS) return {};
  std::string next(cookie.bv_val == nullptr ? "" : cookie.bv_val, cookie.bv_len);
  ber_memfree(cookie.bv_val);
  return next;
}

SearchStatus status_of(int code) {
  switch (code) {
    case LDAP_SUCCESS:
      return SearchStatus::done;
    case LDAP_SIZELIMIT_EXCEEDED:
      return SearchStatus::too_many;
    case LDAP_NO_SUCH_OBJECT:
      return SearchStatus::no_base;
    default:
      return SearchStatus::refused;
  }
}

/// One round of asking. Returns the cookie of the next page. `held` is what the entries hold so far.
std::string search_once(::ldap* handle, const SearchRequest& request, const std::string& cookie, Deadline deadline,
                        SearchReply& reply, std::size_t& held) {
  std::vector<char*> names;
  static constexpr const char* none = LDAP_NO_ATTRS;
  for (const std::string& name : request.attributes) names.push_back(const_cast<char*>(name.c_str()));
  if (names.empty()) names.push_back(const_cast<char*>(none));
  names.push_back(nullptr);
  const int scope = request.scope == Scope::base  ? LDAP_SCOPE_BASE
                    : request.scope == Scope::one ? LDAP_SCOPE_ONELEVEL
                                                  : LDAP_SCOPE_SUBTREE;
  Controls controls;
  std::array<LDAPControl*, 2> sent_controls{nullptr, nullptr};
  if (request.in_pages) {
    berval position{cookie.size(), const_cast<char*>(cookie.data())};
    LDAPControl* made = nullptr;
    if (ldap_create_page_control(handle, page_size, &position, 0, &made) != LDAP_SUCCESS) {
      reply.status = SearchStatus::lost;
      return {};
    }
    sent_controls[0] = made;
  }
  // The server is told to the second; next_message() is exact.
  timeval limit = to_timeval(deadline.left() + Milliseconds(999));
  limit.tv_usec = 0;
  int id = 0;
  const int sent = ldap_search_ext(handle, request.base.c_str(), scope, request.filter.c_str(), names.data(), 0,
                                   request.in_pages ? sent_controls.data() : nullptr, nullptr, &limit,
                                   request.in_pages ? 0 : static_cast<int>(request.most), &id);
  if (sent_controls[0] != nullptr) ldap_control_free(sent_controls[0]);
  if (sent != LDAP_SUCCESS) {
    reply.status = sent == LDAP_FILTER_ERROR ? SearchStatus::refused : SearchStatus::lost;
    reply.detail = "the search could not be sent: " + result_text(sent);
    return {};
  }
  for (std::size_t references = 0; references < most_references;) {
    const Message message = next_message(handle, id, deadline);
    if (!message) {
      reply.status = deadline.passed() ? SearchStatus::timed_out : SearchStatus::lost;
      reply.detail = deadline.passed() ? "the server did not answer the search in time" : "the connection was lost";
      return {};
    }
    switch (ldap_msgtype(message.get())) {
      case LDAP_RES_SEARCH_ENTRY:
        if (reply.entries.size() >= request.most) {
          // It goes on although it was told where to stop.
          ldap_abandon_ext(handle, id, nullptr, nullptr);
          reply.status = SearchStatus::too_many;
          return {};
        }
        reply.entries.push_back(read_entry(handle, message.get()));
        held += held_by(reply.entries.back());
        if (held > most_held) {
          ldap_abandon_ext(handle, id, nullptr, nullptr);
          reply.entries.clear();
          reply.status = SearchStatus::refused;
          reply.detail = "the answer is longer than 16 MiB";
          return {};
        }
        break;
      case LDAP_RES_SEARCH_RESULT: {
        int code = LDAP_OTHER;
        LDAPControl** returned = nullptr;
        if (ldap_parse_result(handle, message.get(), &code, nullptr, nullptr, nullptr, &returned, 0) != LDAP_SUCCESS) {
          reply.status = SearchStatus::lost;
          reply.detail = "the answer cannot be read";
          return {};
        }
        controls.reset(returned);
        reply.status = status_of(code);
        if (reply.status != SearchStatus::done) reply.detail = "the search failed: " + result_text(code);
        return reply.status == SearchStatus::done ? next_page(handle, returned) : std::string();
      }
      default:
        ++references;  // to other servers: never followed
    }
  }
  reply.status = SearchStatus::lost;
  reply.detail = "the server sends references without end";
  return {};
}

}  // namespace

Message next_message(::ldap* handle, int id, Deadline deadline) {
  for (int stray = 0; stray < most_stray; ++stray) {
    timeval wait = to_timeval(deadline.left());
    LDAPMessage* taken = nullptr;
    const int kind = ldap_result(handle, LDAP_RES_ANY, LDAP_MSG_ONE, &wait, &taken);
    Message message(taken);
    if (kind <= 0) return nullptr;
    if (message && ldap_msgid(message.get()) == id) return message;
  }
  return nullptr;
}

void read_bind(::ldap* handle, LDAPMessage* message, BindReply& reply) {
  int code = -1;
  char* diagnostic = nullptr;
  LDAPControl** returned = nullptr;
  if (ldap_msgtype(message) != LDAP_RES_BIND ||
      ldap_parse_result(handle, message, &code, nullptr, &diagnostic, nullptr, &returned, 0) != LDAP_SUCCESS) {
    return;
  }
  const Text words(diagnostic);
  const Controls controls(returned);
  reply.code = code;
  if (words) reply.diagnostic = std::string_view(words.get()).substr(0, 512);
  if (returned == nullptr) return;
  if (LDAPControl* policy = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, returned, nullptr);
      policy != nullptr) {
    ber_int_t expires = -1;
    ber_int_t grace = -1;
    LDAPPasswordPolicyError error = PP_noError;
    if (ldap_parse_passwordpolicy_control(handle, policy, &expires, &grace, &error) == LDAP_SUCCESS) {
      if (error != PP_noError) reply.policy_error = static_cast<int>(error);
      if (grace >= 0) reply.grace_logins = grace;
    }
  }
  reply.expired_control = ldap_control_find(LDAP_CONTROL_X_PASSWORD_EXPIRED, returned, nullptr) != nullptr;
}

void search_messages(::ldap* handle, const SearchRequest& request, Deadline deadline, SearchReply& reply) {
  std::string cookie;
  std::size_t held = 0;
  do {
    cookie = search_once(handle, request, cookie, deadline, reply, held);
  } while (!cookie.empty() && reply.status == SearchStatus::done);
}

}  // namespace gatehouse::ldap
