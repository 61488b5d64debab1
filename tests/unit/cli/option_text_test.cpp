// SPDX-License-Identifier: Apache-2.0
#include "option_text.hpp"

#include <doctest/doctest.h>

using gatehouse::OptionSpec;
using gatehouse::OptionType;
using gatehouse::cli::key_of;
using gatehouse::cli::table_cell;
using gatehouse::cli::type_text;

TEST_CASE("a secret is written as the file that holds it") {
  const OptionSpec secret{.name = "bind_password", .secret = true};
  CHECK(key_of(secret) == "bind_password_file");
  CHECK(type_text(secret) == "path of a file that holds it");
  CHECK(key_of({.name = "file"}) == "file");
}

TEST_CASE("types, choices and ranges are told") {
  CHECK(type_text({.name = "a"}) == "text");
  CHECK(type_text({.name = "a", .choices = "keep|strip"}) == "\"keep\" or \"strip\"");
  CHECK(type_text({.name = "a", .type = OptionType::text_list, .choices = "x"}) == "list of \"x\"");
  CHECK(type_text({.name = "a", .type = OptionType::integer}) == "number");
  CHECK(type_text({.name = "a", .type = OptionType::integer, .minimum = 4, .maximum = 31}) == "number, 4 to 31");
  CHECK(type_text({.name = "a", .type = OptionType::integer, .minimum = 4, .maximum = 3}) == "number, at least 4");
  CHECK(type_text({.name = "a", .type = OptionType::duration, .minimum = 5, .maximum = 9}) == "duration, 5 to 9 ms");
  CHECK(type_text({.name = "a", .type = OptionType::path}) == "path");
}

TEST_CASE("a table is not broken by a bar or a line end") {
  CHECK(table_cell("a|b") == "a\\|b");
  CHECK(table_cell("a\nb") == "a\\x0ab");
}
