// SPDX-License-Identifier: Apache-2.0
#include "log/log_queue.hpp"

#include <doctest/doctest.h>
#include <gatehouse/gatehouse.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using gatehouse::LogLevel;
using gatehouse::detail::log_safe;
using gatehouse::detail::LogQueue;

using Lines = std::vector<std::pair<LogLevel, std::string>>;

struct Sink {
  LogQueue::Sink take() {
    return [this](LogLevel level, std::string_view line) { lines.emplace_back(level, line); };
  }
  Lines lines;
};

TEST_CASE("one call is one line: what could start another, or hide text, is written out") {
  CHECK(log_safe("plain text, Grüße, 日本") == "plain text, Grüße, 日本");
  CHECK(log_safe("a\r\nb") == "a\\x0d\\x0ab");
  CHECK(log_safe(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(log_safe("\x1b[2J\x7f") == "\\x1b[2J\\x7f");
  CHECK(log_safe("\xC2\x9B"
                 "31m") == "\\xc2\\x9b31m");  // CSI as one character
  CHECK(log_safe("a\xE2\x80\xAE"
                 "b") == "a\\xe2\\x80\\xaeb");  // right-to-left override
  CHECK(log_safe("a\xE2\x80\xA8"
                 "b") == "a\\xe2\\x80\\xa8b");  // line separator
  CHECK(log_safe("\xFF\xFE") == "\\xff\\xfe");
  CHECK(log_safe("\xC3") == "\\xc3");                    // cut in the middle
  CHECK(log_safe("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(log_safe("%n%s\"{}") == "%n%s\"{}");
}

TEST_CASE("hosts in C have the same") {
  std::array<char, GATEHOUSE_LOG_SAFE_SIZE> into{};
  const auto safe = [&](std::string_view text) {
    into.fill('x');
    return std::string(gatehouse_log_safe({text.data(), text.size()}, into.data()));
  };
  CHECK(safe("") == "");
  CHECK(safe("a\r\nb") == log_safe("a\r\nb"));
  CHECK(safe(std::string_view("a\0b", 3)) == "a\\x00b");
  for (const std::size_t size : {1000U, 1023U, 1024U, 1025U, 100'000U}) {
    for (const std::string_view unit : {"x", "\xFF", "\xE2\x80\xAE", "\xF0\x9F\x98\x80", "\xF5\x80\x80\x80"}) {
      std::string text;
      while (text.size() < size) text += unit;
      CHECK(safe(text) == log_safe(text));
    }
  }
}

TEST_CASE("a line is cut, never in the middle of a character") {
  const std::string long_text(100'000, 'x');
  CHECK(log_safe(long_text).size() == 1024 + 3);
  std::string umlauts;
  for (int i = 0; i < 5'000; ++i) umlauts += "ü";
  const std::string cut = log_safe("x" + umlauts);
  CHECK(cut.size() <= 1024 + 4 + 3);
  CHECK(cut.ends_with("ü..."));
  CHECK(log_safe(std::string(100'000, '\n')).size() <= 1024 + 4 + 3);
}

TEST_CASE("lines come in order, with their level, and below the level not at all") {
  Sink sink;
  LogQueue log(sink.take(), LogLevel::info);
  log.add(LogLevel::debug, "no");
  log.add(LogLevel::info, "one");
  log.add(LogLevel::error, "two\nthree");
  CHECK(sink.lines.empty());
  log.deliver();
  CHECK(sink.lines == Lines{{LogLevel::info, "one"}, {LogLevel::error, "two\\x0athree"}});
  log.hold_level(1, LogLevel::error);
  log.add(LogLevel::warning, "no");
  log.deliver();
  CHECK(sink.lines.size() == 2);
}

TEST_CASE("the level of the newest configuration that is held counts") {
  Sink sink;
  LogQueue log(sink.take(), LogLevel::warning);
  const auto writes = [&](LogLevel level) {
    sink.lines.clear();
    log.add(level, "x");
    log.deliver();
    return !sink.lines.empty();
  };
  CHECK_FALSE(writes(LogLevel::info));
  log.hold_level(1, LogLevel::info);
  log.hold_level(2, LogLevel::error);
  CHECK_FALSE(writes(LogLevel::warning));
  SUBCASE("one that is let go at once leaves nothing behind") {
    log.drop_level(2);
    CHECK(writes(LogLevel::info));
    CHECK_FALSE(writes(LogLevel::debug));
  }
  SUBCASE("one that was before may go") {
    log.drop_level(1);
    CHECK_FALSE(writes(LogLevel::warning));
  }
  log.drop_level(1);
  log.drop_level(2);
  CHECK(writes(LogLevel::warning));
  CHECK_FALSE(writes(LogLevel::info));
}

TEST_CASE("what does not fit is counted, and said once") {
  Sink sink;
  LogQueue log(sink.take(), LogLevel::info);
  for (std::size_t i = 0; i < LogQueue::capacity + 7; ++i) log.add(LogLevel::info, "x");
  log.deliver();
  REQUIRE(sink.lines.size() == LogQueue::capacity + 1);
  CHECK(sink.lines.back() == std::pair(LogLevel::warning, std::string("7 log lines were dropped: too many at once")));
  log.deliver();
  CHECK(sink.lines.size() == LogQueue::capacity + 1);
}

TEST_CASE("a sink that throws, or that logs itself, harms nobody") {
  int calls = 0;
  LogQueue throwing([&](LogLevel, std::string_view) { ++calls, throw std::runtime_error("full disk"); },
                    LogLevel::info);
  throwing.add(LogLevel::info, "x");
  throwing.deliver();
  throwing.add(LogLevel::info, "y");
  throwing.deliver();
  CHECK(calls == 2);

  LogQueue* self = nullptr;
  int echoes = 0;
  LogQueue echo(
      [&](LogLevel level, std::string_view line) {
        if (++echoes < 5) self->add(level, line);
      },
      LogLevel::info);
  self = &echo;
  echo.add(LogLevel::info, "hello");
  echo.deliver();
  CHECK(echoes == 5);
}

TEST_CASE("who listens is told of each line; without a sink nothing is kept") {
  Sink sink;
  int told = 0;
  LogQueue log(sink.take(), LogLevel::info);
  log.on_line([&] { ++told; });
  log.add(LogLevel::info, "a");
  log.add(LogLevel::debug, "b");
  CHECK(told == 1);
  LogQueue nobody({}, LogLevel::debug);
  nobody.on_line([&] { ++told; });
  nobody.add(LogLevel::error, "c");
  nobody.deliver();
  CHECK(told == 1);
}

}  // namespace
