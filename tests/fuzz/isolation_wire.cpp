// SPDX-License-Identifier: Apache-2.0
// One body of what an engine and the helper process of an isolated plugin say to each other, as either end reads it.
// What can be read must, written again, be the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "isolation/shape.hpp"
#include "isolation/wire.hpp"

namespace {

using namespace gatehouse::detail::isolation;

void require(bool condition) {
  if (!condition) std::abort();
}

template <typename Message>
void both_ways(std::string_view body, Reader in) {
  Message message;
  if (decode(in, message)) require(text_of(encode(message)).substr(frame_head) == body);
}

void payloads(std::string_view payload) {
  Description description;
  if (decode(Reader(payload), description)) {
    require(text_of(payload_of(description.plugin, description.reads_uris, description.lists_costs)) == payload);
    require(shape_of(description).size() <= payload.size());
  }
  Created created;
  if (decode(Reader(payload), created)) require(text_of(payload_of(created)) == payload);
  Pairs pairs;
  if (decode(Reader(payload), pairs, 64)) require(text_of(payload_of(pairs)) == payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<char> own(data, data + size);  // its own block: a sanitizer sees its end
  const std::string_view body(own.data(), own.size());
  const auto opened = open_body(body);
  if (!opened) return 0;
  const auto [kind, in] = *opened;
  switch (kind) {
    case Kind::load:
      both_ways<Load>(body, in);
      break;
    case Kind::create: {
      Create create;
      static_cast<void>(decode(in, create));
      break;
    }
    case Kind::ask:
      both_ways<Ask>(body, in);
      break;
    case Kind::admitted:
      both_ways<Admitted>(body, in);
      break;
    case Kind::reply: {
      Reply reply;
      if (decode(in, reply)) payloads(reply.payload);
      both_ways<Reply>(body, in);
      break;
    }
    case Kind::log:
      both_ways<LogLine>(body, in);
      break;
    case Kind::claim:
      both_ways<Claim>(body, in);
      break;
    case Kind::answer:
      both_ways<WireAnswer>(body, in);
      break;
    case Kind::state:
      both_ways<State>(body, in);
      break;
    default:
      break;
  }
  return 0;
}
