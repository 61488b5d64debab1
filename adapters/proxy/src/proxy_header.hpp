// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The PROXY protocol, versions 1 and 2: what a balancer sends first, to tell whom it speaks for.
#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::proxy {

class ProxyHeader {
 public:
  enum class State { more, done, bad };
  /// Version 2 may carry more than addresses; beyond this it is refused.
  static constexpr std::size_t max_size = 2048;

  /// Takes the bytes of `bytes` that belong to the header and leaves those that follow it; says how many it took. The
  /// outcome does not depend on how the bytes are cut.
  [[nodiscard]] std::size_t take(std::string_view bytes);

  [[nodiscard]] State state() const noexcept { return state_; }
  /// When done: the address that the balancer speaks for; empty when it speaks for itself or does not know.
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// When done, without a source: whether the balancer speaks for itself.
  [[nodiscard]] bool is_local() const noexcept { return local_; }

 private:
  /// How many bytes the header has at least, as far as is known.
  [[nodiscard]] std::size_t wanted() const noexcept;
  void read_line();
  void read_binary();

  State state_ = State::more;
  std::string bytes_;
  std::string source_;
  bool local_ = false;
};

}  // namespace gatehouse::proxy
