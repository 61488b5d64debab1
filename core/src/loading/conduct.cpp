// SPDX-License-Identifier: Apache-2.0
#include "loading/conduct.hpp"

#include <string.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "loading/surroundings.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds enough{10'000};

BackendAnswer ask(Instance& instance, const Request& request, milliseconds time) {
  const std::atomic<bool> abandoned{false};
  return instance.ask(request, "check", system_clock().steady() + time, abandoned, Admit());
}

bool takes(const Instance& instance, const Request& request) {
  return (static_cast<CredentialKinds>(request.credential) & instance.plugin().credentials) != 0;
}

/// A password that is nowhere else in this process: kept with its bits flipped, written out only where it is used.
class Canary {
 public:
  static constexpr unsigned char flip = 0x5a;
  Canary() {
    for (const char letter : std::string_view("canary-5e0c1f7d-of-plugin-check")) {
      flipped_ += static_cast<char>(static_cast<unsigned char>(letter) ^ flip);
    }
    // The text above is in memory that cannot be written; this part is in none.
    for (unsigned char i = 0; i < 16; ++i) flipped_ += static_cast<char>(('a' + (i * 7) % 26) ^ flip);
  }
  [[nodiscard]] const std::string& flipped() const noexcept { return flipped_; }
  [[nodiscard]] bool stands_in(std::string_view text) const {
    const auto same = [](char byte, char wanted) {
      return (static_cast<unsigned char>(byte) ^ flip) == static_cast<unsigned char>(wanted);
    };
    return std::search(text.begin(), text.end(), flipped_.begin(), flipped_.end(), same) != text.end();
  }
  /// Calls `use` with it, and leaves nothing of it behind.
  template <typename Use>
  void lend(Use&& use) const {
    std::string plain(flipped_.size(), '\0');
    for (std::size_t i = 0; i < plain.size(); ++i) {
      plain[i] = static_cast<char>(static_cast<unsigned char>(flipped_[i]) ^ flip);
    }
    use(std::string_view(plain));
    ::explicit_bzero(plain.data(), plain.size());
  }

 private:
  std::string flipped_;
};

bool tells(const BackendAnswer& answer, const Canary& canary) {
  if (canary.stands_in(answer.detail) || canary.stands_in(answer.identity.subject)) return true;
  for (const Challenge& challenge : answer.challenges) {
    if (canary.stands_in(challenge.scheme) || canary.stands_in(challenge.state)) return true;
    for (const auto& [name, value] : challenge.parameters) {
      if (canary.stands_in(value)) return true;
    }
  }
  return false;
}

}  // namespace

MadeUpRequests::MadeUpRequests()
    : longest_user_(max_user_size, 'u'),
      longest_password_(max_password_size, 'p'),
      longest_token_(max_token_size, 't'),
      responses_({"made up", ""}) {
  all_.emplace_back();
  const std::array<std::string_view, 5> users = {"no-such-user-7f3a", "*)(uid=*))(|(uid=*", "../../etc/passwd",
                                                 "\xF0\x9F\x9A\xAA\xE2\x80\xAE", longest_user_};
  const std::array<std::string_view, 3> passwords = {"made up", "\x01%n%s\xFF\xFE:", longest_password_};
  for (const std::string_view user : users) {
    for (const std::string_view password : passwords) all_.push_back(Request::with_password(user, password));
  }
  for (const std::string_view token : {std::string_view("made.up.token"), std::string_view(longest_token_)}) {
    all_.push_back(Request::with_token(token));
  }
  Request response;
  response.credential = CredentialKind::response;
  response.state = "made up";
  response.responses = responses_;
  all_.push_back(response);
}

Wrong ask_made_up(Instance& instance, const Request& request, milliseconds time) {
  const BackendAnswer answer = ask(instance, request, time);
  if (answer.reason == Reason::plugin_fault) return answer.detail;
  if (answer.verdict == VerdictCode::granted) {
    return "it granted a made-up credential (kind " + std::to_string(static_cast<std::uint32_t>(request.credential)) +
           ") to \"" + log_safe(answer.identity.subject) + "\"";
  }
  return std::nullopt;
}

