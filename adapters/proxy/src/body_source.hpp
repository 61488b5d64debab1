// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where the body of a message is within the bytes that follow its head.
#include <algorithm>
#include <cstdint>
#include <span>

#include "chunked.hpp"
#include "message_head.hpp"

namespace gatehouse::proxy {

class BodySource {
 public:
  using Step = ChunkDecoder::Step;
  using State = ChunkDecoder::State;

  void start(Framing framing, std::uint64_t length) noexcept {
    framing_ = framing;
    left_ = length;
    decoder_ = {};
    done_ = framing == Framing::none;
  }

  /// The body's bytes among `bytes`, moved to its front; as ChunkDecoder::decode. Not after done().
  [[nodiscard]] Step take(std::span<char> bytes) noexcept {
    Step step;
    if (framing_ == Framing::chunked) {
      step = decoder_.decode(bytes);
      done_ = step.state == State::done;
      return step;
    }
    step.used = framing_ == Framing::until_close
                    ? bytes.size()
                    : static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    step.payload = step.used;
    if (framing_ == Framing::length) {
      left_ -= step.used;
      done_ = left_ == 0;
      if (done_) step.state = State::done;
    }
    return step;
  }

  /// The peer closed: the end of a body that lasts until then. False: the body is cut short.
  [[nodiscard]] bool end_of_stream() noexcept {
    if (framing_ != Framing::until_close) return false;
    done_ = true;
    return true;
  }

  [[nodiscard]] bool done() const noexcept { return done_; }
  [[nodiscard]] Framing framing() const noexcept { return framing_; }
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }  ///< with Framing::length

 private:
  Framing framing_ = Framing::none;
  std::uint64_t left_ = 0;
  ChunkDecoder decoder_;
  bool done_ = true;
};

}  // namespace gatehouse::proxy
