// SPDX-License-Identifier: Apache-2.0
#include "chunked.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace gatehouse::proxy {
namespace {

using State = ChunkDecoder::State;

struct Outcome {
  State state = State::more;
  std::string body;
  std::size_t used = 0;
};

Outcome decode(std::string bytes, std::size_t step = 0) {
  ChunkDecoder decoder;
  Outcome outcome;
  while (outcome.used < bytes.size() && outcome.state == State::more) {
    const auto left = bytes.size() - outcome.used;
    const auto size = step == 0 ? left : std::min(left, step);
    const auto result = decoder.decode({bytes.data() + outcome.used, size});
    outcome.body.append(bytes.data() + outcome.used, result.payload);
    outcome.used += result.used;
    outcome.state = result.state;
  }
  return outcome;
}

TEST_CASE("HT-17: what is not exactly the chunked coding is refused") {
  for (const auto& bytes : {
           std::string("0x5\r\nhello\r\n0\r\n\r\n"),
           std::string("-1\r\n"),
           std::string("+5\r\n"),
           std::string(" 5\r\n"),
           std::string("5 \r\nhello\r\n"),
           std::string("5\t;a\r\nhello\r\n"),
           std::string("\r\nhello"),
           std::string(";a\r\n"),
           std::string("5;ext=\"\n"),
           std::string("5;ext=\"\\\rx\"\r\n"),
           std::string("5;\x01\r\n"),
           std::string("5\nhello\n0\n\n"),
           std::string("5\rhello"),
           std::string("5\r\nhello0\r\n\r\n"),
           std::string("5\r\nhello\n0\r\n\r\n"),
           std::string("5\r\nhello\r0"),
           std::string("5\r\nhello\r\n\r\n"),
           std::string("FFFFFFFFFFFFFFFF1\r\n"),
           std::string("ffffffffffffffff\r\n"),
           std::string("8000000000000000\r\n"),
           std::string(10'000, '0') + "5\r\nhello\r\n0\r\n\r\n",
           std::string("0\r\n\n"),
           std::string("0\r\n\r\r"),
           std::string("0\r\nX: y\n\r\n"),
           std::string("0\r\n X: y\r\n\r\n"),
           std::string("0\r\nX: \x01\r\n\r\n"),
           "5;" + std::string(20'000, 'a') + "\r\n",
           "0\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n",
       }) {
    CAPTURE(bytes.substr(0, 40));
    CHECK(decode(bytes).state == State::bad);
    CHECK(decode(bytes, 1).state == State::bad);
  }
}

TEST_CASE("HT-22: trailers are read over, and not without end") {
  std::string bytes = "0\r\n";
  for (int i = 0; i < 10'000; ++i) bytes += "X-Remote-User: admin\r\n";
  CHECK(decode(bytes + "\r\n").state == State::bad);

  const auto few = decode("2\r\nab\r\n0\r\nX-Remote-User: admin\r\nCookie: a\r\n\r\nGET");
  CHECK(few.state == State::done);
  CHECK(few.body == "ab");
  CHECK(few.used == 45);
}

TEST_CASE("extensions of many chunks are bounded together") {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) bytes += "1;abc=def\r\nx\r\n";
  CHECK(decode(bytes).state == State::bad);
}

TEST_CASE("bodies are the same however the bytes are cut") {
  const std::string bytes = "5\r\nhello\r\nA;x=\"y z\"\r\n, world!!!\r\n000\r\nT: v\r\n\r\nNEXT";
  for (std::size_t step = 0; step < bytes.size(); ++step) {
    CAPTURE(step);
    const auto outcome = decode(bytes, step);
    CHECK(outcome.state == State::done);
    CHECK(outcome.body == "hello, world!!!");
    CHECK(bytes.substr(outcome.used).starts_with("NEXT"));
  }
}

TEST_CASE("HT-19: a million chunks of one byte") {
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes += "1\r\nx\r\n";
  const auto outcome = decode(bytes + "0\r\n\r\n", 32 * 1024);
  CHECK(outcome.state == State::done);
  CHECK(outcome.body.size() == 1'000'000);
}

TEST_CASE("sizes are written as they are read") {
  CHECK(ChunkSize(0).line() == "0\r\n");
  CHECK(ChunkSize(10).line() == "a\r\n");
  CHECK(ChunkSize(32768).line() == "8000\r\n");
  CHECK(ChunkSize(~std::size_t{0}).line() == "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace gatehouse::proxy
