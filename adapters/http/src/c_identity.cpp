// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include <memory>

#include <gatehouse/http.h>
#include <gatehouse/http.hpp>
#include <gatehouse/sections.hpp>

#include "c_strings.hpp"
#include "decided_identity.hpp"
#include "header_names.hpp"
#include "identity_fields.hpp"

struct gatehouse_http_identity {
  gatehouse::http::IdentityHeaders headers;
};

namespace {

using gatehouse::http::DecidedIdentity;
using gatehouse::http::IdentityHeaders;
using gatehouse::http::lend;
using gatehouse::http::view;

static_assert(GATEHOUSE_HTTP_FIELD_MAX == gatehouse::http::max_fields);
static_assert(GATEHOUSE_HTTP_FIELD_MEMORY == IdentityHeaders::max_size);

constexpr gatehouse_str every_group = {"*", 1};

/// Given to gatehouse_free, which is free().
void set_error(char** error, const char* text) noexcept {
  if (error != nullptr) *error = strdup(text);
}

IdentityHeaders::Names names_from(const gatehouse_http_names& from) {
  IdentityHeaders::Names names;
  names.user = view(from.user);
  names.groups = view(from.groups);
  names.email = view(from.email);
  names.name = view(from.name);
  names.forward_groups.clear();
  for (size_t i = 0; from.forward_groups != nullptr && i < from.forward_group_count; ++i) {
    names.forward_groups.emplace_back(view(from.forward_groups[i]));
  }
  return names;
}

}  // namespace

extern "C" {

void gatehouse_http_names_init(gatehouse_http_names* names) {
  if (names == nullptr) return;
  *names = gatehouse_http_names{};
  names->struct_size = sizeof *names;
  names->user = lend("Remote-User");
  names->groups = lend("Remote-Groups");
  names->email = lend("Remote-Email");
  names->name = lend("Remote-Name");
  names->forward_groups = &every_group;
  names->forward_group_count = 1;
}

gatehouse_http_identity* gatehouse_http_identity_create(const gatehouse_http_names* names, char** error) {
  try {
    IdentityHeaders::Names wanted;
    if (names != nullptr) {
      if (names->struct_size < sizeof *names) {
        set_error(error, "gatehouse_http_names: struct_size is not set; call gatehouse_http_names_init first");
        return nullptr;
      }
      wanted = names_from(*names);
    }
    if (const auto checked = IdentityHeaders::check(wanted); !checked) {
      set_error(error, checked.error().message.c_str());
      return nullptr;
    }
    return std::make_unique<gatehouse_http_identity>(gatehouse_http_identity{IdentityHeaders(std::move(wanted))})
        .release();
  } catch (...) {
    set_error(error, "out of memory");
    return nullptr;
  }
}

gatehouse_http_identity* gatehouse_http_identity_read(gatehouse_str file, int* forward_authorization, char** error) {
  try {
    gatehouse::ConfigSource source;
    source.file = view(file);
    source.sections = {gatehouse::http::section()};
    const auto sections = gatehouse::Sections::read(source);
    if (!sections) {
      set_error(error, sections.error().message.c_str());
      return nullptr;
    }
    auto settings = gatehouse::http::settings(sections->section("http"));
    if (!settings) {
      set_error(error, settings.error().message.c_str());
      return nullptr;
    }
    if (forward_authorization != nullptr) *forward_authorization = settings->forward_authorization ? 1 : 0;
    return std::make_unique<gatehouse_http_identity>(gatehouse_http_identity{std::move(settings->identity)}).release();
  } catch (...) {
    set_error(error, "out of memory");
    return nullptr;
  }
}

void gatehouse_http_identity_release(gatehouse_http_identity* identity) {
  const std::unique_ptr<gatehouse_http_identity> owned(identity);
}

int gatehouse_http_is_protected(const gatehouse_http_identity* identity, gatehouse_str name) {
  const bool is =
      identity == nullptr ? gatehouse::http::commonly_believed(view(name)) : identity->headers.is_protected(view(name));
  return is ? 1 : 0;
}

int gatehouse_http_identity_fields(const gatehouse_http_identity* identity, const gatehouse_decision* decision,
                                   gatehouse_pair* fields, char* memory, size_t memory_size) {
  if (identity == nullptr || decision == nullptr || fields == nullptr || memory == nullptr) return -1;
  if (gatehouse_decision_code(decision) != GATEHOUSE_DECISION_GRANTED) return -1;
  const auto written =
      gatehouse::http::write_fields(identity->headers.names(), DecidedIdentity(decision), {memory, memory_size});
  if (!written) return -1;
  for (std::size_t i = 0; i < written->count; ++i) {
    fields[i] = {lend(written->items[i].first), lend(written->items[i].second)};
  }
  return static_cast<int>(written->count);
}

}  // extern "C"
