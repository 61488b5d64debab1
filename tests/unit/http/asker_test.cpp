// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::http::answer_fault;
using gatehouse::http::Asker;
using gatehouse::http::Header;

namespace {

/// Seen from outside: a person gets HTML.
bool person(std::string_view method, const std::vector<Header>& headers) {
  const auto answer = answer_fault(404, "Nothing is here.", Asker{method, headers});
  const auto type = test::value(answer, "Content-Type");
  CHECK((type == "text/html; charset=utf-8" || type == "application/json"));
  return type == "text/html; charset=utf-8";
}

bool accepts_page(std::string_view accept) {
  return person("GET", {{"Accept", accept}});
}

}  // namespace

TEST_CASE("a browser that loads a page is a person") {
  CHECK(person("GET", test::browser_headers));
  CHECK(person("HEAD", test::browser_headers));
  CHECK(accepts_page("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));  // Firefox
  CHECK(accepts_page("text/html, application/xhtml+xml, image/jxr, */*"));
  CHECK(accepts_page("TEXT/HTML"));
  CHECK(accepts_page("text/html;level=1;q=0.5, application/json;q=0.4"));
  CHECK(accepts_page("application/xhtml+xml"));
  CHECK(person("GET", {{"accept", "application/json;q=0.1"}, {"ACCEPT", "text/html"}}));
}

TEST_CASE("everything else is a program") {
  CHECK_FALSE(person("GET", {}));
  CHECK_FALSE(person("GET", test::program_headers));
  for (const auto* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "Get", ""}) {
    CHECK_FALSE(person(method, test::browser_headers));
  }
  for (const auto* accept : {"",
                             "*/*",
                             "text/*",
                             "application/json",
                             "application/json, text/plain, */*",
                             "text/html, application/json",
                             "application/json, text/html",
                             "text/html;q=0",
                             "text/html;q=0.000",
                             "text/html;q=0.5, application/json",
                             "text/htmlx",
                             "xtext/html",
                             "text / html",
                             "text/html;q=2",
                             "text/html;q=1.001",
                             "text/html;q=-1",
                             "text/html;q=abc",
                             "text/html;q=",
                             "text/html;q=0.1234",
                             "text/html;q=1,0",
                             ",,,",
                             ";q=1",
                             "text"}) {
    CAPTURE(accept);
    const bool page = accepts_page(accept);
    if (std::string_view(accept) == "text/html;q=1,0") {
      CHECK(page);  // a comma ends the range: "text/html;q=1" and a range "0" that names nothing
    } else {
      CHECK_FALSE(page);
    }
  }
}

TEST_CASE("what a script of a page sends is a program's, whatever it accepts") {
  for (const auto* mode : {"cors", "no-cors", "same-origin", "websocket", "", "navigate, cors"}) {
    CHECK_FALSE(person("GET", {{"Accept", "text/html"}, {"Sec-Fetch-Mode", mode}}));
  }
  CHECK(person("GET", {{"Accept", "text/html"}, {"Sec-Fetch-Mode", "navigate"}}));
  CHECK_FALSE(person("GET", {{"Accept", "text/html"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Mode", "cors"}}));
  CHECK_FALSE(person("GET", {{"Accept", "text/html"}, {"X-Requested-With", "XMLHttpRequest"}}));
}

TEST_CASE("an endless Accept is not read") {
  std::string accept = "text/html";
  while (accept.size() < 100'000) accept += ",a/b;q=0.5";
  CHECK_FALSE(accepts_page(accept));
  const std::vector<Header> many(3000, Header{"Accept", "text/html"});
  CHECK_FALSE(person("GET", many));
}
