// SPDX-License-Identifier: Apache-2.0
#include "account_store.hpp"

#include <algorithm>
#include <exception>
#include <gatehouse/plugin/description.hpp>
#include <thread>

#include "differences.hpp"

namespace gatehouse::htpasswd {

using plugin::ConfigError;
using plugin::LogLevel;
using Outcome = Reading::Outcome;

void AccountStore::sleep(Milliseconds time) {
  std::this_thread::sleep_for(time);
}

AccountStore::AccountStore(plugin::Host host, Settings settings, Pause pause)
    : host_(host), settings_(std::move(settings)), pause_(std::move(pause)) {
  auto accounts = std::make_shared<Accounts>();
  const auto passwords = load_settled("file", settings_.file, &AccountStore::load_passwords);
  file_watch_.emplace(passwords.reading.version, host_.monotonic());
  report(settings_.file, passwords);
  if (passwords.table->size() == 0) host_.log(LogLevel::warning, settings_.file + ": no users; everybody is unknown");
  accounts->passwords = passwords.table;
  if (!settings_.groups.empty()) {
    const auto groups = load_settled("groups", settings_.groups, &AccountStore::load_groups);
    groups_watch_.emplace(groups.reading.version, host_.monotonic());
    report(settings_.groups, groups);
    accounts->groups = groups.table;
  }
  current_ = std::move(accounts);
}

std::shared_ptr<const Accounts> AccountStore::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Milliseconds AccountStore::refresh() noexcept {
  try {
    retired_.reset();
    const Milliseconds file = refresh_one(*file_watch_, settings_.file, &AccountStore::load_passwords);
    if (!groups_watch_) return file;
    return std::min(file, refresh_one(*groups_watch_, settings_.groups, &AccountStore::load_groups));
  } catch (const std::exception&) {
    host_.log(LogLevel::error, "htpasswd: looking at the files failed; the last good version serves");
    return FileWatch::kIdle;
  }
}

Milliseconds AccountStore::catch_up() noexcept {
  Milliseconds wait = refresh();
  for (int tries = 10; tries > 0 && wait < FileWatch::kIdle; --tries) {
    pause_(wait);
    wait = refresh();
  }
  try {
    host_.set_state(state_name());
  } catch (const std::exception&) {
    host_.invalidate_all();
  }
  return wait;
}

AccountStore::Loaded<PasswordTable> AccountStore::load_passwords() const {
  Loaded<PasswordTable> loaded;
  std::optional<PasswordTableBuilder> builder;
  loaded.reading = read_file(
      settings_.file, settings_.max_size, [&](std::size_t size) { builder.emplace(settings_.policy, size); },
      [&](std::string_view bytes) { builder->add(bytes); });
  if (loaded.reading.outcome == Outcome::taken) {
    loaded.table = std::make_shared<const PasswordTable>(builder->finish());
    loaded.problems = builder->problems();
  }
  return loaded;
}

AccountStore::Loaded<GroupTable> AccountStore::load_groups() const {
  Loaded<GroupTable> loaded;
  std::string text;
  loaded.reading = read_file(
      settings_.groups, settings_.max_size, [&](std::size_t size) { text.reserve(size); },
      [&](std::string_view bytes) { text.append(bytes); });
  if (loaded.reading.outcome == Outcome::taken) {
    loaded.table = std::make_shared<const GroupTable>(std::move(text), loaded.problems);
  }
  return loaded;
}

/// Why a version that was read is not taken; empty if it is.
template <class Table>
std::string AccountStore::refusal(const Loaded<Table>& loaded) const {
  if (loaded.reading.outcome != Outcome::taken) return loaded.reading.problem;
  if (!settings_.strict || loaded.problems.empty()) return {};
  std::string text = "has bad lines, and strict is on";
  for (const std::string& words : loaded.problems.words()) text += "; " + words;
  return text;
}

template <class Table>
AccountStore::Loaded<Table> AccountStore::load_settled(std::string_view option, const std::string& path,
                                                       Loaded<Table> (AccountStore::*load)() const) const {
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    Loaded<Table> loaded = (this->*load)();
    const Reading& reading = loaded.reading;
    Milliseconds wait = FileWatch::kStill;
    if (reading.outcome != Outcome::moved) {
      // Still for long enough, by the file's own clock? A time in the future says nothing.
      const Milliseconds age = age_of(reading.version);
      wait = reading.outcome != Outcome::taken || age.count() < 0 ? Milliseconds(0) : FileWatch::kStill - age;
    }
    if (wait.count() > 0) pause_(wait);
    if (reading.outcome == Outcome::moved) continue;
    if (wait.count() > 0 && look_at(path).version != reading.version) continue;
    const std::string problem = refusal(loaded);
    if (!problem.empty()) throw ConfigError(std::string(option), path + ": " + problem);
    return loaded;
  }
  throw ConfigError(std::string(option), path + ": keeps changing while it is read");
}

