// SPDX-License-Identifier: Apache-2.0
// One line of a password file: what is parsed is part of the line, and what is usable is within the caps.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <htpasswd/hash_shape.hpp>
#include <htpasswd/line.hpp>

namespace {
using namespace gatehouse::htpasswd;

void require(bool holds) {
  if (!holds) std::abort();
}

bool within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Line line = parse_line(text);
  require(within(line.user, text) && within(line.hash, text));
  if (line.kind == LineKind::entry) {
    require(is_name(line.user));
    require(line.user.find(':') == std::string_view::npos && line.hash.find(':') == std::string_view::npos);
  }
  // The hash of an entry, and the text itself in a hash's place.
  for (const std::string_view hash : {line.hash, text}) {
    for (const bool allow : {false, true}) {
      const Policy policy{.allow_plain = allow, .allow_des = allow};
      const HashShape shape = shape_of(hash, policy);
      require(is_usable(shape.scheme) == (shape.work > 0));
      if (shape.scheme == Scheme::bcrypt) require(shape.work <= 1U << policy.max_bcrypt_cost);
      if (shape.scheme == Scheme::sha256_crypt || shape.scheme == Scheme::sha512_crypt) {
        require(shape.work >= 1000 && shape.work <= policy.max_sha_crypt_rounds);
      }
      if (shape.scheme == Scheme::yescrypt || shape.scheme == Scheme::gost_yescrypt || shape.scheme == Scheme::scrypt) {
        require(shape.work < 5 * policy.max_hash_memory);
      }
      if (!allow) require(shape.scheme != Scheme::plain && shape.scheme != Scheme::des);
    }
  }
  return 0;
}
