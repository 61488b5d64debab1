// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who was told to wait, for the operator: the only names that are in the region, at most some hundred.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/runtime.hpp>

#include "region/cache_key.hpp"
#include "region/record_check.hpp"
#include "region/region.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

class ThrottleNotices {
 public:
  ThrottleNotices(const std::shared_ptr<Region>& region, const CacheKeyMaker& keys) noexcept;

  struct Notice {
    std::uint64_t subject = 0;
    std::uint64_t source = 0;
    std::string_view subject_text;
    std::string_view source_text;
  };
  /// A later one about the same replaces it, as does one of few others that share its place. [any-thread]
  void put(const Notice& notice, SteadyTime until) noexcept;
  [[nodiscard]] std::vector<Throttled> list(SteadyTime now) const;
  void clear(std::uint64_t subject) noexcept;
  void clear() noexcept;

 private:
  static constexpr std::size_t subject_words = 13;
  static constexpr std::size_t source_words = 7;
  struct Record;
  [[nodiscard]] bool read(std::size_t place, Record& record) const noexcept;

  std::shared_ptr<Region> region_;
  CheckKey key_;
  std::span<Word> words_;
  std::size_t places_;
};

}  // namespace gatehouse::detail
