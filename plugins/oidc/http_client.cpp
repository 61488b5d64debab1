// SPDX-License-Identifier: Apache-2.0
#include "http_client.hpp"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kMostIdle = 8;
constexpr std::size_t kLongestUrl = 2048;
constexpr const char* kUserAgent = "gatehouse-oidc";

/// Once per process, before any thread of ours; libcurl's own initialisation is safe against that of others. Never
/// undone: others in this process may use it too.
bool library_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept {
    for (curl_slist* line = list; line != nullptr; line = line->next) {
      OPENSSL_cleanse(line->data, std::strlen(line->data));  // one of them may hold a secret
    }
    curl_slist_free_all(list);
  }
};
using List = std::unique_ptr<curl_slist, FreeList>;

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

/// What has come so far, and the most that may come.
struct Body {
  std::string text;
  std::size_t longest = 0;
  bool too_long = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* to) noexcept {
  auto& body = *static_cast<Body*>(to);
  const std::size_t bytes = size * count;
  if (bytes > body.longest - body.text.size()) {
    body.too_long = true;
    return 0;
  }
  try {
    body.text.append(data, bytes);
  } catch (const std::exception&) {
    return 0;
  }
  return bytes;
}

/// Several times a second.
int on_progress(void* wanted, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  try {
    return (*static_cast<const Wanted*>(wanted))() ? 0 : 1;
  } catch (...) {
    return 1;
  }
}

/// A program that somebody starts in this process must not inherit it.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) noexcept {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

List list_of(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

}  // namespace

class HttpClient::Handle {
 public:
  Handle() : curl_(curl_easy_init()) {
    if (curl_ == nullptr) throw std::runtime_error("libcurl has no handle");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl_); }

  template <class T>
  void set(CURLoption option, T value) {
    if (curl_easy_setopt(curl_, option, value) != CURLE_OK) throw std::runtime_error("libcurl lacks an option");
  }
  /// Forgets everything but open connections.
  void reset() { curl_easy_reset(curl_); }
  [[nodiscard]] CURL* get() noexcept { return curl_; }
  [[nodiscard]] CURLcode perform() { return curl_easy_perform(curl_); }
  [[nodiscard]] long status() {
    long code = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

 private:
  CURL* curl_;
};

HttpClient::HttpClient(HttpRules rules) : rules_(std::move(rules)) {
  if (!library_is_ready()) throw std::runtime_error("libcurl cannot be initialised");
}

HttpClient::~HttpClient() = default;

Outcome<std::string> HttpClient::checked(const std::string& url) const {
  const auto strange = [](char c) { return c <= ' ' || c >= '\x7F'; };
  if (url.size() > kLongestUrl || std::any_of(url.begin(), url.end(), strange)) return Problem{"it is no plain URL"};
  if (url.find(":///") != std::string::npos) return Problem{"it has no host"};  // libcurl would take the path for it
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return Problem{"it is no URL"};
  }
  if (!part(parsed.get(), CURLUPART_USER).empty() || !part(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return Problem{"it has a user name or a password in it"};
  }
  if (url.find('#') != std::string::npos) return Problem{"it has a fragment"};
  const std::string scheme = part(parsed.get(), CURLUPART_SCHEME);
  std::string host = part(parsed.get(), CURLUPART_HOST);
  if (host.empty()) return Problem{"it has no host"};
  if (scheme == "https") return host;
  if (scheme != "http") return Problem{"it is not https"};
  if (!is_this_machine(host)) return Problem{"it is not https"};
  if (!rules_.http_on_loopback) return Problem{"it is not https; for a provider on this machine say http_on_loopback"};
  return host;
}

std::unique_ptr<HttpClient::Handle> HttpClient::take() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  return std::make_unique<Handle>();
}

void HttpClient::give_back(std::unique_ptr<Handle> handle) const {
  handle->reset();
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(handle));
}

void HttpClient::prepare(Handle& handle, const std::string& url, std::chrono::milliseconds timeout) const {
  handle.set(CURLOPT_URL, url.c_str());
  handle.set(CURLOPT_PROTOCOLS_STR, rules_.http_on_loopback ? "https,http" : "https");
  handle.set(CURLOPT_FOLLOWLOCATION, 0L);
  handle.set(CURLOPT_PROXY, "");  // nor one of the environment
  handle.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  handle.set(CURLOPT_SSL_VERIFYPEER, 1L);
  handle.set(CURLOPT_SSL_VERIFYHOST, 2L);
  handle.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!rules_.ca_file.empty()) {
    handle.set(CURLOPT_CAINFO, rules_.ca_file.c_str());
    handle.set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  if (!rules_.client_certificate.empty()) {
    handle.set(CURLOPT_SSLCERT, rules_.client_certificate.c_str());
    handle.set(CURLOPT_SSLKEY, rules_.client_key.c_str());
    handle.set(CURLOPT_KEYPASSWD, "");  // or OpenSSL would ask for it on the terminal
  }
  handle.set(CURLOPT_NOSIGNAL, 1L);
  handle.set(CURLOPT_QUICK_EXIT, 1L);  // or a name server that is silent would hold us beyond the time
  handle.set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  handle.set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  handle.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
  handle.set(CURLOPT_USERAGENT, kUserAgent);
  handle.set(CURLOPT_WRITEFUNCTION, &on_body);
}

