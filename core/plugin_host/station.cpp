// SPDX-License-Identifier: Apache-2.0
#include "station.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "boundary/instance.hpp"
#include "boundary/str.hpp"
#include "isolation/channel.hpp"
#include "isolation/wire.hpp"
#include "jobs.hpp"
#include "loading/plugin.hpp"
#include "log/log_queue.hpp"
#include "region/epochs.hpp"
#include "runtime/clock.hpp"
#include "workers/background.hpp"

namespace gatehouse::detail::isolation {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_workers = 1024;
/// The engine reads what it is sent. If it does not, there is nobody to work for.
constexpr milliseconds patience = milliseconds::max();

/// Problems as the engine wants them, from text with one in each line.
std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

/// One question that is being answered. The socket's thread and the one that answers share it.
struct Call {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> abandoned{false};
  std::optional<bool> go_on;
};

class Station final : public Epochs::Listener {
 public:
  explicit Station(Descriptor socket)
      : channel_(std::move(socket)),
        log_([this](LogLevel level, std::string_view line) { pass_on(level, line); }, LogLevel::debug) {
    log_.on_line([this] { log_.deliver(); });
    epochs_->tell(*this);
    jobs_.add_threads(1, Priority::normal);
  }

  [[noreturn]] void serve() {
    Bytes body;
    while (channel_.receive(body, SteadyTime::max()) == Channel::Received::frame) {
      if (!take(body)) break;
    }
    ::_exit(0);
  }

  void invalidated(std::string_view subject) noexcept override { send(Writer(Kind::invalidate).text(subject).take()); }
  void state_set(std::string_view name, const std::span<const std::string_view>* changed) noexcept override {
    State state{name, {}};
    if (changed != nullptr) state.changed.emplace(changed->begin(), changed->end());
    Bytes frame = encode(state);
    if (frame.empty() || (changed != nullptr && changed->size() > most_changed)) frame = encode(State{name, {}});
    send(frame);
  }

 private:
  static constexpr std::size_t most_changed = 65'536;

  void send(const Bytes& frame) { channel_.send(frame, patience); }

  /// The engine puts the backend's name in front of it, as it does with lines of its own process.
  void pass_on(LogLevel level, std::string_view line) {
    const std::string prefix = name_ + ": ";
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    send(encode(LogLine{static_cast<std::uint32_t>(level), line}));
  }

  void refuse(const std::string& text) {
    const std::vector<std::string> all = lines(text);
    Reply reply;
    for (const std::string& line : all) {
      if (reply.problems.size() < config::Problems::limit) reply.problems.push_back(with_option(line));
    }
    send(encode(reply));
  }

  /// "OPTION: what is wrong", if it is about an option.
  [[nodiscard]] std::pair<std::string_view, std::string_view> with_option(std::string_view line) const {
    const std::size_t end = line.find(": ");
    if (end == std::string_view::npos || !plugin_) return {"", line};
    const std::string_view option = line.substr(0, end);
    const auto named = [&](const OptionSpec& spec) { return spec.name == option; };
    if (std::none_of(plugin_->options.begin(), plugin_->options.end(), named)) return {"", line};
    return {option, line.substr(end + 2)};
  }

  void accept(const Bytes& payload) {
    Reply reply;
    reply.ok = true;
    reply.payload = text_of(payload);
    send(encode(reply));
  }

  /// False: the engine said what makes no sense.
  bool take(Bytes& body) {
    const auto opened = open_body(text_of(body));
    if (!opened) return false;
    auto [kind, in] = *opened;
    if (kind == Kind::admitted) {
      Admitted admitted;
      if (!decode(in, admitted)) return false;
      if (const auto call = find(admitted.id)) {
        const std::lock_guard lock(call->mutex);
        call->go_on = admitted.go_on;
        call->changed.notify_all();
      }
      return true;
    }
    if (kind == Kind::abandon) {
      if (const auto call = find(in.wide())) {
        const std::lock_guard lock(call->mutex);
        call->abandoned = true;
        call->changed.notify_all();
      }
      return in.whole();
    }
    const auto kept = std::make_shared<Bytes>(std::move(body));
    if (kind == Kind::ask) {
      const std::uint64_t id = in.wide();
      const auto call = std::make_shared<Call>();
      const SteadyTime came = std::chrono::steady_clock::now();
      {
        const std::lock_guard lock(calls_mutex_);
        calls_[id] = call;
      }
      jobs_.put([this, kept, call, id, came] { answer(*kept, *call, id, came); });
    } else {
      jobs_.put([this, kept] { obey(*kept); });
    }
    return true;
  }

