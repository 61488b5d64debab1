// SPDX-License-Identifier: Apache-2.0
#include "yard.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace yard {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "gatehouse-bad-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = std::filesystem::canonical(name);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::bring(std::string_view name) const {
  const auto here = path_ / (std::string(name) + ".so");
  std::filesystem::copy_file(std::filesystem::path(GATEHOUSE_TEST_PLUGIN_DIR) / here.filename(), here,
                             std::filesystem::copy_options::overwrite_existing);
  REQUIRE(chmod(here.c_str(), 0755) == 0);
  return here.string();
}

void Folder::write(std::string_view name, std::string_view content) const {
  const auto here = path_ / name;
  std::ofstream(here, std::ios::binary) << content;
  REQUIRE(chmod(here.c_str(), 0644) == 0);
}

Pipe::Pipe() : ends_{-1, -1} {
  REQUIRE(pipe(ends_) == 0);
}

Pipe::~Pipe() {
  for (const int end : ends_) {
    if (end >= 0) close(end);
  }
}

void Pipe::close_writes() {
  close(ends_[1]);
  ends_[1] = -1;
}

void Pipe::put(std::size_t bytes) const {
  const std::string content(bytes, 'x');
  REQUIRE(::write(ends_[1], content.data(), bytes) == static_cast<ssize_t>(bytes));
}

bool Pipe::take() const {
  pollfd readable{ends_[0], POLLIN, 0};
  char byte = 0;
  return poll(&readable, 1, 10'000) == 1 && read(ends_[0], &byte, 1) == 1;
}

bool Loaded::logged(std::string_view part) const {
  return std::any_of(log->begin(), log->end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

Loaded open(const std::string& plugin, const std::string& options, const std::string& plugin_dir,
            const std::string& before) {
  Loaded loaded;
  gatehouse::RuntimeOptions runtime_options;
  if (!plugin_dir.empty()) runtime_options.plugin_dirs = {plugin_dir};
  runtime_options.log = [log = loaded.log](gatehouse::LogLevel, std::string_view line) { log->emplace_back(line); };
  auto runtime = gatehouse::Runtime::open(std::move(runtime_options));
  REQUIRE(runtime.ok());
  loaded.runtime = *std::move(runtime);
  gatehouse::ConfigSource source;
  source.text = before + "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"" + plugin + "\"\n" + options;
#ifdef YARD_ISOLATES
  source.text += "isolate = true\n";
#endif
  auto config = loaded.runtime->load(source);
  if (!config) {
    loaded.error = config.error().message;
    return loaded;
  }
  loaded.realm = *config->realm();
  if (auto started = loaded.runtime->start(); !started) loaded.error = started.error().message;
  return loaded;
}

}  // namespace yard
