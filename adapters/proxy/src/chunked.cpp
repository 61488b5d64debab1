// SPDX-License-Identifier: Apache-2.0
#include "chunked.hpp"

#include <algorithm>
#include <cstring>

#include "ascii.hpp"

namespace gatehouse::proxy {

namespace {

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool is_text(char c) noexcept {
  return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

/// One byte that is not body. False: not the chunked coding.
bool ChunkDecoder::take(char c) noexcept {
  switch (place_) {
    case Place::size_start:
    case Place::size: {
      const int digit = hex_digit(c);
      if (digit >= 0) {
        if (++digits_ > max_digits || left_ > (std::uint64_t{1} << 58)) return false;
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        place_ = Place::size;
        return true;
      }
      if (place_ == Place::size_start) return false;
      if (c == ';') place_ = Place::extension;
      if (c == '\r') place_ = Place::size_lf;
      return place_ != Place::size;
    }
    case Place::extension:
      if (c == '\r') {
        place_ = Place::size_lf;
        return true;
      }
      return is_text(c) && ++overhead_ <= max_overhead;
    case Place::size_lf:
      place_ = left_ == 0 ? Place::trailer_start : Place::data;
      return c == '\n';
    case Place::data:
      return false;
    case Place::data_cr:
      place_ = Place::data_lf;
      return c == '\r';
    case Place::data_lf:
      place_ = Place::size_start;
      digits_ = 0;
      return c == '\n';
    case Place::trailer_start:
      if (c == '\r') {
        place_ = Place::end_lf;
        return true;
      }
      place_ = Place::trailer;
      return is_tchar(c) && ++overhead_ <= max_overhead;
    case Place::trailer:
      if (c == '\r') {
        place_ = Place::trailer_lf;
        return true;
      }
      return is_text(c) && ++overhead_ <= max_overhead;
    case Place::trailer_lf:
      place_ = Place::trailer_start;
      return c == '\n';
    case Place::end_lf:
      place_ = Place::done;
      return c == '\n';
    case Place::done:
      return false;
  }
  return false;
}

ChunkDecoder::Step ChunkDecoder::decode(std::span<char> bytes) noexcept {
  Step step;
  while (step.used < bytes.size() && place_ != Place::done) {
    if (place_ == Place::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - step.used));
      std::memmove(bytes.data() + step.payload, bytes.data() + step.used, size);
      step.payload += size;
      step.used += size;
      left_ -= size;
      if (left_ == 0) place_ = Place::data_cr;
      continue;
    }
    if (!take(bytes[step.used])) {
      step.state = State::bad;
      return step;
    }
    ++step.used;
  }
  if (place_ == Place::done) step.state = State::done;
  return step;
}

ChunkSize::ChunkSize(std::size_t size) noexcept : start_(text_.size()) {
  text_[--start_] = '\n';
  text_[--start_] = '\r';
  do {
    text_[--start_] = "0123456789abcdef"[size % 16];
    size /= 16;
  } while (size != 0);
}

}  // namespace gatehouse::proxy
