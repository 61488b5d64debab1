// SPDX-License-Identifier: Apache-2.0
// The first byte says which: a question or an answer of the auth socket. What is read must, written again, be the same
// bytes: there is one way to say a thing, and nothing is read from beyond the end.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "wire.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void same(const std::vector<unsigned char>& frame, std::size_t size, const std::vector<unsigned char>& body) {
  require(size == WIRE_HEAD + body.size());
  require(wire_body_size(frame.data()) == body.size());
  require(std::memcmp(frame.data() + WIRE_HEAD, body.data(), body.size()) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::vector<unsigned char> body(data + 1, data + size);  // its own block: a sanitizer sees its end
  std::vector<unsigned char> frame(WIRE_HEAD + WIRE_BODY_MAX);
  if (data[0] == 'q') {
    wire_question question{};
    if (wire_read_question(body.data(), body.size(), &question)) {
      same(frame, wire_write_question(&question, frame.data(), frame.size()), body);
      require(wire_write_question(&question, frame.data(), WIRE_HEAD + body.size() - 1) == 0);
    }
  } else {
    wire_answer answer{};
    if (wire_read_answer(body.data(), body.size(), &answer)) {
      same(frame, wire_write_answer(&answer, frame.data(), frame.size()), body);
      require(wire_write_answer(&answer, frame.data(), WIRE_HEAD + body.size() - 1) == 0);
    }
  }
  return 0;
}
