// SPDX-License-Identifier: Apache-2.0
#include "plugin_folders.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using gatehouse::cli::plugin_folders;
using gatehouse::cli::plugin_name;

TEST_CASE("folders that were asked for are the only ones") {
  CHECK(plugin_folders({"/a", "b"}) == std::vector<std::string>{"/a", "b"});
}

TEST_CASE("a name is a path when it looks like one") {
  const std::string here = std::filesystem::current_path().string();
  CHECK(plugin_name("htpasswd") == "htpasswd");
  CHECK(plugin_name("/opt/x.so") == "/opt/x.so");
  CHECK(plugin_name("/opt/../x.so") == "/x.so");
  CHECK(plugin_name("./x") == here + "/x");
  CHECK(plugin_name("x.so") == here + "/x.so");
}
