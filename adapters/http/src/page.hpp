// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The one small page that people see instead of a service: no script, nothing loaded from anywhere, light and dark.
#include <string>
#include <string_view>

namespace gatehouse::http {

/// What kind of stop it is; chooses colour and picture.
enum class Mood { sign_in, refused, wait };

struct Page {
  int status = 503;
  Mood mood = Mood::wait;
  std::string_view headline = {};
  std::string_view name = {};      ///< shown behind the headline; may be empty
  std::string_view sentence = {};  ///< one sentence
  std::string_view link = {};      ///< where the button leads; empty = loads this page again
  std::string_view button = {};    ///< empty = no button
};

/// All texts are escaped here.
[[nodiscard]] std::string render(const Page& page);

/// The Content-Security-Policy that the page needs, and nothing more.
[[nodiscard]] std::string page_policy();

}  // namespace gatehouse::http
