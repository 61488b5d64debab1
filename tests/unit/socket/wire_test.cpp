// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using Bytes = std::vector<unsigned char>;

gatehouse_str str(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(gatehouse_str text) {
  return {text.data == nullptr ? "" : text.data, text.size};
}

Bytes written(const wire_question& question) {
  Bytes frame(WIRE_HEAD + WIRE_BODY_MAX);
  frame.resize(wire_write_question(&question, frame.data(), frame.size()));
  return frame;
}

wire_question sample() {
  wire_question question{};
  question.credential = GATEHOUSE_CREDENTIAL_RESPONSE;
  question.realm = str("unix");
  question.user = str("alice");
  question.state = str("first");
  question.responses[0] = str("123");
  question.responses[1] = str("");
  question.response_count = 2;
  return question;
}

TEST_CASE("a question is read as it was written") {
  const Bytes frame = written(sample());
  REQUIRE(frame.size() > WIRE_HEAD);
  CHECK(wire_body_size(frame.data()) == frame.size() - WIRE_HEAD);
  wire_question read{};
  REQUIRE(wire_read_question(frame.data() + WIRE_HEAD, frame.size() - WIRE_HEAD, &read));
  CHECK(read.credential == GATEHOUSE_CREDENTIAL_RESPONSE);
  CHECK(view(read.user) == "alice");
  CHECK(view(read.password).empty());
  CHECK(view(read.state) == "first");
  REQUIRE(read.response_count == 2);
  CHECK(view(read.responses[0]) == "123");
}

TEST_CASE("every shorter, longer or other frame is refused") {
  Bytes frame = written(sample());
  const unsigned char* body = frame.data() + WIRE_HEAD;
  wire_question read{};
  for (std::size_t size = 0; size < frame.size() - WIRE_HEAD; ++size) CHECK(!wire_read_question(body, size, &read));
  frame.push_back(0);
  CHECK(!wire_read_question(frame.data() + WIRE_HEAD, frame.size() - WIRE_HEAD, &read));
  frame.pop_back();
  for (const unsigned version : {0U, 2U, 255U}) {
    frame[WIRE_HEAD] = static_cast<unsigned char>(version);
    CHECK(!wire_read_question(frame.data() + WIRE_HEAD, frame.size() - WIRE_HEAD, &read));
  }
}

TEST_CASE("what breaks a limit is not written") {
  wire_question question = sample();
  question.response_count = WIRE_LIST_MAX + 1;
  CHECK(written(question).empty());
  const std::string largest(0xffff, 'p');
  const std::string larger(0x10000, 'p');
  question = sample();
  question.password = str(larger);
  CHECK(written(question).empty());
  question.password = str(largest);
  CHECK(!written(question).empty());
  question.user = str(largest);
  CHECK(written(question).empty());
  Bytes small(16);
  question = sample();
  CHECK(wire_write_question(&question, small.data(), small.size()) == 0);
  CHECK(wire_write_question(&question, small.data(), 0) == 0);
}

TEST_CASE("a body has at least one byte and a limit") {
  const Bytes none = {0, 0, 0, 0};
  const Bytes most = {0, 1, 0x40, 0};
  const Bytes more = {0, 1, 0x40, 1};
  CHECK(wire_body_size(none.data()) == 0);
  CHECK(wire_body_size(most.data()) == WIRE_BODY_MAX);
  CHECK(wire_body_size(more.data()) == 0);
}

TEST_CASE("an answer is read as it was written; zeroed, it refuses") {
  wire_answer answer{};
  answer.code = 2;
  answer.expiry_ms = -5;
  answer.prompts[0] = {true, str("Code: ")};
  answer.prompt_count = 1;
  Bytes frame(1024);
  frame.resize(wire_write_answer(&answer, frame.data(), frame.size()));
  wire_answer read{};
  REQUIRE(wire_read_answer(frame.data() + WIRE_HEAD, frame.size() - WIRE_HEAD, &read));
  CHECK(read.code == 2);
  CHECK(read.expiry_ms == -5);
  REQUIRE(read.prompt_count == 1);
  CHECK(read.prompts[0].hidden);
  CHECK(view(read.prompts[0].text) == "Code: ");
  const Bytes zeroes(64);
  CHECK(!wire_read_answer(zeroes.data(), zeroes.size(), &read));
  CHECK(read.code == 0);
}

}  // namespace
