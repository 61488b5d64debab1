// SPDX-License-Identifier: Apache-2.0
#include "loading/plugin_library.hpp"

#include <boost/dll/shared_library.hpp>
#include <boost/system/error_code.hpp>
#include <map>
#include <mutex>
#include <new>

#include <exception>

namespace gatehouse::detail {
namespace {

/// Libraries by path: opening one again costs nothing and leaks nothing. Never destroyed.
struct Library {
  std::mutex mutex;
  std::map<std::string, boost::dll::shared_library> open;
};

Library& libraries() {
  static auto* const all = new Library;  // NOLINT(cppcoreguidelines-owning-memory): lives until the process ends
  return *all;
}

}  // namespace

Result<gatehouse_plugin_function> open_plugin_library(const std::string& path) {
  try {
    Library& all = libraries();
    const std::lock_guard lock(all.mutex);
    auto found = all.open.find(path);
    if (found == all.open.end()) {
      boost::dll::fs::error_code error;
      boost::dll::shared_library library(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local,
                                         error);
      if (error) return Error{path + ": cannot be loaded: " + error.message()};
      found = all.open.emplace(path, std::move(library)).first;
    }
    if (!found->second.has(GATEHOUSE_PLUGIN_SYMBOL)) {
      return Error{path + ": is not a Gatehouse plugin of major version " + std::to_string(GATEHOUSE_ABI_MAJOR) +
                   ": it does not export " GATEHOUSE_PLUGIN_SYMBOL};
    }
    return &found->second.get<const gatehouse_plugin*()>(GATEHOUSE_PLUGIN_SYMBOL);
  } catch (const std::exception& e) {
    return Error{path + ": cannot be loaded: " + e.what()};
  } catch (...) {
    return Error{path + ": cannot be loaded: it threw an exception while loading"};
  }
}

}  // namespace gatehouse::detail
