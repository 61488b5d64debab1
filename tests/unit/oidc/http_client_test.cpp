// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <http_client.hpp>

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>

#include "loopback_server.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;
using std::chrono::milliseconds;

namespace {

/// A name server that does not answer: whoever looks up its one name waits until the test lets go.
struct SilentNameServer {
  static constexpr const char* kName = "silent.example";
  std::mutex mutex;
  std::condition_variable changed;
  bool answers = false;
  int waiting = 0;

  void wait() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [&] { return answers; });
    --waiting;
    changed.notify_all();
  }
  void let_go() {
    std::unique_lock lock(mutex);
    answers = true;
    changed.notify_all();
    changed.wait(lock, [&] { return waiting == 0; });
  }
};

Outcome<HttpAnswer> get(const HttpClient& http, const std::string& url, std::size_t longest) {
  auto answer = HttpGet(http, url, longest).go_on(milliseconds(600'000));
  REQUIRE(answer);
  return *answer;
}

SilentNameServer& silent_name_server() {
  static SilentNameServer server;
  return server;
}

}  // namespace

/// Stands in for the C library's, for libcurl too.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  if (node != nullptr && std::strcmp(node, SilentNameServer::kName) == 0) {
    silent_name_server().wait();
    return EAI_AGAIN;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, result);
}

TEST_CASE("which addresses may be asked") {
  const HttpClient strict({});
  const HttpClient local({.http_on_loopback = true});
  for (const std::string url : {"https://a.example", "https://a.example:8443/x?y=z", "https://[2001:db8::1]/"}) {
    CHECK(strict.checked(url));
  }
  for (const std::string url : {"http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:1/"}) {
    CHECK_FALSE(strict.checked(url));
    CHECK(local.checked(url));
  }
  for (const std::string& url :
       {std::string(), std::string("a.example"), std::string("http://a.example/"),
        std::string("http://127.0.0.1.evil.example/"), std::string("http://127.0.0.2/"), std::string("http://0.0.0.0/"),
        std::string("file:///etc/passwd"), std::string("ftp://a.example/"), std::string("gopher://127.0.0.1/"),
        std::string("https://user:pass@a.example/"), std::string("https://user@a.example/"),
        std::string("https://a.example/#x"), std::string("https:///x"), std::string("https://a.example/a b"),
        std::string("https://a.example/\r\nX: y"), "https://a.example/" + std::string(3000, 'x')}) {
    CAPTURE(url);
    CHECK_FALSE(local.checked(url));
  }
}

TEST_CASE("an answer, its status and its body") {
  const LoopbackServer server([](const auto&) { return http_reply("{}", "404 Not Found"); });
  const HttpClient http({.http_on_loopback = true});
  for (int i = 0; i < 3; ++i) {
    const auto answer = get(http, server.url() + "/x", 100);
    REQUIRE(answer);
    CHECK(answer->status == 404);
    CHECK(answer->body == "{}");
  }
  CHECK(server.count("/x") == 3);
}

TEST_CASE("JK-04: redirects are not followed") {
  const LoopbackServer server([](const auto& request) {
    return request.path == "/x" ? http_reply("", "302 Found", "Location: /y\r\n") : http_reply("stolen");
  });
  const HttpClient http({.http_on_loopback = true});
  const auto answer = get(http, server.url() + "/x", 100);
  REQUIRE(answer);
  CHECK(answer->status == 302);
  CHECK(server.count("/y") == 0);
}

