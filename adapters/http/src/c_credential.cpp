// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/http.h>

#include "c_strings.hpp"
#include "credential.hpp"

using gatehouse::Request;
using gatehouse::http::lend;
using gatehouse::http::view;
using State = gatehouse::http::Credential::State;

static_assert(GATEHOUSE_HTTP_SCRATCH_SIZE == gatehouse::http::Scratch::capacity);
static_assert(GATEHOUSE_HTTP_NONE == static_cast<int>(State::none));
static_assert(GATEHOUSE_HTTP_PRESENT == static_cast<int>(State::present));
static_assert(GATEHOUSE_HTTP_REFUSED == static_cast<int>(State::refused));
static_assert(GATEHOUSE_HTTP_MALFORMED == static_cast<int>(State::malformed));

extern "C" {

gatehouse_http_state gatehouse_http_read_credential(const gatehouse_pair* headers, size_t header_count, char* scratch,
                                                    size_t scratch_size, gatehouse_request* request) {
  if (request == nullptr) return GATEHOUSE_HTTP_MALFORMED;
  *request = gatehouse_request{};
  request->struct_size = sizeof *request;
  if (headers == nullptr && header_count != 0) return GATEHOUSE_HTTP_MALFORMED;
  if (scratch == nullptr) scratch_size = 0;

  gatehouse::http::AuthorizationField field;
  for (const auto& header : std::span(headers, header_count)) field.see(view(header.name), view(header.value));
  const std::span<char> memory(scratch, scratch_size);
  std::size_t used = 0;
  Request read;
  const auto state = field.read(memory, used, read);
  if (state == State::present) {
    request->credential = static_cast<uint32_t>(read.credential);
    request->user = lend(read.user);
    request->password = lend(read.password);
    request->token = lend(read.token);
  } else {
    gatehouse::http::wipe_bytes(memory.first(used));
  }
  return static_cast<gatehouse_http_state>(state);
}

int gatehouse_http_token_in_query(gatehouse_str target) {
  return gatehouse::http::token_in_query(view(target)) ? 1 : 0;
}

void gatehouse_http_wipe(char* memory, size_t size) {
  if (memory != nullptr) gatehouse::http::wipe_bytes({memory, size});
}

}  // extern "C"
