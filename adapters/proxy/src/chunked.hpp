// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The chunked coding (RFC 9112, 7.1), strictly, with trailers dropped.
///
/// Rationale: Beast merges trailer fields into the header container and takes line feeds inside quoted extensions
/// (finding F8), so bodies do not pass its parser. Extensions are read over; the body is framed anew when passed on.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::proxy {

class ChunkDecoder {
 public:
  enum class State { more, done, bad };
  struct Step {
    State state = State::more;
    std::size_t used = 0;     ///< bytes taken from `bytes`; less than all only when done or bad
    std::size_t payload = 0;  ///< bytes of body, moved to the front of `bytes`
  };

  /// Decodes in place. The outcome does not depend on how the bytes are cut.
  [[nodiscard]] Step decode(std::span<char> bytes) noexcept;

 private:
  enum class Place {
    size_start,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    end_lf,
    done
  };
  static constexpr std::size_t max_digits = 16;
  static constexpr std::size_t max_overhead = 16 * 1024;  ///< of all extensions and trailers of one body

  bool take(char c) noexcept;

  Place place_ = Place::size_start;
  std::uint64_t left_ = 0;
  std::size_t digits_ = 0;
  std::size_t overhead_ = 0;
};

/// "1f\r\n" for a chunk of that size; the text lives in the object.
class ChunkSize {
 public:
  explicit ChunkSize(std::size_t size) noexcept;
  [[nodiscard]] std::string_view line() const noexcept { return {text_.data() + start_, text_.size() - start_}; }

 private:
  std::array<char, 18> text_{};
  std::size_t start_ = 0;
};

}  // namespace gatehouse::proxy
