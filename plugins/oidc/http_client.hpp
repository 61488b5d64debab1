// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Questions to a provider over HTTPS. The one user of libcurl.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "outcome.hpp"

namespace gatehouse::oidc {

struct HttpRules {
  std::string ca_file{};             ///< instead of the system's certificates; empty: those
  std::string client_certificate{};  ///< PEM files, for a provider that knows its clients by them; empty: none
  std::string client_key{};
  bool http_on_loopback = false;  ///< http: to this machine is good enough
  std::chrono::milliseconds timeout{5'000};
};

struct HttpAnswer {
  long status = 0;
  std::string body;
  bool whole = true;  ///< false: it is longer than was asked for, and `body` is empty
};

/// [any-thread]. Redirects are not followed, proxies of the environment not used, cookies not kept, certificates always
/// checked; only https, and http to this machine where that was said.
class HttpClient {
 public:
  explicit HttpClient(HttpRules rules);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// A Problem if there was no whole answer of at most `longest` bytes within the time. [may block]
  [[nodiscard]] Outcome<HttpAnswer> get(const std::string& url, std::size_t longest) const;
  /// `form` is application/x-www-form-urlencoded; `headers` are whole lines. Both may hold secrets. An answer that is
  /// too long is no Problem here, but not whole: it says nothing of the provider's health.
  [[nodiscard]] Outcome<HttpAnswer> post(const std::string& url, const std::string& form,
                                         const std::vector<std::string>& headers, std::size_t longest,
                                         std::chrono::milliseconds timeout) const;

  /// Whether such an address may be asked; the Problem says why not.
  [[nodiscard]] Outcome<std::string> checked(const std::string& url) const;

  /// Questions that wait end soon, new ones at once. [any-thread]
  void stop() noexcept { stopping_ = true; }
  /// Undoes stop().
  void resume() noexcept { stopping_ = false; }

  [[nodiscard]] const HttpRules& rules() const noexcept { return rules_; }

 private:
  class Handle;
  struct Question;
  [[nodiscard]] Outcome<HttpAnswer> ask(const Question& question) const;
  [[nodiscard]] std::unique_ptr<Handle> take() const;
  void give_back(std::unique_ptr<Handle> handle) const;

  HttpRules rules_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Handle>> idle_;  ///< with open connections
};

/// As in a form or a query: letters, digits, '-', '.', '_' and '~' stay, all else becomes %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);
void append_percent_encoded(std::string& out, std::string_view text);

}  // namespace gatehouse::oidc