  std::shared_ptr<Call> find(std::uint64_t id) {
    const std::lock_guard lock(calls_mutex_);
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : found->second;
  }

  void obey(const Bytes& body) {
    const auto [kind, in] = *open_body(text_of(body));
    switch (kind) {
      case Kind::load:
        return load(in);
      case Kind::read_uri:
        return read_uri(in);
      case Kind::create:
        return create(in);
      case Kind::start:
        return start();
      case Kind::stop:
        return stop();
      case Kind::costs:
        return list_costs();
      default:
        ::_exit(1);
    }
  }

  void load(Reader in) {
    Load load;
    const bool read = decode(in, load);
    if (load.version != wire_version) {
      return refuse("gatehouse-plugin-host is of another version of Gatehouse than what started it; restart that");
    }
    if (!read) ::_exit(1);
    auto plugin = load_plugin(std::string(load.path), std::string(load.expected_id));
    if (!plugin) return refuse(plugin.error().message);
    plugin_ = *std::move(plugin);
    accept(payload_of(*plugin_->description, plugin_->read_uri != nullptr, plugin_->budget != nullptr));
  }

  void read_uri(Reader in) {
    struct Said {
      std::vector<std::pair<std::string, std::string>> options;
      std::vector<std::string> problems;
    } said;
    const auto emit = [](void* to, gatehouse_str option, gatehouse_str value) {
      static_cast<Said*>(to)->options.emplace_back(view(option), view(value));
    };
    const auto error = [](void* to, gatehouse_str message) {
      static_cast<Said*>(to)->problems.emplace_back(view(message));
    };
    const std::string uri(in.text());
    int32_t read = 0;
    try {
      read = plugin_->read_uri(as_str(uri), &said, emit, error);
    } catch (...) {
      said.problems.emplace_back("the plugin threw an exception while it read this URI");
    }
    Pairs options(said.options.begin(), said.options.end());
    const Bytes payload = payload_of(options);
    Reply reply;
    reply.ok = read == 1 && said.problems.empty();
    for (const std::string& problem : said.problems) reply.problems.emplace_back("", problem);
    reply.payload = text_of(payload);
    send(encode(reply));
  }

  void create(Reader in) {
    Create create;
    if (instance_ || !decode(in, create) || create.values.size() != plugin_->options.size()) ::_exit(1);
    name_ = create.name;
    log_.hold_level(0, static_cast<LogLevel>(create.log_level));
    const std::size_t workers = std::clamp<std::size_t>(create.workers, 1, most_workers);
    const OptionValues values(plugin_->options, std::move(create.values));
    config::Problems problems;
    instance_ = Instance::create(plugin_, name_, values, {}, 2 * workers + 1, system_clock(), log_, problems, epochs_);
    if (!instance_) return refuse(problems.to_error().message);
    background_.emplace([instance = instance_.get()] { instance->run_background(); });
    instance_->on_wake([this](SteadyTime when) { background_->wake(when); });
    jobs_.add_threads(workers - 1, plugin_->cpu ? Priority::low : Priority::normal);
    accept(created());
  }

  [[nodiscard]] Bytes created() const { return payload_of(Created{instance_->credentials(), cost()}); }

  [[nodiscard]] std::uint32_t cost() const { return static_cast<std::uint32_t>(instance_->refusal_cost().count()); }

  void start() {
    if (auto started = instance_->start(); !started) return refuse(started.error().message);
    if (plugin_->background != nullptr) background_->start(name_);
    accept(created());
  }

