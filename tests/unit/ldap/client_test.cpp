// SPDX-License-Identifier: Apache-2.0
// Which silence is held against a server. It is a listener on this machine that answers each search with "nothing
// found", but for those that hold the word "mute".
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <client.hpp>
#include <condition_variable>
#include <fake_plugin_host.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace gatehouse::ldap;
using gatehouse::test::FakeHost;

namespace {

constexpr Milliseconds plenty{20'000};

class Server {
 public:
  Server() {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    REQUIRE(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&where), size) == 0);
    REQUIRE(listen(listener_.get(), 16) == 0);
    REQUIRE(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&where), &size) == 0);
    address = {Scheme::ldap, "127.0.0.1", ntohs(where.sin_port)};
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void wait_for_mute() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, plenty, [this] { return mute_; }));
  }

  /// From here on nothing is answered.
  void hold(bool on) { held_ = on; }

  ServerAddress address{};

 private:
  void run() {
    std::vector<Socket> peers;
    for (;;) {
      std::vector<pollfd> look{{listener_.get(), POLLIN, 0}};
      for (const Socket& peer : peers) look.push_back({peer.get(), POLLIN, 0});
      poll(look.data(), look.size(), -1);
      for (std::size_t i = peers.size(); i > 0; --i) {
        if (look[i].revents != 0 && !answer(peers[i - 1])) {
          peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(i) - 1);
        }
      }
      if (look[0].revents == 0) continue;
      Socket peer(accept(listener_.get(), nullptr, nullptr));
      if (!peer.is_open()) return;
      peers.push_back(std::move(peer));
    }
  }

  /// False once the other end is gone.
  bool answer(const Socket& peer) {
    std::array<char, 1024> question{};
    const ssize_t size = recv(peer.get(), question.data(), question.size(), 0);
    if (size < 5) return false;
    if (held_) return true;
    if (std::string_view(question.data(), static_cast<std::size_t>(size)).find("mute") != std::string_view::npos) {
      const std::lock_guard lock(mutex_);
      mute_ = true;
      changed_.notify_all();
      return true;
    }
    std::array<char, 14> done{0x30, 0x0c, 0x02, 0x01, question[4], 0x65, 0x07,
                              0x0a, 0x01, 0x00, 0x04, 0x00,        0x04, 0x00};
    return send(peer.get(), done.data(), done.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(done.size());
  }

  Socket listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool mute_ = false;
  std::atomic<bool> held_{false};
  std::thread thread_;
};

struct Fixture {
  explicit Fixture(Milliseconds operation_timeout = plenty, Milliseconds cool_down = Milliseconds(600'000)) {
    settings.servers = {server.address};
    settings.operation_timeout = operation_timeout;
    settings.cool_down = cool_down;
    client.emplace(gatehouse::plugin::Host(fake.handle(), FakeHost::api()), settings);
  }
  SearchStatus search(const std::string& word, Milliseconds time, Trail&& trail = {}) {
    return search(word, time, trail);
  }
  SearchStatus search(const std::string& word, Milliseconds time, Trail& trail) {
    return client->search({.base = "dc=x", .filter = "(cn=" + word + ")"}, Deadline(time), trail).status;
  }
  [[nodiscard]] bool blamed() const { return fake.ever_logged("does not work"); }

  Server server;
  FakeHost fake;
  Settings settings;
  std::optional<Client> client;
};

}  // namespace

TEST_CASE("who waited long enough for a server that answers nobody") {
  Fixture f(Milliseconds(200));
  CHECK(f.search("alice", plenty) == SearchStatus::done);
  CHECK(f.search("mute", plenty) == SearchStatus::timed_out);
  CHECK(f.blamed());
  CHECK(f.search("alice", plenty) == SearchStatus::not_sent);
}

TEST_CASE("who came late") {
  Fixture f;
  CHECK(f.search("alice", plenty) == SearchStatus::done);
  for (int i = 0; i < 3; ++i) CHECK(f.search("mute", Milliseconds(100)) == SearchStatus::timed_out);
  CHECK_FALSE(f.blamed());
  CHECK(f.search("alice", plenty) == SearchStatus::done);
}

TEST_CASE("the whole time of a backend that has little is enough") {
  Fixture f;
  CHECK(f.search("alice", Milliseconds(800)) == SearchStatus::done);
  CHECK(f.search("mute", Milliseconds(800)) == SearchStatus::timed_out);
  CHECK(f.blamed());
}

TEST_CASE("a question that takes long, of a call that had an answer") {
  Fixture f(Milliseconds(200));
  Trail trail;
  CHECK(f.search("alice", plenty, trail) == SearchStatus::done);
  CHECK(f.search("mute", plenty, trail) == SearchStatus::timed_out);
  CHECK_FALSE(f.blamed());
  CHECK(f.search("alice", plenty) == SearchStatus::done);
}

TEST_CASE("a question that takes long, while others have answers") {
  Fixture f(Milliseconds(2'000));
  CHECK(f.search("alice", plenty) == SearchStatus::done);
  SearchStatus slow{};
  std::thread waits([&] { slow = f.search("mute", Milliseconds(2'000)); });
  f.server.wait_for_mute();
  CHECK(f.search("alice", plenty) == SearchStatus::done);
  waits.join();
  CHECK(slow == SearchStatus::timed_out);
  CHECK_FALSE(f.blamed());
}

TEST_CASE("a server that takes connections and says nothing does not work again") {
  Fixture f(Milliseconds(200), Milliseconds(50));
  f.settings.connect_timeout = Milliseconds(200);
  CHECK(f.search("mute", plenty) == SearchStatus::timed_out);
  CHECK(f.blamed());
  f.server.hold(true);
  const auto look = [&] {
    std::this_thread::sleep_for(Milliseconds(60));  // the cool-down
    static_cast<void>(f.client->look_after());
  };
  for (int i = 0; i < 3; ++i) look();
  CHECK_FALSE(f.fake.ever_logged("works again"));
  f.server.hold(false);
  for (int i = 0; i < 100 && !f.fake.ever_logged("works again"); ++i) look();
  CHECK(f.fake.ever_logged("works again"));
}
