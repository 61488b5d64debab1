// SPDX-License-Identifier: Apache-2.0
#include "loading/plugin_library.hpp"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <utility>

/// <dlfcn.h> says that dlopen() does not throw, so that an exception through it would end the process; but the static
/// objects of what it loads may. The same function under a name without that promise.
extern "C" void* gatehouse_dlopen_may_throw(const char* path, int mode) __asm__("dlopen");

namespace gatehouse::detail {
namespace {

/// Libraries by path: opening one again costs nothing and leaks nothing. Never destroyed.
struct Library {
  std::mutex mutex;
  std::map<std::string, boost::dll::shared_library> open;
  /// Those whose static objects threw. The dynamic linker counts them as loaded and would hand them out next time, half
  /// made.
  std::set<std::string> half_made;
};

Library& libraries() {
  static auto* const all = new Library;  // NOLINT(cppcoreguidelines-owning-memory): lives until the process ends
  return *all;
}

/// What the dynamic linker says, without the path it begins with. Boost gives one code for every failure.
std::string linker_message(const std::string& path) {
  const char* said = dlerror();
  const std::string text(said == nullptr ? "the dynamic linker does not say why" : said);
  return text.starts_with(path + ": ") ? text.substr(path.size() + 2) : text;
}

boost::dll::shared_library& open_once(Library& all, const std::string& path) {
  if (const auto found = all.open.find(path); found != all.open.end()) return found->second;
  const auto mark = all.half_made.insert(path).first;
  const bool loaded = gatehouse_dlopen_may_throw(path.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr;
  all.half_made.erase(mark);
  if (!loaded) throw std::runtime_error(linker_message(path));
  // It is there now, and stays: this adds a reference.
  boost::dll::shared_library library(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  return all.open.emplace(path, std::move(library)).first->second;
}

}  // namespace

Result<gatehouse_plugin_function> open_plugin_library(const std::string& path) {
  Library& all = libraries();
  const std::lock_guard lock(all.mutex);
  const auto threw = [&] {
    return Error{path +
                 ": cannot be loaded: a static object of it threw an exception; "
                 "restart this process: its dynamic linker may be locked for other threads"};
  };
  if (all.half_made.contains(path)) return threw();
  try {
    boost::dll::shared_library& library = open_once(all, path);
    if (!library.has(GATEHOUSE_PLUGIN_SYMBOL)) {
      return Error{path + ": is not a Gatehouse plugin of major version " + std::to_string(GATEHOUSE_ABI_MAJOR) +
                   ": it does not export " GATEHOUSE_PLUGIN_SYMBOL};
    }
    return &library.get<const gatehouse_plugin*()>(GATEHOUSE_PLUGIN_SYMBOL);
  } catch (const std::exception& e) {
    if (all.half_made.contains(path)) return threw();
    return Error{path + ": cannot be loaded: " + e.what()};
  } catch (...) {
    return threw();
  }
}

}  // namespace gatehouse::detail
