// SPDX-License-Identifier: Apache-2.0
// The life of the helper process. What is asked of it is in remote_call.cpp.
#include "isolation/remote.hpp"

#include <algorithm>

#include "boundary/str.hpp"
#include "isolation/shape.hpp"
#include "workers/thread.hpp"

namespace gatehouse::detail::isolation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds longest_pause{5'000};
constexpr milliseconds shortest_pause{100};
/// Who lives so long has recovered: its next end is the first again.
constexpr seconds recovered{10};
/// A call that does not come back so long after it was given up is a hang.
constexpr milliseconds hang_grace{2'000};
constexpr milliseconds stop_limit{2'000};
constexpr milliseconds look_again{1'000};
constexpr std::size_t most_overdue = 4'096;

SteadyTime now() noexcept {
  return std::chrono::steady_clock::now();
}

std::string joined(const Remote::Problems& problems) {
  std::string all;
  for (const auto& [option, text] : problems) {
    if (!all.empty()) all += "; ";
    all += option.empty() ? text : option + ": " + text;
  }
  return all;
}

}  // namespace

Remote::Remote(gatehouse_host* host, const gatehouse_host_api* api, RemoteSettings settings, Bytes shape, Bytes create)
    : host_(host), api_(api), settings_(std::move(settings)), shape_(std::move(shape)), create_(std::move(create)) {}

bool Remote::create(Run& probe) {
  Problems problems;
  Replied replied;
  Created created;
  if (obey(probe, create_, problems, replied) && !decode(Reader(replied.reply.payload), created)) {
    problems.emplace_back("", std::string(garbled_words));
  }
  for (const auto& [option, text] : problems) api_->config_error(host_, as_str(option), as_str(text));
  credentials_ = created.credentials;
  set_cost(created.refusal_cost_us);
  return problems.empty();
}

/// Gives the order and adds to `problems` what came of it, if it came to nothing.
bool Remote::obey(Run& run, const Bytes& order, Problems& problems, Replied& replied) {
  auto reply = run.order(order, now() + launch_limit, [this](Kind kind, Reader in) { return hear(kind, in); });
  if (!reply) {
    problems.emplace_back("", reply.error().message);
    return false;
  }
  replied = *std::move(reply);
  if (replied.reply.ok) return true;
  for (const auto& [option, text] : replied.reply.problems) problems.emplace_back(option, text);
  if (problems.empty()) problems.emplace_back("", "its process failed and did not say why");
  return false;
}

/// A new helper that has loaded and created the plugin, and started it if so wished; none: see `problems`.
std::shared_ptr<Run> Remote::launch(bool start, Problems& problems) {
  auto begun = Run::begin(settings_.program, settings_.name);
  if (!begun) {
    problems.emplace_back("", begun.error().message);
    return nullptr;
  }
  std::shared_ptr<Run> run = *std::move(begun);
  if (start) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return nullptr;
    launching_ = run;
    names_state_ = false;
  }
  Replied replied;
  Description description;
  bool ok =
      obey(*run, encode(Load{.path = settings_.library, .expected_id = settings_.expected_id}), problems, replied);
  if (ok && (!decode(Reader(replied.reply.payload), description) || shape_of(description) != shape_)) {
    problems.emplace_back("", settings_.library + ": is no longer the plugin that was configured; reload Gatehouse");
    ok = false;
  }
  ok = ok && obey(*run, create_, problems, replied);
  Created created;
  if (ok && start) {
    ok = obey(*run, Writer(Kind::start).take(), problems, replied);
    if (ok && !decode(Reader(replied.reply.payload), created)) {
      problems.emplace_back("", std::string(garbled_words));
      ok = false;
    }
    if (ok) set_cost(created.refusal_cost_us);
  }
  if (start) {
    const std::lock_guard lock(mutex_);
    launching_.reset();
  }
  if (ok) return run;
  run->end();
  return nullptr;
}

bool Remote::start() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = stopped_ = false;
  }
  Problems problems;
  auto run = launch(true, problems);
  if (!run) {
    for (const auto& [option, text] : problems) api_->config_error(host_, as_str(option), as_str(text));
    return false;
  }
  const std::lock_guard lock(mutex_);
  run_ = std::move(run);
  launched_ = now();
  failures_ = 0;
  started_ = true;
  if (settings_.threads)
    supervisor_ = start_thread("gh-iso-" + settings_.name, Priority::normal, [this] { supervise(); });
  return true;
}

void Remote::stop() noexcept {
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    if (!started_) return;
    started_ = false;
    stopping_ = true;
    if (run_ && run_->is_of_another()) let_go();
    stop_until_ = now() + stop_limit;
    run = run_;
    if (launching_) launching_->channel.close();
  }
  changed_.notify_all();
  try {
    if (run) run->channel.send(Writer(Kind::stop).take(), send_patience);
    if (supervisor_.joinable()) {
      supervisor_.join();
    } else {
      supervise();
    }
  } catch (...) {
    // Memory ran out: it ends without a word.
    if (run) run->channel.close();
    if (supervisor_.joinable()) supervisor_.join();
  }
  if (run) run->end();
  const std::lock_guard lock(mutex_);
  run_.reset();
}

