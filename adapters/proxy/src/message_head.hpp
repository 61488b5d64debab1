// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The header section of a request or a response as received. Every view borrows from the buffer it was parsed from.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <gatehouse/http.hpp>

namespace gatehouse::proxy {

/// A field name that Beast knows, as its number; 0 for all others.
using FieldId = std::uint16_t;

struct Fields {
  std::vector<http::Header> list;
  std::vector<FieldId> ids;  ///< as many as `list`

  void clear() noexcept {
    list.clear();
    ids.clear();
  }
};

enum class Framing { none, length, chunked, until_close };

struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< as received
  int minor = 1;
  Fields fields;

  // Set by the gate:
  std::string_view path;  ///< origin-form with query, or "*": what is judged and passed on
  std::string_view host;  ///< of the target in absolute-form, else of Host; empty only in HTTP/1.0
  Framing framing = Framing::none;
  std::uint64_t length = 0;
  bool keep_alive = false;
  bool expects_continue = false;
  std::vector<std::string_view> upgrades;   ///< protocols that the caller would change to
  std::vector<std::string_view> nominated;  ///< field names in Connection
};

struct ResponseHead {
  unsigned status = 0;
  std::string_view reason;
  int minor = 1;
  Fields fields;

  // Set by the gate:
  Framing framing = Framing::none;
  std::uint64_t length = 0;
  bool keep_alive = false;
  std::vector<std::string_view> nominated;
};

/// Parses one whole header section with Beast. `bytes` has passed a HeadScan. False: not HTTP/1.0 or 1.1. What the gate
/// sets is left untouched.
[[nodiscard]] bool parse(std::string_view bytes, RequestHead& head);
[[nodiscard]] bool parse(std::string_view bytes, ResponseHead& head);

}  // namespace gatehouse::proxy
