// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One block of memory that outlives a snapshot, and may be shared by processes: what is remembered of logins and of
/// guesses. It holds numbers and offsets, never an address.
///
/// Every process that uses it may be killed at any instruction, so there is no lock in it and nothing to undo. Counters
/// are single words that change in one step. What takes several words carries a check over all of them: a record that
/// was written halfway, by two at once, or by a broken program, is no record.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <gatehouse/result.hpp>

namespace gatehouse::detail {

using Word = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);

using RegionKey = std::array<std::uint8_t, 32>;

/// The parts of a region, in their order.
enum class Part : std::size_t {
  control,     ///< what is said of the whole: see Control
  epochs,      ///< of each backend: see Epochs
  people,      ///< of each subject's bucket: see Epochs
  known_good,  ///< see KnownNetworks
  pairs,       ///< the throttle's three tables: see Throttle
  sources,
  subjects,
  notices,     ///< who was throttled: see ThrottleNotices
  holders,     ///< how much is remembered for each subject: see GrantCache
  refusals,    ///< see RefusalCache
  identities,  ///< see IdentityStore
  grants,      ///< see GrantCache
  count
};

/// The words of Part::control.
enum class Control : std::size_t {
  flushes,  ///< see GrantCache
  tenants   ///< how many rows of Part::epochs were given out
};

class Region {
 public:
  /// Memory of this process alone; pages that are not used cost nothing. Throws std::bad_alloc.
  [[nodiscard]] static std::shared_ptr<Region> own(std::size_t size);
  /// Memory of the host: joined if it is a region of this layout and size, otherwise made anew. See RuntimeOptions.
  [[nodiscard]] static Result<std::shared_ptr<Region>> of_host(void* memory, std::size_t size);

  [[nodiscard]] static std::size_t minimum_size() noexcept;
  [[nodiscard]] static std::size_t size_for(std::size_t logins) noexcept;

  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  /// Copied when the region was joined: whoever damages it later is not believed.
  [[nodiscard]] const RegionKey& key() const noexcept { return key_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<Word> part(Part part) const noexcept;
  [[nodiscard]] Word& control(Control word) const noexcept {
    return part(Part::control)[static_cast<std::size_t>(word)];
  }
  /// True: it was there before, with what it remembers.
  [[nodiscard]] bool joined() const noexcept { return joined_; }

  /// Held while a thread that may outlive its host's region touches it, and never while anything else is waited for.
  class Visit {
   public:
    explicit Visit(Region& region) noexcept : region_(region.enter() ? &region : nullptr) {}
    ~Visit() {
      if (region_ != nullptr) region_->leave();
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    /// False: it is closed, and its memory may be gone.
    [[nodiscard]] explicit operator bool() const noexcept { return region_ != nullptr; }

   private:
    Region* region_;
  };
  /// Lets nobody in any more, and waits for who is inside.
  void close() noexcept;
  void open() noexcept { closed_.store(false); }

 private:
  using Unmap = std::function<void(void*)>;
  Region(void* memory, std::size_t size, Unmap unmap);
  [[nodiscard]] bool join() noexcept;
  /// Of memory that is all zero. Nothing else is written, so that pages which nobody uses cost nothing.
  [[nodiscard]] bool format() noexcept;
  [[nodiscard]] bool enter() noexcept;
  void leave() noexcept;

  std::unique_ptr<void, Unmap> memory_;
  std::size_t size_;
  std::array<std::size_t, static_cast<std::size_t>(Part::count) + 1> bounds_{};  ///< in words, from the start
  RegionKey key_{};
  bool joined_ = false;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint32_t> visitors_{0};
};

}  // namespace gatehouse::detail
