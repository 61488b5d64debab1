// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

#include <gatehouse/http.hpp>

#include "escape.hpp"
#include "page_style.hpp"

namespace gatehouse::http {
namespace {

std::string_view word(Mood mood) noexcept {
  switch (mood) {
    case Mood::sign_in:
      return "sign-in";
    case Mood::refused:
      return "refused";
    case Mood::wait:
      break;
  }
  return "wait";
}

/// An open gate, a closed one, a clock.
std::string_view picture(Mood mood) noexcept {
  switch (mood) {
    case Mood::sign_in:
      return R"(<path d="M2.5 21.5h19M5 21.5V9.5a7 7 0 0 1 14 0v12"/>)"
             R"(<path d="M12 21.5v-9l4.5-2v11M14 16.2v.8"/>)";
    case Mood::refused:
      return R"(<path d="M2.5 21.5h19M5 21.5V9.5a7 7 0 0 1 14 0v12"/>)"
             R"(<path d="M9.7 3.2v18.3M14.3 3.2v18.3M5 10.5h14M5 16h14"/>)";
    case Mood::wait:
      break;
  }
  return R"(<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.6 2.2"/>)";
}

}  // namespace

std::string render(const Page& page) {
  std::string out;
  out.reserve(4096);
  const auto element = [&](std::string_view open, std::string_view text, std::string_view close) {
    out += open;
    append_html(out, text);
    out += close;
  };
  const auto headline = [&] {
    append_html(out, page.headline);
    if (page.name.empty()) return;
    out += ' ';
    element("<bdi>", page.name, "</bdi>");
  };
  out +=
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n";
  element("<title>", page.headline, "");
  if (!page.name.empty()) element(" ", page.name, "");
  out += "</title>\n<style>";
  out += page_style;
  out += "</style>\n</head>\n";
  element("<body class=\"", word(page.mood), "\">\n<main>\n<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">");
  out += picture(page.mood);
  out += "</svg>\n<h1>";
  headline();
  element("</h1>\n<p>", page.sentence, "</p>\n");
  if (!page.button.empty()) {
    element("<a href=\"", page.link, "\">");
    element("", page.button, "</a>\n");
  }
  element("</main>\n<footer>", std::to_string(page.status), " ");
  element("", status_text(page.status), "</footer>\n</body>\n</html>\n");
  return out;
}

std::string page_policy() {
  return "default-src 'none'; style-src '" + std::string(page_style_hash) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace gatehouse::http
