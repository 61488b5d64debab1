// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>

#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::DecisionCode;
using gatehouse::http::answer;
using gatehouse::http::Answer;
using gatehouse::http::answer_fault;
using gatehouse::http::Offer;

namespace {

std::vector<Answer> all_pages() {
  std::vector<Answer> pages;
  for (const auto code : {DecisionCode::denied, DecisionCode::challenge, DecisionCode::forbidden,
                          DecisionCode::throttled, DecisionCode::unavailable, DecisionCode::malformed}) {
    pages.push_back(answer(test::decision(code), test::password_offer, test::browser));
  }
  for (const int status : {400, 404, 408, 413, 500, 502, 503, 504}) {
    pages.push_back(answer_fault(status, "The service behind this door does not answer.", test::browser));
  }
  return pages;
}

std::string between(const std::string& text, std::string_view open, std::string_view close) {
  const auto start = text.find(open);
  if (start == std::string::npos) return "<absent>";
  const auto from = start + open.size();
  return text.substr(from, text.find(close, from) - from);
}

}  // namespace

TEST_CASE("every page is small, whole and loads nothing") {
  for (const auto& page : all_pages()) {
    CAPTURE(page.status);
    CHECK(test::value(page, "Content-Type") == "text/html; charset=utf-8");
    CHECK(test::value(page, "Content-Length") == std::to_string(page.body.size()));
    CHECK(test::value(page, "Cache-Control") == "no-store");
    CHECK(test::value(page, "Referrer-Policy") == "no-referrer");
    CHECK(page.body.size() < 4096);
    CHECK(page.body.starts_with("<!doctype html>\n"));
    CHECK(page.body.ends_with("</html>\n"));
    for (const auto* part : {"<script", "http:", "https:", "src=", "url(", "@import", "style=", "<form", "onload"}) {
      CHECK_FALSE(test::contains(page.body, part));
    }
    CHECK(test::contains(page.body, std::to_string(page.status)));
  }
}

TEST_CASE("the policy allows the page's own style sheet and nothing else") {
  for (const auto& page : all_pages()) {
    const auto style = between(page.body, "<style>", "</style>");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    REQUIRE(EVP_Digest(style.data(), style.size(), digest, &size, EVP_sha256(), nullptr) == 1);
    const auto hash = test::base64(std::string_view(reinterpret_cast<const char*>(digest), size));
    CHECK(test::value(page, "Content-Security-Policy") == "default-src 'none'; style-src 'sha256-" + hash +
                                                              "'; base-uri 'none'; form-action 'none'; "
                                                              "frame-ancestors 'none'");
  }
}

TEST_CASE("each page says what to do, in plain words") {
  const auto headline = [](const Answer& page) { return between(page.body, "<h1>", "</h1>"); };
  const auto pages = all_pages();
  CHECK(headline(pages[0]) == "Sign in to <bdi>MLflow Login</bdi>");
  CHECK(between(pages[0].body, "<title>", "</title>") == "Sign in to MLflow Login");
  CHECK(headline(pages[1]) == headline(pages[0]));
  CHECK(headline(pages[2]) == "Not allowed");
  CHECK(headline(pages[3]) == "Too many attempts");
  CHECK(headline(pages[4]) == "Try again in a moment");
  CHECK(headline(pages[5]) == "Bad Request");
  for (const auto& page : pages) {
    const bool again = page.status == 401 || page.status == 408 || page.status == 429 || page.status >= 500;
    CHECK(test::contains(page.body, "<a href=\"\">Try again</a>") == again);
  }
}

TEST_CASE("a display name is text, never markup") {
  const Offer offer{"<img src=x onerror=\"alert('1')\">&\r\n\x1B", test::password_offer.credentials};
  const auto page = answer(test::decision(DecisionCode::denied), offer, test::browser);
  CHECK(test::contains(page.body, "<bdi>&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</bdi>"));
  CHECK_FALSE(test::contains(page.body, "<img"));
  const auto unnamed = answer(test::decision(DecisionCode::denied), Offer{}, test::browser);
  CHECK(test::contains(unnamed.body, "<bdi>Gatehouse</bdi>"));
}
