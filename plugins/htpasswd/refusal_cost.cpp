// SPDX-License-Identifier: Apache-2.0
#include "refusal_cost.hpp"

#include <algorithm>
#include <string_view>

#include <htpasswd/hash_shape.hpp>
#include <htpasswd/verify.hpp>

namespace gatehouse::htpasswd {
namespace {

using Clock = std::chrono::steady_clock;

/// A cheap hash of each scheme. What it is the hash of does not matter: it never matches.
std::string_view sample(Scheme scheme) noexcept {
  switch (scheme) {
    case Scheme::bcrypt:
      return "$2b$05$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234";
    case Scheme::apr1:
      return "$apr1$saltsalt$abcdefghijklmnopqrstuv";
    case Scheme::sha1:
      return "{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    case Scheme::salted_sha1:
      return "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    case Scheme::plain:
      return "{PLAIN}sample";
    case Scheme::md5_crypt:
      return "$1$saltsalt$abcdefghijklmnopqrstuv";
    case Scheme::sha256_crypt:
      return "$5$saltsaltsaltsalt$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw";
    case Scheme::sha512_crypt:
      return "$6$saltsaltsaltsalt$"
             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh";
    case Scheme::yescrypt:
      return "$y$j8T$abcdefghijklmnopqrstu/$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw";
    case Scheme::gost_yescrypt:
      return "$gy$j8T$abcdefghijklmnopqrstu/$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw";
    case Scheme::scrypt:
      return "$7$9U..../....abcdefghijklmnopqrstu/$abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw";
    case Scheme::des:
      return "abcdefghijklm";
    default:
      return {};
  }
}

}  // namespace

const RefusalCost::Reference& RefusalCost::reference(Scheme scheme) {
  auto& known = references_[static_cast<std::size_t>(scheme)];
  if (!known) {
    const Policy everything{.allow_plain = true, .allow_des = true};
    const HashShape shape = shape_of(sample(scheme), everything);
    std::array<Clock::duration, 3> times{};
    for (auto& time : times) {
      const auto begin = Clock::now();
      static_cast<void>(verify(*digests_, shape.scheme, sample(scheme), "password"));
      time = Clock::now() - begin;
    }
    std::sort(times.begin(), times.end());
    known = Reference{std::max<Work>(shape.work, 1), times[1]};
  }
  return *known;
}

std::chrono::microseconds RefusalCost::of(const Costs& costs) {
  std::chrono::duration<double, std::micro> longest{0};
  for (std::size_t i = 0; i < kSchemeCount; ++i) {
    const auto scheme = static_cast<Scheme>(i);
    if (costs.of(scheme) == 0) continue;
    const Reference& measured = reference(scheme);
    const double scale = static_cast<double>(costs.of(scheme)) / static_cast<double>(measured.work);
    longest = std::max<std::chrono::duration<double, std::micro>>(longest, measured.time * scale);
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(longest);
}

}  // namespace gatehouse::htpasswd
