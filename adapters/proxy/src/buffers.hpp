// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Memory for bytes on their way.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace gatehouse::proxy {

/// What was read from a caller and not yet used. Small while a connection is idle; grows to the largest head. Used
/// memory is wiped: a head may hold a password.
class ReadBuffer {
 public:
  static constexpr std::size_t small = 4 * 1024;

  ReadBuffer() = default;
  ~ReadBuffer() { wipe(); }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  [[nodiscard]] std::span<char> data() noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  /// Free space after the data, never empty. Moves the data: views into it end.
  [[nodiscard]] std::span<char> prepare() {
    if (!bytes_) resize(small);
    if (end_ == capacity_ && begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_) resize(capacity_ * 2);
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t size) noexcept {
    end_ += size;
    written_ = std::max(written_, end_);
  }
  /// Moves nothing: views stay good until the next prepare() or append().
  void consume(std::size_t size) noexcept { begin_ += size; }
  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto space = prepare();
      const auto size = std::min(space.size(), bytes.size());
      std::memcpy(space.data(), bytes.data(), size);
      commit(size);
      bytes.remove_prefix(size);
    }
  }
  /// Between two requests: starts at the front again, and gives back what a large head needed.
  void settle() noexcept {
    if (begin_ != end_) return;
    wipe();
    begin_ = end_ = 0;
    if (capacity_ > small) {
      bytes_.reset();
      capacity_ = 0;
    }
  }

 private:
  void resize(std::size_t capacity) {
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (bytes_) std::memcpy(bytes.get(), bytes_.get() + begin_, end_ - begin_);
    wipe();
    end_ -= begin_;
    begin_ = 0;
    written_ = end_;
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }
  void wipe() noexcept {
    if (written_ > 0) explicit_bzero(bytes_.get(), written_);
    written_ = 0;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t written_ = 0;  ///< bytes from the front that may hold something
};

/// One piece of a body in transit, or an upstream's response head.
struct Block {
  static constexpr std::size_t size = 32 * 1024;
  std::array<char, size> bytes;
};
using BlockPtr = std::unique_ptr<Block>;

/// The blocks of one thread that wait for use.
class BlockPool {
 public:
  [[nodiscard]] BlockPtr take() {
    if (free_.empty()) return std::make_unique_for_overwrite<Block>();
    auto block = std::move(free_.back());
    free_.pop_back();
    return block;
  }
  void put(BlockPtr block) {
    if (block && free_.size() < kept) free_.push_back(std::move(block));
  }

 private:
  static constexpr std::size_t kept = 64;
  std::vector<BlockPtr> free_;
};

}  // namespace gatehouse::proxy
