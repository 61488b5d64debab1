// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::http::answer_fault;
using gatehouse::http::answer_malformed;
using gatehouse::http::status_text;
using namespace std::string_literals;

TEST_CASE("each fault has MLflow's word and says whether the connection can go on") {
  struct Row {
    int status;
    const char* code;
    bool close;
  };
  const std::vector<Row> rows = {
      {400, "BAD_REQUEST", true},
      {403, "PERMISSION_DENIED", false},
      {404, "NOT_FOUND", false},
      {408, "DEADLINE_EXCEEDED", true},
      {413, "BAD_REQUEST", true},
      {414, "BAD_REQUEST", true},
      {417, "BAD_REQUEST", true},
      {429, "RESOURCE_EXHAUSTED", false},
      {431, "BAD_REQUEST", true},
      {500, "INTERNAL_ERROR", false},
      {501, "NOT_IMPLEMENTED", true},
      {502, "TEMPORARILY_UNAVAILABLE", false},
      {503, "TEMPORARILY_UNAVAILABLE", false},
      {504, "DEADLINE_EXCEEDED", false},
      {505, "NOT_IMPLEMENTED", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    const auto got = answer_fault(row.status, "One sentence.", test::program);
    CHECK(got.status == row.status);
    CHECK(got.close == row.close);
    CHECK(got.body == "{\"error_code\":\""s + row.code + "\",\"message\":\"One sentence.\"}\n");
    CHECK(test::value(got, "Content-Length") == std::to_string(got.body.size()));
    CHECK(test::values(got, "WWW-Authenticate").empty());
    CHECK(test::values(got, "Retry-After").size() == (row.status == 503 || row.status == 429 ? 1 : 0));
    CHECK(status_text(row.status) != "Unknown");
  }
}

TEST_CASE("a status that is no error is a server's mistake") {
  for (const int status : {-1, 0, 100, 200, 204, 302, 399, 600, 1000}) {
    CHECK(answer_fault(status, "x", test::program).status == 500);
  }
}

TEST_CASE("the message is made harmless for JSON and for HTML") {
  const auto message = "a\"b\\c\r\n<script>alert('x')</script>&\xFF\x1B"s;
  CHECK(answer_fault(400, message, test::program).body ==
        "{\"error_code\":\"BAD_REQUEST\",\"message\":\"a\\\"b\\\\c<script>alert('x')</script>&?\"}\n");
  const auto page = answer_fault(400, message, test::browser).body;
  CHECK(test::contains(page, "<p>a&quot;b\\c&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;?</p>"));
  CHECK(answer_fault(400, std::string(100'000, 'x'), test::program).body.size() < 1000);
}

TEST_CASE("status texts") {
  CHECK(status_text(401) == "Unauthorized");
  CHECK(status_text(503) == "Service Unavailable");
  CHECK(status_text(299) == "Unknown");
  CHECK(status_text(-5) == "Unknown");
}

TEST_CASE("RFC 6750: more than one credential is an invalid request, said where tokens are taken") {
  const auto tokens = answer_malformed(test::both_offer, test::program);
  CHECK(tokens.status == 400);
  CHECK(tokens.close);
  CHECK(test::values(tokens, "WWW-Authenticate") ==
        std::vector{R"(Bearer realm="MLflow Login", error="invalid_request")"s});
  const auto passwords = answer_malformed(test::password_offer, test::program);
  CHECK(passwords.status == 400);
  CHECK(passwords.close);
  CHECK(test::values(passwords, "WWW-Authenticate").empty());
}
