// SPDX-License-Identifier: Apache-2.0
#include "isolation/wire.hpp"

#include <cstring>
#include <limits>

namespace gatehouse::detail::isolation {

Writer::Writer(Kind kind) {
  bytes_.resize(frame_head);
  byte(static_cast<std::uint8_t>(kind));
}

void Writer::put(const void* data, std::size_t size) {
  const auto* from = static_cast<const char*>(data);
  bytes_.insert(bytes_.end(), from, from + size);
}

Writer& Writer::byte(std::uint8_t value) {
  put(&value, sizeof value);
  return *this;
}

Writer& Writer::number(std::uint32_t value) {
  put(&value, sizeof value);
  return *this;
}

Writer& Writer::wide(std::uint64_t value) {
  put(&value, sizeof value);
  return *this;
}

Writer& Writer::text(std::string_view value) {
  // What is too long for its own length is too long for a frame: take() says so.
  number(static_cast<std::uint32_t>(value.size()));
  if (!value.empty()) put(value.data(), value.size());
  return *this;
}

Bytes Writer::take() {
  const std::size_t size = bytes_.size() - frame_head;
  if (size > max_frame) return {};
  const auto head = static_cast<std::uint32_t>(size);
  std::memcpy(bytes_.data(), &head, frame_head);
  return std::move(bytes_);
}

void Reader::get(void* data, std::size_t size) noexcept {
  if (!ok_ || left_.size() < size) {
    ok_ = false;
    std::memset(data, 0, size);
    return;
  }
  std::memcpy(data, left_.data(), size);
  left_.remove_prefix(size);
}

std::uint8_t Reader::byte() noexcept {
  std::uint8_t value = 0;
  get(&value, sizeof value);
  return value;
}

std::uint32_t Reader::number() noexcept {
  std::uint32_t value = 0;
  get(&value, sizeof value);
  return value;
}

std::uint64_t Reader::wide() noexcept {
  std::uint64_t value = 0;
  get(&value, sizeof value);
  return value;
}

std::string_view Reader::text() noexcept {
  const std::size_t size = number();
  if (!ok_ || left_.size() < size) {
    ok_ = false;
    return {};
  }
  const std::string_view value = left_.substr(0, size);
  left_.remove_prefix(size);
  return value;
}

std::size_t Reader::count(std::size_t limit) noexcept {
  constexpr std::size_t smallest_item = 4;
  const std::size_t value = number();
  if (value > limit || value > left_.size() / smallest_item) ok_ = false;
  return ok_ ? value : 0;
}

std::string_view Reader::rest() noexcept {
  const std::string_view all = ok_ ? left_ : std::string_view();
  left_ = {};
  return all;
}

std::optional<std::pair<Kind, Reader>> open_body(std::string_view body) noexcept {
  if (body.empty()) return std::nullopt;
  return std::pair(static_cast<Kind>(static_cast<std::uint8_t>(body[0])), Reader(body.substr(1)));
}

}  // namespace gatehouse::detail::isolation
