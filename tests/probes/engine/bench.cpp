// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

namespace bench {

bool Letters::wait(char letter) {
  pollfd readable{pipe_.reads(), POLLIN, 0};
  char byte = 0;
  while (poll(&readable, 1, 10'000) == 1 && read(pipe_.reads(), &byte, 1) == 1) {
    ++seen_[byte];
    if (byte == letter) return true;
  }
  return false;
}

int Letters::seen(char letter) const {
  const auto found = seen_.find(letter);
  return found == seen_.end() ? 0 : found->second;
}

Tally::Tally(const yard::Folder& folder)
    : path_(folder.path() / "tally"), fd_(open(path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
  REQUIRE(fd_ >= 0);
}

Tally::~Tally() {
  close(fd_);
}

std::string Tally::all() const {
  std::ifstream file(path_, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::ptrdiff_t Tally::count(char letter) const {
  const std::string letters = all();
  return std::count(letters.begin(), letters.end(), letter);
}

Bench::Bench() : plugin(folder.bring("probe")) {
  auto opened = gatehouse::Runtime::open({});
  REQUIRE(opened.ok());
  runtime = *std::move(opened);
}

std::string Bench::backend(std::string_view name, std::string_view lines) const {
  return "[backends." + std::string(name) + "]\nplugin = \"" + plugin + "\"\n" + std::string(lines);
}

Config Bench::load(const std::string& text) {
  gatehouse::ConfigSource source;
  source.text = text;
  auto config = runtime->load(source);
  if (!config) FAIL(config.error().message);
  return *std::move(config);
}

void Bench::start() {
  const auto started = runtime->start();
  if (!started) FAIL(started.error().message);
}

Realm Bench::serve(std::string_view lines) {
  const Config config = load("[realms.r]\nchain = [\"b\"]\n" + backend("b", lines));
  start();
  return *config.realm();
}

bool Bench::dispatch_until(const std::function<bool()>& over) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!over()) {
    pollfd readable{runtime->fd(), POLLIN, 0};
    if (std::chrono::steady_clock::now() > until || poll(&readable, 1, 10'000) != 1) return false;
    runtime->dispatch();
  }
  return true;
}

std::string line(std::string_view name, int value) {
  return std::string(name) + " = " + std::to_string(value) + "\n";
}

Request right(std::string_view user) {
  return Request::with_password(user, "right");
}

Decision ask(const Realm& realm, std::string_view user, std::string_view password) {
  return realm.decide(Request::with_password(user, password));
}

}  // namespace bench
