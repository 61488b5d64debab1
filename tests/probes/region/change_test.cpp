// SPDX-License-Identifier: Apache-2.0
// Two engines over one region and one password file, as two worker processes are: the file changes while everybody is
// remembered, in each way a file can change. Once one of them refuses the old password nobody grants it again.
#include <doctest/doctest.h>
#include <sys/mman.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "yard.hpp"

namespace {

using namespace gatehouse;
using std::chrono::steady_clock;

const std::string old_hash = "{SHA}wA27ydrfvh4jLpOnKd1HUvreCr8=";
const std::string new_hash = "{SHA}wqawPxkN+ytKqR+K+NR3qbw0Adw=";

class Shared {
 public:
  Shared() : at_(mmap(nullptr, minimum_region_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    REQUIRE(at_ != MAP_FAILED);
  }
  ~Shared() { munmap(at_, minimum_region_size()); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  [[nodiscard]] void* at() const noexcept { return at_; }

 private:
  void* at_;
};

struct Scene {
  Scene() {
    std::filesystem::copy_file(GATEHOUSE_HTPASSWD_PLUGIN, plugin);
    std::filesystem::permissions(plugin, std::filesystem::perms{0755});
    write("users", "alice:" + old_hash + "\nbob:" + old_hash + "\n");
    write("groups", "staff: alice bob\n");
  }
  void write(const std::string& name, const std::string& content) const { folder.write(name, content); }

  [[nodiscard]] Runtime open() const {
    RuntimeOptions options;
    options.region_memory = memory.at();
    options.region_size = minimum_region_size();
    auto runtime = Runtime::open(std::move(options));
    REQUIRE(runtime.ok());
    return *std::move(runtime);
  }
  [[nodiscard]] Config load(Runtime& runtime) const {
    ConfigSource source;
    source.text =
        "[realms.r]\nchain = [\"b\"]\n[throttle]\nfailures = 0\nsubject_failures = 0\n[backends.b]\nplugin = \"" +
        plugin.string() + "\"\nfile = \"" + (folder.path() / "users").string() + "\"\ngroups = \"" +
        (folder.path() / "groups").string() + "\"\n";
    auto config = runtime.load(source);
    if (!config) FAIL(config.error().message);
    return *std::move(config);
  }

  Shared memory;
  yard::Folder folder;
  std::filesystem::path plugin = folder.path() / "htpasswd.so";
};

struct Worker {
  explicit Worker(const Scene& scene) : runtime(scene.open()), realm(*scene.load(runtime).realm()) {
    REQUIRE(runtime.start().ok());
  }
  [[nodiscard]] bool lets(std::string_view user, std::string_view password) const {
    return realm.decide(Request::with_password(user, password)).granted();
  }
  [[nodiscard]] bool remembers(std::string_view user, std::string_view password) const {
    const auto decision = realm.try_decide(Request::with_password(user, password));
    return decision && decision->granted();
  }
  Runtime runtime;
  Realm realm;
};

[[nodiscard]] bool soon(const std::function<bool()>& over) {
  const auto until = steady_clock::now() + std::chrono::seconds(20);
  while (!over()) {
    if (steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // leaves the processors to who must see the change
  }
  return true;
}

TEST_CASE("a password that is changed while it is remembered") {
  const Scene scene;
  const std::string changed = "alice:" + new_hash + "\nbob:" + old_hash + "\n";
  const auto users = scene.folder.path() / "users";
  std::function<void()> change;
  SUBCASE("written anew in its place") {
    change = [&] { scene.write("users", changed); };
  }
  SUBCASE("emptied first, as htpasswd does") {
    change = [&] {
      std::ofstream(users, std::ios::trunc).flush();
      scene.write("users", changed);
    };
  }
  SUBCASE("another file renamed over it") {
    change = [&] {
      scene.write("next", changed);
      std::filesystem::rename(scene.folder.path() / "next", users);
    };
  }
  SUBCASE("a link that is turned to another") {
    std::filesystem::rename(users, scene.folder.path() / "first");
    std::filesystem::create_symlink("first", users);
    change = [&] {
      scene.write("second", changed);
      std::filesystem::create_symlink("second", scene.folder.path() / "turned");
      std::filesystem::rename(scene.folder.path() / "turned", users);
    };
  }
  const Worker a(scene);
  const Worker b(scene);
  for (const char* user : {"alice", "bob"}) {
    REQUIRE(a.lets(user, "old"));
    CHECK(b.lets(user, "old"));
    CHECK(b.remembers(user, "old"));
  }
  change();
  CHECK(soon([&] { return !a.lets("alice", "old") || !b.lets("alice", "old"); }));
  bool again = false;
  CHECK(soon([&] {
    again = again || a.remembers("alice", "old") || b.remembers("alice", "old");
    return a.lets("alice", "new") && b.lets("alice", "new");
  }));
  CHECK_FALSE(again);
  CHECK_FALSE(a.lets("alice", "old"));
  CHECK_FALSE(b.lets("alice", "old"));
  CHECK(a.lets("bob", "old"));
}

TEST_CASE("a removed line, and another group") {
  const Scene scene;
  const Worker a(scene);
  const Worker b(scene);
  const auto groups = [](const Worker& worker, std::string_view user) {
    return worker.realm.decide(Request::with_password(user, "old")).identity().groups.size();
  };
  CHECK(groups(a, "bob") == 1);
  CHECK(groups(b, "bob") == 1);
  scene.write("groups", "staff: alice bob\nadmins: bob\n");
  CHECK(soon([&] { return groups(a, "bob") == 2 && groups(b, "bob") == 2; }));
  REQUIRE(a.lets("alice", "old"));
  scene.write("users", "bob:" + old_hash + "\n");
  CHECK(soon([&] { return !a.lets("alice", "old") && !b.lets("alice", "old"); }));
}

TEST_CASE("a reload is warm; one after a change that nobody has seen is not") {
  const Scene scene;
  {
    const Worker a(scene);
    REQUIRE(a.lets("alice", "old"));
  }
  {
    const Worker next(scene);
    const Decision first = next.realm.decide(Request::with_password("alice", "old"));
    CHECK(first.granted());
    CHECK(first.cached());
  }
  scene.write("users", "alice:" + new_hash + "\n");
  const Worker last(scene);
  CHECK_FALSE(last.lets("alice", "old"));
  CHECK(last.lets("alice", "new"));
}

}  // namespace
