// SPDX-License-Identifier: Apache-2.0
#pragma once
/// An HTTP server on a free port of this machine, which answers as the test says: right, wrong, late or never.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::oidc::test {

class LoopbackServer {
 public:
  struct Request {
    std::string path;
    std::string head;
    std::string body;
  };
  /// What is sent back, byte by byte; the connection is closed after it. Called on the server's thread.
  using Answer = std::function<std::string(const Request&)>;

  explicit LoopbackServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port for a test server");
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer() {
    ended_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  void answer_with(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  [[nodiscard]] std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] std::size_t count(std::string_view path) const {
    const auto all = requests();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const Request& r) { return r.path == path; }));
  }

 private:
  void serve() {
    while (!ended_) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      serve_one(connection);
      ::close(connection);
    }
  }
  void serve_one(int connection) {
    std::string text;
    std::size_t head_end = std::string::npos;
    std::size_t length = 0;
    char piece[4096];
    while (head_end == std::string::npos || text.size() < head_end + 4 + length) {
      const ssize_t got = ::recv(connection, piece, sizeof(piece), 0);
      if (got <= 0) return;
      text.append(piece, static_cast<std::size_t>(got));
      if (head_end != std::string::npos) continue;
      head_end = text.find("\r\n\r\n");
      const auto field = text.find("Content-Length: ");
      if (head_end != std::string::npos && field < head_end) length = std::stoul(text.substr(field + 16));
    }
    Request request;
    const auto begin = text.find(' ') + 1;
    request.path = text.substr(begin, text.find(' ', begin) - begin);
    request.head = text.substr(0, head_end);
    request.body = text.substr(head_end + 4);
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      answer = answer_;
    }
    const std::string reply = answer(request);
    std::size_t sent = 0;
    while (sent < reply.size()) {
      const ssize_t more = ::send(connection, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
      if (more <= 0) return;
      sent += static_cast<std::size_t>(more);
    }
  }

  mutable std::mutex mutex_;
  Answer answer_;
  std::vector<Request> requests_;
  std::string url_;
  std::atomic<bool> ended_{false};
  int listener_ = -1;
  std::thread thread_;
};

inline std::string http_reply(const std::string& body, const std::string& status = "200 OK",
                              const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" +
         more + "\r\n" + body;
}

}  // namespace gatehouse::oidc::test
