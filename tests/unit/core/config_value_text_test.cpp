// SPDX-License-Identifier: Apache-2.0
#include "config/value_text.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "config_support.hpp"

using namespace config_test;

TEST_CASE("durations have a unit") {
  struct Case {
    const char* text;
    std::int64_t milliseconds;
  };
  for (const Case& c :
       {Case{"0s", 0}, Case{"250ms", 250}, Case{"5s", 5000}, Case{"10m", 600'000}, Case{"2h", 7'200'000},
        Case{"1d", 86'400'000}, Case{"-1s", -1000}, Case{"36500d", max_duration_ms}}) {
    CAPTURE(c.text);
    const auto value = parse_duration(c.text);
    REQUIRE(value.ok());
    CHECK(*value == c.milliseconds);
  }
  for (const char* text : {"",
                           "s",
                           "ms",
                           "-",
                           "-s",
                           "5",
                           "0",
                           "300x",
                           "5 s",
                           " 5s",
                           "5s ",
                           "5S",
                           "5sec",
                           "5s5s",
                           "1h30m",
                           "1.5s",
                           "1e9",
                           "1e9s",
                           "+5s",
                           "05s",
                           "00s",
                           "--5s",
                           "0x5s",
                           "5s\n",
                           "5µs",
                           "36501d",
                           "9223372036854775807ms",
                           "9223372036854775808ms",
                           "-9223372036854775808d",
                           "99999999999999999999999999d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).ok());
  }
  CHECK(contains(refusal(parse_duration("300")), "write \"300s\""));
  CHECK(contains(refusal(parse_duration("300x")), "\"5s\""));
  CHECK_FALSE(parse_duration(std::string("5s\0", 3)).ok());
}

TEST_CASE("sizes are bytes or powers of 1024") {
  struct Case {
    const char* text;
    std::int64_t bytes;
  };
  for (const Case& c : {Case{"0", 0}, Case{"1000", 1000}, Case{"64KiB", 65536}, Case{"16MiB", 16777216},
                        Case{"1GiB", 1073741824}, Case{"8589934591GiB", 8589934591LL << 30}}) {
    CAPTURE(c.text);
    const auto value = parse_size(c.text);
    REQUIRE(value.ok());
    CHECK(*value == c.bytes);
  }
  for (const char* text : {"", "KiB", "64K", "64k", "64KB", "64kib", "64 KiB", "64KiB ", "1.5GiB", "1e3", "+1", "01",
                           "300x", "1TiB", "8589934592GiB", "9223372036854775808", "-9223372036854775809"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text).ok());
  }
}

TEST_CASE("integers are whole, and all of the text") {
  CHECK(*parse_integer("0") == 0);
  CHECK(*parse_integer("-7") == -7);
  CHECK(*parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(*parse_integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "-", "+1", " 1", "1 ", "1x", "x", "1.0", "1e9", "0x10", "007", "-01", "1_000", "--1",
                           "9223372036854775808", "-9223372036854775809", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text).ok());
  }
}

TEST_CASE("booleans are true and false") {
  CHECK(*parse_boolean("true"));
  CHECK_FALSE(*parse_boolean("false"));
  for (const char* text :
       {"", "on", "off", "yes", "no", "1", "0", "True", "TRUE", "t", "true ", " true", "truefalse"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_boolean(text).ok());
  }
}

TEST_CASE("numbers are written back in the form they are read") {
  CHECK(written(OptionType::duration, 0) == "0s");
  CHECK(written(OptionType::duration, 1) == "1ms");
  CHECK(written(OptionType::duration, 1500) == "1500ms");
  CHECK(written(OptionType::duration, 5000) == "5s");
  CHECK(written(OptionType::duration, 3'600'000) == "1h");
  CHECK(written(OptionType::size, 0) == "0");
  CHECK(written(OptionType::size, 1000) == "1000");
  CHECK(written(OptionType::size, 1 << 20) == "1MiB");
  CHECK(written(OptionType::integer, -5) == "-5");
}
