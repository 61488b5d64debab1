// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Questions to a provider over HTTPS. The one user of libcurl.
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome.hpp"
#include "wanted.hpp"

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

  /// `form` is application/x-www-form-urlencoded; `headers` are whole lines. Both may hold secrets. An answer that is
  /// too long is no Problem here, but not whole: it says nothing of the provider's health. [may block]
  [[nodiscard]] Outcome<HttpAnswer> post(const std::string& url, const std::string& form,
                                         const std::vector<std::string>& headers, std::size_t longest,
                                         std::chrono::milliseconds timeout, const Wanted& wanted = {}) const;

  /// Whether such an address may be asked; the Problem says why not.
  [[nodiscard]] Outcome<std::string> checked(const std::string& url) const;

  [[nodiscard]] const HttpRules& rules() const noexcept { return rules_; }

 private:
  class Handle;
  friend class HttpGet;
  void prepare(Handle& handle, const std::string& url, std::chrono::milliseconds timeout) const;
  [[nodiscard]] std::unique_ptr<Handle> take() const;
  void give_back(std::unique_ptr<Handle> handle) const;

  HttpRules rules_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Handle>> idle_;  ///< with open connections
};

/// A question without a form, asked bit by bit: who asks can look up in between. One thread at a time.
class HttpGet {
 public:
  /// The client must outlive it.
  HttpGet(const HttpClient& http, std::string url, std::size_t longest);
  HttpGet(const HttpGet&) = delete;
  HttpGet& operator=(const HttpGet&) = delete;
  ~HttpGet();

  /// nullopt if more time is needed than this; a Problem if there is no whole answer of at most `longest` bytes within
  /// the client's time. Not to be called again after that. [may block]
  [[nodiscard]] std::optional<Outcome<HttpAnswer>> go_on(std::chrono::milliseconds time);
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

 private:
  struct Transfer;
  const HttpClient& http_;
  std::string url_;
  std::size_t longest_;
  std::unique_ptr<Transfer> transfer_;  ///< null until it has begun
};

/// As in a form or a query: letters, digits, '-', '.', '_' and '~' stay, all else becomes %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);
void append_percent_encoded(std::string& out, std::string_view text);

}  // namespace gatehouse::oidc