Wrong check_deadline(Instance& instance) {
  const MadeUpRequests requests;
  for (const Request& request : requests.all()) {
    if (!takes(instance, request)) continue;
    const auto before = system_clock().steady();
    if (auto wrong = ask_made_up(instance, request, milliseconds(0))) return wrong;
    const auto took = std::chrono::duration_cast<milliseconds>(system_clock().steady() - before);
    if (took > seconds(3)) {
      return "nobody waited any more, and it went on for " + std::to_string(took.count()) + " ms; ask remaining_ms";
    }
  }
  return std::nullopt;
}

Wrong check_parallel(Instance& instance) {
  std::mutex mutex;
  Wrong first;
  const auto run = [&] {
    const MadeUpRequests requests;
    for (const Request& request : requests.all()) {
      if (!takes(instance, request)) continue;
      if (auto wrong = ask_made_up(instance, request, enough)) {
        const std::lock_guard lock(mutex);
        if (!first) first = std::move(wrong);
        return;
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < parallel_calls; ++i) threads.emplace_back(run);
  for (std::thread& thread : threads) thread.join();
  return first;
}

Wrong check_apart(Instance& one, const MakeInstance& make) {
  LogQueue log({}, LogLevel::error);
  const Request request = Request::with_password("no-such-user-7f3a", "made up");
  const auto verdict = [&](Instance& instance) { return ask(instance, request, enough).verdict; };
  const VerdictCode alone = verdict(one);
  auto other = make(log);
  if (!other) return "a second instance with the same options cannot be made and started";
  if (verdict(one) != alone || verdict(*other) != alone)
    return "two instances with the same options answer differently";
  other->stop();
  other.reset();
  if (verdict(one) != alone) return "it answers differently once another instance is gone";
  return std::nullopt;
}

Wrong check_secrets(const MakeInstance& make, const std::string& user) {
  const Canary canary;
  std::string where;
  bool granted = false;
  LogQueue log([&](LogLevel, std::string_view line) { where = canary.stands_in(line) ? "in a log line" : where; },
               LogLevel::debug);
  auto instance = make(log);
  if (!instance) return "no instance could be made";
  for (const std::string& name : {std::string("no-such-user-7f3a"), user}) {
    if (name.empty()) continue;
    canary.lend([&](std::string_view secret) {
      for (const Request& request : {Request::with_password(name, secret), Request::with_token(secret)}) {
        if (!takes(*instance, request)) continue;
        const BackendAnswer answer = ask(*instance, request, enough);
        granted = granted || answer.verdict == VerdictCode::granted;
        if (tells(answer, canary)) where = "in its answer";
        log.deliver();
      }
    });
  }
  if (granted) return "it granted a made-up secret";
  if (where.empty() && stands_in_memory(canary.flipped(), Canary::flip)) where = "in memory, after the call";
  instance->stop();
  instance.reset();
  log.deliver();
  return where.empty() ? std::nullopt : Wrong("what the caller sent as a secret stands " + where);
}

Wrong check_lives(const MakeInstance& make) {
  LogQueue log({}, LogLevel::error);
  const auto live = [&] {
    auto instance = make(log);
    if (!instance) return false;
    static_cast<void>(ask(*instance, Request::with_password("no-such-user-7f3a", "made up"), enough));
    instance->stop();
    return true;
  };
  // What its libraries open once, they may keep.
  if (!live()) return "no instance could be made";
  const Surroundings before = Surroundings::look();
  for (int i = 0; i < 3; ++i) {
    if (!live()) return "an instance could be made and started once, but not again";
  }
  return before.left_behind(Surroundings::look());
}

}  // namespace gatehouse::detail