TEST_CASE("JK-05: a long answer is cut off, said to be long or not, and gzip is not unpacked") {
  LoopbackServer server([](const auto&) { return http_reply(std::string(101, 'x')); });
  const HttpClient http({.http_on_loopback = true});
  CHECK_FALSE(get(http, server.url(), 100));
  CHECK(get(http, server.url(), 101));
  server.answer_with(
      [](const auto&) { return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(1'000'000, 'x'); });
  CHECK_FALSE(get(http, server.url(), 100));
  server.answer_with([](const auto&) { return http_reply("zipped", "200 OK", "Content-Encoding: gzip\r\n"); });
  const auto answer = get(http, server.url(), 100);
  REQUIRE(answer);
  CHECK(answer->body == "zipped");
  CHECK(server.requests().back().head.find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("answers that are none") {
  LoopbackServer server([](const auto&) { return std::string(); });
  const HttpClient http({.http_on_loopback = true});
  CHECK_FALSE(get(http, server.url(), 100));
  server.answer_with([](const auto&) { return std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxx"); });
  CHECK_FALSE(get(http, server.url(), 100));
  CHECK_FALSE(get(http, "http://127.0.0.1:1/", 100));
}

TEST_CASE("the time of one question is limited") {
  std::atomic<bool> go{false};
  const LoopbackServer server([&](const auto&) {
    while (!go) std::this_thread::sleep_for(milliseconds(5));
    return http_reply("{}");
  });
  const HttpClient http({.http_on_loopback = true, .timeout = milliseconds(200)});
  CHECK_FALSE(get(http, server.url(), 100));
  CHECK_FALSE(http.post(server.url(), "a=b", {}, 100, milliseconds(60'000)));
  CHECK_FALSE(http.post(server.url(), "a=b", {}, 100, milliseconds(0)));
  go = true;
}

TEST_CASE("a question can be asked bit by bit") {
  std::atomic<bool> go{false};
  const LoopbackServer server([&](const auto&) {
    while (!go) std::this_thread::sleep_for(milliseconds(5));
    return http_reply("{}");
  });
  const HttpClient http({.http_on_loopback = true, .timeout = milliseconds(60'000)});
  {
    HttpGet given_up(http, server.url(), 100);
    CHECK_FALSE(given_up.go_on(milliseconds(10)));
  }
  HttpGet question(http, server.url(), 100);
  CHECK_FALSE(question.go_on(milliseconds(10)));
  CHECK_FALSE(question.go_on(milliseconds(0)));
  go = true;
  const auto answer = question.go_on(milliseconds(60'000));
  REQUIRE(answer);
  REQUIRE(*answer);
  CHECK((**answer).body == "{}");
}

TEST_CASE("a name server that is silent does not lengthen the time") {
  const HttpClient http({.timeout = milliseconds(300)});
  std::atomic<bool> back{false};
  bool asked = false;
  bool in_time = false;
  std::thread caller([&] {
    asked = static_cast<bool>(get(http, std::string("https://") + SilentNameServer::kName, 100));
    back = true;
  });
  const auto begin = std::chrono::steady_clock::now();
  while (!back && std::chrono::steady_clock::now() - begin < std::chrono::seconds(30)) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  in_time = back;
  silent_name_server().let_go();
  caller.join();
  CHECK(in_time);
  CHECK_FALSE(asked);
}

TEST_CASE("programs that are started meanwhile inherit no connection") {
  std::atomic<const LoopbackServer*> about{nullptr};
  std::atomic<int> inherited{0};
  std::atomic<int> open{0};
  const LoopbackServer server([&](const auto&) {
    for (int number = 0; number < 1024; ++number) {
      sockaddr_in peer{};
      socklen_t size = sizeof(peer);
      if (::getpeername(number, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
      if (about.load()->url() != "http://127.0.0.1:" + std::to_string(ntohs(peer.sin_port))) continue;
      ++open;
      if ((::fcntl(number, F_GETFD) & FD_CLOEXEC) == 0) ++inherited;
    }
    return http_reply("{}");
  });
  about = &server;
  const HttpClient http({.http_on_loopback = true});
  CHECK(get(http, server.url(), 100));
  CHECK(open == 1);
  CHECK(inherited == 0);
}

TEST_CASE("a question ends when nobody waits for it any longer") {
  std::atomic<bool> asked{false};
  std::atomic<bool> go{false};
  const LoopbackServer server([&](const auto&) {
    asked = true;
    while (!go) std::this_thread::sleep_for(milliseconds(5));
    return std::string();
  });
  const HttpClient http({.http_on_loopback = true, .timeout = milliseconds(60'000)});
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(http.post(server.url(), "a=b", {}, 100, milliseconds(60'000), [&] { return !asked; }));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
  go = true;
}

TEST_CASE("JK-28: proxies of the environment are not used") {
  const LoopbackServer server([](const auto&) { return http_reply("right"); });
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    ::setenv(name, "http://127.0.0.1:1", 1);
  }
  const HttpClient http({.http_on_loopback = true});
  const auto answer = get(http, server.url(), 100);
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  REQUIRE(answer);
  CHECK(answer->body == "right");
}

TEST_CASE("a form is sent as it is, with the headers given") {
  const LoopbackServer server([](const auto&) { return http_reply("{}"); });
  const HttpClient http({.http_on_loopback = true});
  REQUIRE(http.post(server.url(), "token=a%26b", {"Authorization: Basic eA=="}, 100, milliseconds(5000)));
  const auto request = server.requests().front();
  CHECK(request.body == "token=a%26b");
  CHECK(request.head.find("Content-Type: application/x-www-form-urlencoded") != std::string::npos);
  CHECK(request.head.find("Authorization: Basic eA==") != std::string::npos);
  CHECK(percent_encoded("a&b=c d\r\n%~_.-\xC3\xA9") == "a%26b%3Dc%20d%0D%0A%25~_.-%C3%A9");
}