/// Until stop(): reads what the helper says, and starts another when it has ended.
void Remote::supervise() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_ && (!run_ || stopped_ || now() >= stop_until_)) return;
    const std::shared_ptr<Run> run = run_;
    if (!run) {
      if (now() < next_attempt_) {
        changed_.wait_until(lock, next_attempt_);
      } else {
        lock.unlock();
        attempt();
        lock.lock();
      }
      continue;
    }
    const SteadyTime until = std::min(now() + look_again, stopping_ ? stop_until_ : SteadyTime::max());
    lock.unlock();
    if (!pump(*run, until) || hangs()) lose(run);
    lock.lock();
  }
}

milliseconds Remote::pause() const noexcept {
  return std::min(longest_pause, shortest_pause * (1U << std::min(failures_, 8U)));
}

/// Starts it anew, and puts off the next attempt if that fails.
void Remote::attempt() noexcept {
  Problems problems;
  try {
    const auto run = launch(true, problems);
    // Nobody watched meanwhile: who does not name the state that it answers from may answer from another one.
    if (run && !names_state_) api_->invalidate(host_, {});
    const std::lock_guard lock(mutex_);
    if (run && !stopping_) {
      run_ = run;
      launched_ = now();
    }
    if (run) return;
  } catch (...) {
    problems.clear();  // memory ran out
  }
  {
    const std::lock_guard lock(mutex_);
    launching_.reset();
    next_attempt_ = now() + pause();
    ++failures_;
    if (stopping_) return;
  }
  say(GATEHOUSE_LOG_ERROR, [&] { return "its process cannot be started anew: " + joined(problems); });
}

/// This life is over: who waits is told, and the next one gets its time.
void Remote::lose(const std::shared_ptr<Run>& run) noexcept {
  std::size_t waiting = 0;
  milliseconds wait{0};
  bool expected = false;
  {
    const std::lock_guard lock(mutex_);
    if (run_ != run) return;
    run_.reset();
    waiting = held_.size();
    for (auto& [id, held] : held_) {
      held->lost = true;
      held->changed.notify_all();
    }
    held_.clear();
    overdue_.clear();
    if (now() - launched_ >= recovered) failures_ = 0;
    if (failures_ > 0) wait = pause();
    ++failures_;
    next_attempt_ = now() + wait;
    expected = stopping_;
  }
  run->end();
  if (expected) return;
  say(GATEHOUSE_LOG_ERROR, [&] {
    return "its process ended; " + std::to_string(waiting) + " calls that it held are unavailable; it is started anew" +
           (wait.count() == 0 ? std::string() : " in " + std::to_string(wait.count()) + " ms");
  });
}

void Remote::let_go() noexcept {
  run_.reset();
  held_.clear();
  overdue_.clear();
  next_attempt_ = {};
  failures_ = 0;
}

bool Remote::hangs() noexcept {
  const std::lock_guard lock(mutex_);
  const SteadyTime latest = now() - hang_grace;
  return overdue_.size() > most_overdue ||
         std::any_of(overdue_.begin(), overdue_.end(), [&](const auto& call) { return call.second < latest; });
}

bool Remote::pump(Run& run, SteadyTime until) {
  try {
    Bytes body;
    switch (run.channel.receive(body, until)) {
      case Channel::Received::nothing:
        return true;
      case Channel::Received::frame:
        break;
      case Channel::Received::closed:
        return false;
      case Channel::Received::broken:
        return garbled();
    }
    const auto opened = open_body(text_of(body));
    if (opened) {
      const auto [kind, in] = *opened;
      if (kind == Kind::claim || kind == Kind::answer) {
        if (deliver(kind, in, std::move(body))) return true;
      } else if (kind == Kind::reply) {
        const std::lock_guard lock(mutex_);
        if (stopping_) return stopped_ = true;
      } else if (hear(kind, in)) {
        return true;
      }
    }
    return garbled();
  } catch (...) {
    return false;  // memory ran out, and with it what was said: a new helper says it again
  }
}

/// What is said of no call. False: it cannot be read.
bool Remote::hear(Kind kind, Reader in) {
  if (kind == Kind::log) {
    LogLine line;
    if (!decode(in, line)) return false;
    api_->log(host_, line.level, as_str(line.text));
    return true;
  }
  if (kind == Kind::invalidate) {
    const std::string_view subject = in.text();
    if (!in.whole()) return false;
    api_->invalidate(host_, as_str(subject));
    return true;
  }
  State state;
  if (kind != Kind::state || !decode(in, state)) return false;
  const auto* source = static_cast<const gatehouse_source*>(api_->get_extension(host_, as_str(GATEHOUSE_EXT_SOURCE)));
  names_state_ = true;
  if (!state.changed) {
    source->set_state(host_, as_str(state.name), nullptr, 0);
    return true;
  }
  std::vector<gatehouse_str> changed;
  changed.reserve(state.changed->size() + 1);
  for (const std::string_view subject : *state.changed) changed.push_back(as_str(subject));
  source->set_state(host_, as_str(state.name), changed.data(), changed.size());
  return true;
}

void Remote::set_cost(std::uint32_t microseconds) {
  if (cost_.exchange(microseconds) == microseconds) return;
  const auto* cost = static_cast<const gatehouse_cost*>(api_->get_extension(host_, as_str(GATEHOUSE_EXT_COST)));
  cost->set_refusal_cost(host_, microseconds);
}

bool Remote::garbled() noexcept {
  say(GATEHOUSE_LOG_ERROR, [] { return std::string(garbled_words); });
  return false;
}

}  // namespace gatehouse::detail::isolation