  void stop() {
    static_cast<void>(background_->stop(std::chrono::seconds(1)));
    instance_->stop();
    // Nobody asks any more; destroy() may still ask to be woken, which nobody hears.
    const std::unique_ptr<Instance> ends = std::move(instance_);
    accept({});
  }

  void list_costs() {
    std::vector<std::pair<std::string, std::string>> listed;
    for (const auto& [what, time] : instance_->budget()) {
      const auto microseconds = static_cast<std::uint32_t>(time.count());
      std::string number(sizeof microseconds, '\0');
      std::memcpy(number.data(), &microseconds, sizeof microseconds);
      listed.emplace_back(what, std::move(number));
    }
    accept(payload_of(Pairs(listed.begin(), listed.end())));
  }

  void answer(const Bytes& body, Call& call, std::uint64_t id, SteadyTime came) {
    Ask ask;
    if (!instance_ || !decode(open_body(text_of(body))->second, ask)) ::_exit(1);
    std::vector<Attribute> attributes;
    for (const auto& [name, value] : ask.attributes) attributes.push_back({name, value});
    Request request;
    request.credential = static_cast<CredentialKind>(ask.credential);
    request.user = ask.user;
    request.password = ask.password;
    request.token = ask.token;
    request.state = ask.state;
    request.responses = ask.responses;
    request.attributes = attributes;
    const SteadyTime deadline = came + milliseconds(ask.remaining_ms);
    const Admit admit = [&](std::string_view subject) { return may_go_on(call, id, subject, deadline); };
    const BackendAnswer given = instance_->ask(request, ask.realm, deadline, call.abandoned, admit);
    {
      const std::lock_guard lock(calls_mutex_);
      calls_.erase(id);
    }
    pass_on(id, given);
  }

  bool may_go_on(Call& call, std::uint64_t id, std::string_view subject, SteadyTime deadline) {
    {
      const std::lock_guard lock(call.mutex);
      call.go_on.reset();
    }
    send(encode(Claim{id, subject}));
    std::unique_lock lock(call.mutex);
    call.changed.wait_until(lock, deadline, [&] { return call.go_on.has_value() || call.abandoned.load(); });
    return call.go_on.value_or(false);
  }

  void pass_on(std::uint64_t id, const BackendAnswer& given) {
    WireAnswer answer{.id = id,
                      .verdict = static_cast<std::uint32_t>(given.verdict),
                      .reason = static_cast<std::uint32_t>(given.reason),
                      .refusal_cost_us = cost(),
                      .no_store = given.no_store,
                      .expiry_ms = {},
                      .cache_until_ms = given.cache_until_ms,
                      .subject = given.identity.subject,
                      .detail = given.detail,
                      .groups = Texts(given.identity.groups.begin(), given.identity.groups.end()),
                      .attributes = Pairs(given.identity.attributes.begin(), given.identity.attributes.end()),
                      .challenges = {}};
    if (given.identity.expiry) answer.expiry_ms = given.identity.expiry->time_since_epoch().count();
    for (const Challenge& challenge : given.challenges) {
      answer.challenges.push_back({static_cast<std::uint32_t>(challenge.kind), challenge.scheme,
                                   Pairs(challenge.parameters.begin(), challenge.parameters.end()), challenge.state});
    }
    send(encode(answer));
  }

  Channel channel_;
  std::string name_;
  LogQueue log_;
  std::shared_ptr<Epochs> epochs_ = Epochs::alone();
  Jobs jobs_;
  std::shared_ptr<const Plugin> plugin_;
  std::unique_ptr<Instance> instance_;
  std::optional<Background> background_;
  std::mutex calls_mutex_;
  std::map<std::uint64_t, std::shared_ptr<Call>> calls_;
};

}  // namespace

void run_station(Descriptor socket) {
  // Never destroyed: threads of the plugin may use it until the process is gone.
  auto* const station = new Station(std::move(socket));  // NOLINT(cppcoreguidelines-owning-memory)
  station->serve();
}

}  // namespace gatehouse::detail::isolation