Milliseconds AccountStore::age_of(const FileVersion& version) const {
  const auto changed = std::max(version.modified_ns, version.changed_ns);
  return host_.wall().time_since_epoch() - Milliseconds(changed / 1'000'000);
}

template <class Table>
Milliseconds AccountStore::refresh_one(FileWatch& watch, const std::string& path,
                                       Loaded<Table> (AccountStore::*load)() const) {
  const Milliseconds now = host_.monotonic();
  const Look look = look_at(path);
  const FileWatch::Step step = watch.look(look, now, look.error == 0 ? age_of(look.version) : Milliseconds(0));
  if (!step.complaint.empty()) complain(path, step.complaint);
  if (step.recovered) host_.log(LogLevel::info, path + ": is back, unchanged");
  if (!step.read) return step.wait;

  Loaded<Table> loaded;
  try {
    loaded = (this->*load)();
  } catch (const std::exception&) {
    if (watch.failed("needs more memory than there is", look.version, now)) {
      complain(path, "needs more memory than there is");
    }
    return FileWatch::kIdle;
  }
  const Reading& reading = loaded.reading;
  const bool another = reading.outcome != Outcome::failed && reading.version != look.version;
  if (reading.outcome == Outcome::moved || another) {
    watch.moved();
    return Milliseconds(0);
  }
  if (const std::string problem = refusal(loaded); !problem.empty()) {
    const bool again = reading.outcome == Outcome::failed;
    if (watch.failed(problem, again ? std::nullopt : std::optional(reading.version), now)) complain(path, problem);
    return FileWatch::kIdle;
  }
  if (watch.shrunk(reading.version)) {
    host_.log(LogLevel::warning, path + ": taken although it is empty or less than half as long as before (" +
                                     std::to_string(reading.version.size) + " bytes, before " +
                                     std::to_string(watch.serving().size) + ")");
  }
  const Changes changes = publish(loaded.table);  // first: what could not be published is tried again
  watch.taken(reading.version);
  announce(changes);
  report(path, loaded);
  return FileWatch::kIdle;
}

template <class Table>
void AccountStore::report(const std::string& path, const Loaded<Table>& loaded) const {
  if (loaded.reading.group_writable) {
    host_.log(LogLevel::warning, path + ": is writable by its group; every member can give itself any account");
  }
  for (const std::string& words : loaded.problems.words()) host_.log(LogLevel::warning, path + ": " + words);
  if (const std::size_t more = loaded.problems.count() - loaded.problems.words().size(); more > 0) {
    host_.log(LogLevel::warning, path + ": and " + std::to_string(more) + " more bad lines");
  }
  if constexpr (std::is_same_v<Table, PasswordTable>) {
    host_.log(LogLevel::info, path + ": read, " + std::to_string(loaded.table->size()) + " users");
  } else {
    host_.log(LogLevel::info, path + ": read, " + std::to_string(loaded.table->users().size()) + " users in groups");
  }
}

/// Never throws: the new version serves already, and what was vouched for under the old one must not outlive it.
void AccountStore::announce(const Changes& changes) const noexcept {
  try {
    const std::string state = state_name();
    const std::optional<std::vector<std::string>> users = changes();
    if (users ? host_.set_state(state, *users) : host_.set_state(state)) return;
    if (!users) return host_.invalidate_all();
    for (const std::string& user : *users) host_.invalidate(user);
  } catch (const std::exception&) {  // no memory to compare the versions
    host_.invalidate_all();
  }
}

std::string AccountStore::state_name() const {
  std::string name;
  for (const auto* watch : {&file_watch_, &groups_watch_}) {
    if (!*watch) continue;
    const FileVersion& v = (*watch)->serving();
    for (const auto number : {static_cast<std::uint64_t>(v.device), static_cast<std::uint64_t>(v.inode), v.size,
                              static_cast<std::uint64_t>(v.modified_ns), static_cast<std::uint64_t>(v.changed_ns)}) {
      name += std::to_string(number) + ' ';
    }
  }
  return name;
}

AccountStore::Changes AccountStore::publish(const std::shared_ptr<const PasswordTable>& passwords) {
  const auto before = current();
  swap(std::make_shared<const Accounts>(Accounts{passwords, before->groups}));
  return [before, passwords] { return changed_users(*before->passwords, *passwords, kMostInvalidations); };
}

AccountStore::Changes AccountStore::publish(const std::shared_ptr<const GroupTable>& groups) {
  const auto before = current();
  swap(std::make_shared<const Accounts>(Accounts{before->passwords, groups}));
  return [before, groups] { return changed_members(*before->groups, *groups, kMostInvalidations); };
}

void AccountStore::swap(std::shared_ptr<const Accounts> accounts) {
  const std::lock_guard lock(mutex_);
  retired_ = std::exchange(current_, std::move(accounts));
}

void AccountStore::complain(const std::string& path, const std::string& problem) const {
  host_.log(LogLevel::error, path + ": " + problem + "; the last good version serves");
}

}  // namespace gatehouse::htpasswd
