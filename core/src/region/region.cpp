// SPDX-License-Identifier: Apache-2.0
#include "region/region.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>

#include "region/cache_key.hpp"

namespace gatehouse::detail {
namespace {

/// Changes with everything that changes the meaning of a byte of a region.
constexpr std::uint64_t layout = 3;
constexpr std::uint64_t mark = 0x6E6F696765726867;
constexpr std::size_t smallest = 256 * 1024;
constexpr std::size_t alignment = 64;

constexpr std::size_t line_words = alignment / sizeof(Word);
constexpr std::size_t header_words = 4096 / sizeof(Word);
constexpr std::size_t control_words = line_words;
constexpr std::size_t epoch_rows = 512;
constexpr std::size_t epoch_row_words = line_words;
constexpr std::size_t people_words = 4096;
/// However small the region is: a thousand networks.
constexpr std::size_t least_known_good = 2048;
/// Some hundred records, however large it is.
constexpr std::size_t most_notices = 12'288;

/// At the start of the region. Written once, the mark last.
struct Header {
  Word mark;
  std::uint64_t layout;
  std::uint64_t size;
  RegionKey key;
  Digest check;
};
static_assert(std::is_trivially_destructible_v<Header> && sizeof(Header) <= header_words * sizeof(Word));

Digest check_of(std::uint64_t size, const RegionKey& key) noexcept {
  return PartsDigest()
      .add(layout)
      .add(size)
      .add(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()))
      .finish();
}

}  // namespace

Region::Region(void* memory, std::size_t size, Unmap unmap) : memory_(memory, std::move(unmap)), size_(size) {
  const std::size_t fixed = header_words + control_words + epoch_rows * epoch_row_words + people_words;
  const std::size_t rest = size / 8 - fixed;
  const std::size_t known_good = std::max(rest / 32, least_known_good);
  const std::array<std::size_t, static_cast<std::size_t>(Part::count)> sizes = {
      control_words,
      epoch_rows * epoch_row_words,
      people_words,
      known_good,
      rest / 32,  // pairs
      rest / 64,  // sources
      rest / 32,  // subjects
      std::min(rest / 64, most_notices),
      rest / 64,                            // holders
      rest / 64 * 3,                        // refusals
      rest / 2 - (known_good - rest / 32),  // identities
      rest * 10 / 32                        // grants
  };
  bounds_[0] = header_words;
  for (std::size_t i = 0; i < sizes.size(); ++i) bounds_[i + 1] = bounds_[i] + sizes[i] / line_words * line_words;
}

std::span<Word> Region::part(Part part) const noexcept {
  const auto index = static_cast<std::size_t>(part);
  return {static_cast<Word*>(memory_.get()) + bounds_[index], bounds_[index + 1] - bounds_[index]};
}

Region::~Region() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

bool Region::enter() noexcept {
  visitors_.fetch_add(1);
  if (!closed_.load()) return true;
  leave();
  return false;
}

void Region::leave() noexcept {
  if (visitors_.fetch_sub(1) == 1 && closed_.load()) visitors_.notify_all();
}

void Region::close() noexcept {
  closed_.store(true);
  for (std::uint32_t inside = visitors_.load(); inside != 0; inside = visitors_.load()) visitors_.wait(inside);
}

std::shared_ptr<Region> Region::own(std::size_t size) {
  size = std::max(size, smallest);
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  madvise(memory, size, MADV_DONTDUMP);  // the key, and who is logged in
  std::shared_ptr<Region> region(new Region(memory, size, [size](void* at) { munmap(at, size); }));
  if (!region->format()) throw std::bad_alloc();
  return region;
}

Result<std::shared_ptr<Region>> Region::of_host(void* memory, std::size_t size) {
  if (memory == nullptr || reinterpret_cast<std::uintptr_t>(memory) % alignment != 0) {
    return Error{"the region's memory is not aligned to 64 bytes"};
  }
  if (size < smallest) {
    return Error{"the region is too small: it has " + std::to_string(size) + " bytes and needs " +
                 std::to_string(smallest)};
  }
  std::shared_ptr<Region> region(new Region(memory, size, [](void*) {}));
  region->joined_ = region->join();
  if (!region->joined_) std::memset(memory, 0, size);
  if (!region->joined_ && !region->format()) return Error{"the region has no key: there are no random numbers"};
  return region;
}

std::size_t Region::minimum_size() noexcept {
  return smallest;
}

std::size_t Region::size_for(std::size_t logins) noexcept {
  constexpr std::size_t per_login = 440;
  return std::max(smallest, std::min(logins, std::size_t{1} << 40U) * per_login);
}

bool Region::join() noexcept {
  const auto& header = *static_cast<const Header*>(memory_.get());
  if (header.mark.load() != mark || header.layout != layout || header.size != size_) return false;
  key_ = header.key;
  return header.check == check_of(size_, key_);
}

bool Region::format() noexcept {
  auto& header = *static_cast<Header*>(memory_.get());
  header.mark.store(0);
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) return false;
  header.layout = layout;
  header.size = size_;
  header.key = key_;
  header.check = check_of(size_, key_);
  header.mark.store(mark);
  return true;
}

}  // namespace gatehouse::detail
