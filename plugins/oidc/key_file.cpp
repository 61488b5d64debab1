// SPDX-License-Identifier: Apache-2.0
#include "key_file.hpp"

#include <utility>

#include "digest.hpp"
#include "file_content.hpp"
#include "wipe.hpp"

namespace gatehouse::oidc {
namespace {

Outcome<KeySet> keys_in(const FileContent& file) {
  auto set = KeySet::of_file(file.text);
  if (set && set->has_secrets() && (file.mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Problem{"it holds a shared secret and others can read it; run chmod 600 on it"};
  }
  return set;
}

}  // namespace

Outcome<KeySet> read_key_file(const std::string& path) {
  auto file = read_small_file(path, kLargestKeySet);
  if (!file) return Problem{file.problem()};
  const WipeAfter after(file->text);
  return keys_in(*file);
}

KeyFile::KeyFile(plugin::Host host, std::string path) : host_(host), path_(std::move(path)) {
  auto keys = read();
  if (!keys) throw plugin::ConfigError("keys", path_ + ": " + keys.problem());
  take(std::move(*keys));
}

void KeyFile::start() {
  refresh();
  host_.set_state(current()->name());
}

void KeyFile::refresh() {
  host_.wake_after(kInterval);  // first of all: whatever happens below, there is a next time
  look();
}

/// Throws nothing away: a file that is broken for a moment leaves the keys of before in force.
void KeyFile::look() {
  auto keys = read();
  if (!keys) {
    if (problem_ != keys.problem()) {
      host_.log(plugin::LogLevel::error, path_ + ": " + keys.problem() + "; the keys read before stay in force");
    }
    problem_ = keys.problem();
    return;
  }
  problem_.clear();
  if (*keys == nullptr) return;
  take(std::move(*keys));
  host_.log(plugin::LogLevel::info, path_ + ": read again");
}

Keys KeyFile::current() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

KeySource::Newer KeyFile::newer_than(const Keys&, milliseconds, const Wanted&) const {
  return {.keys = current()};
}

/// Null if nothing has changed.
Outcome<Keys> KeyFile::read() {
  auto file = read_small_file(path_, kLargestKeySet);
  if (!file) return Problem{file.problem()};
  const WipeAfter after(file->text);
  std::string digest = sha256(file->text);
  if (digest == digest_) return Keys();
  auto set = keys_in(*file);
  if (!set) return Problem{set.problem()};
  digest_ = std::move(digest);
  return Keys(std::make_shared<const KeySet>(std::move(*set)));
}

void KeyFile::take(Keys keys) {
  for (const std::string& complaint : keys->complaints()) {
    host_.log(plugin::LogLevel::warning, path_ + ": left out " + complaint);
  }
  // Until the lock is gone nobody sees the new keys, and nobody is let in by what was remembered under the old ones.
  const std::lock_guard lock(mutex_);
  const Keys before = std::exchange(keys_, std::move(keys));
  if (before && !host_.set_state(keys_->name()) && before->name() != keys_->name()) host_.invalidate_all();
}

}  // namespace gatehouse::oidc