Outcome<HttpAnswer> HttpClient::post(const std::string& url, const std::string& form,
                                     const std::vector<std::string>& headers, std::size_t longest,
                                     std::chrono::milliseconds timeout, const Wanted& wanted) const {
  if (timeout.count() <= 0) return Problem{"no time is left"};
  if (auto good = checked(url); !good) return Problem{good.problem()};
  Body body{.text = {}, .longest = longest};
  const List list = list_of(headers);
  auto handle = take();
  prepare(*handle, url, std::min(timeout, rules_.timeout));
  handle->set(CURLOPT_HTTPHEADER, list.get());
  handle->set(CURLOPT_WRITEDATA, static_cast<void*>(&body));
  if (wanted) {
    handle->set(CURLOPT_NOPROGRESS, 0L);
    handle->set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    handle->set(CURLOPT_XFERINFODATA, const_cast<void*>(static_cast<const void*>(&wanted)));
  }
  handle->set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form.size()));
  handle->set(CURLOPT_POSTFIELDS, form.c_str());
  const CURLcode result = handle->perform();
  const long status = handle->status();
  give_back(std::move(handle));
  if (body.too_long) return HttpAnswer{.status = status, .body = {}, .whole = false};
  if (result != CURLE_OK) return Problem{curl_easy_strerror(result)};
  return HttpAnswer{.status = status, .body = std::move(body.text)};
}

struct HttpGet::Transfer {
  explicit Transfer(std::size_t longest)
      : body{.text = {}, .longest = longest}, headers(list_of({"Accept: application/json"})), multi(curl_multi_init()) {
    if (!multi) throw std::runtime_error("libcurl has no handle");
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() { curl_multi_remove_handle(multi.get(), handle.get()); }

  struct FreeMulti {
    void operator()(CURLM* made) const noexcept { curl_multi_cleanup(made); }
  };
  Body body;
  List headers;
  std::unique_ptr<CURLM, FreeMulti> multi;
  HttpClient::Handle handle;
};

HttpGet::HttpGet(const HttpClient& http, std::string url, std::size_t longest)
    : http_(http), url_(std::move(url)), longest_(longest) {}

HttpGet::~HttpGet() = default;

std::optional<Outcome<HttpAnswer>> HttpGet::go_on(std::chrono::milliseconds time) {
  if (!transfer_) {
    if (auto good = http_.checked(url_); !good) return Problem{good.problem()};
    auto made = std::make_unique<Transfer>(longest_);
    http_.prepare(made->handle, url_, http_.rules().timeout);
    made->handle.set(CURLOPT_HTTPHEADER, made->headers.get());
    made->handle.set(CURLOPT_WRITEDATA, static_cast<void*>(&made->body));
    if (curl_multi_add_handle(made->multi.get(), made->handle.get()) != CURLM_OK) {
      return Problem{"libcurl does not take the question"};
    }
    transfer_ = std::move(made);
  }
  const auto end = std::chrono::steady_clock::now() + time;
  for (int running = 1;;) {
    if (curl_multi_perform(transfer_->multi.get(), &running) != CURLM_OK) return Problem{"libcurl failed"};
    if (running == 0) break;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return std::nullopt;
    if (curl_multi_poll(transfer_->multi.get(), nullptr, 0, static_cast<int>(left), nullptr) != CURLM_OK) {
      return Problem{"libcurl failed"};
    }
  }
  Body& body = transfer_->body;
  if (body.too_long) return Problem{"the answer is longer than " + std::to_string(longest_) + " bytes"};
  int others = 0;
  const CURLMsg* message = curl_multi_info_read(transfer_->multi.get(), &others);
  const CURLcode result = message == nullptr ? CURLE_RECV_ERROR : message->data.result;
  if (result != CURLE_OK) return Problem{curl_easy_strerror(result)};
  return HttpAnswer{.status = transfer_->handle.status(), .body = std::move(body.text)};
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    }
  }
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  append_percent_encoded(out, text);
  return out;
}

}  // namespace gatehouse::oidc
