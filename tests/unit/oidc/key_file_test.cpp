// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fake_plugin_host.hpp>
#include <future>
#include <key_file.hpp>
#include <scratch_folder.hpp>

#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;
using gatehouse::test::FakeHost;
using gatehouse::test::ScratchFolder;

namespace {

struct Fixture {
  ScratchFolder folder;
  FakeHost fake;
  gatehouse::plugin::Host host{fake.handle(), FakeHost::api()};
  std::string path = folder.write("keys", rsa_signer().jwks());
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a changed file counts from the next look on; what was decided by others is dropped") {
  KeyFile keys(host, path);
  keys.start();
  CHECK(keys.current()->keys().front().id() == "rsa-1");
  CHECK(fake.invalidated().empty());

  folder.replace("keys", R"({"keys":[)" + rsa_signer().jwk() + "," + ec_signer().jwk() + "]}");
  keys.refresh();
  CHECK(fake.wake_at == fake.monotonic + KeyFile::kInterval.count());
  CHECK(keys.current()->size() == 2);
  CHECK(fake.invalidated().size() == 1);

  folder.replace("keys", ec_signer().jwks());
  keys.refresh();
  CHECK(fake.wake_at == fake.monotonic + KeyFile::kInterval.count());
  CHECK(keys.current()->keys().front().id() == "ec-1");
  CHECK(fake.invalidated().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "nobody is asked of a new file before what the old one let in is dropped") {
  fake.has_source_extension = true;
  KeyFile keys(host, path);
  keys.start();
  CHECK(fake.states() == std::vector{keys.current()->name()});
  folder.replace("keys", ec_signer().jwks());
  std::future<Keys> seen;
  fake.on_change = [&] {
    seen = std::async(std::launch::async, [&] { return keys.current(); });
    CHECK(seen.wait_for(milliseconds(50)) == std::future_status::timeout);
  };
  keys.refresh();
  REQUIRE(seen.valid());
  CHECK(seen.get()->keys().front().id() == "ec-1");
  CHECK(fake.states().back() == keys.current()->name());
  CHECK(fake.invalidated().empty());
}

TEST_CASE_FIXTURE(Fixture, "a file that breaks leaves the keys of before in force, and says so once") {
  KeyFile keys(host, path);
  keys.start();
  folder.write("keys", "{");
  keys.refresh();
  CHECK(fake.wake_at == fake.monotonic + KeyFile::kInterval.count());
  keys.refresh();
  CHECK(fake.wake_at == fake.monotonic + KeyFile::kInterval.count());
  CHECK(keys.current()->keys().front().id() == "rsa-1");
  int lines = 0;
  for (const auto& line : fake.lines()) lines += line.level == GATEHOUSE_LOG_ERROR ? 1 : 0;
  CHECK(lines == 1);
  folder.write("keys", ec_signer().jwks());
  keys.refresh();
  CHECK(fake.wake_at == fake.monotonic + KeyFile::kInterval.count());
  CHECK(keys.current()->keys().front().id() == "ec-1");
}

TEST_CASE_FIXTURE(Fixture, "what changed between create() and start() counts from the start") {
  KeyFile keys(host, path);
  folder.replace("keys", ec_signer().jwks());
  keys.start();
  CHECK(keys.current()->keys().front().id() == "ec-1");
}

TEST_CASE_FIXTURE(Fixture, "a file that others may write, or a secret that others can read, is refused") {
  ::chmod(path.c_str(), 0664);
  CHECK_FALSE(read_key_file(path));
  ::chmod(path.c_str(), 0606);
  CHECK_FALSE(read_key_file(path));
  ::chmod(path.c_str(), 0644);
  CHECK(read_key_file(path));
  folder.write("keys", secret_signer().jwk());
  ::chmod(path.c_str(), 0640);
  CHECK_FALSE(read_key_file(path));
  ::chmod(path.c_str(), 0600);
  CHECK(read_key_file(path));
}

TEST_CASE_FIXTURE(Fixture, "what is no file of keys") {
  CHECK_FALSE(read_key_file(folder.file("none")));
  CHECK_FALSE(read_key_file("/"));
  CHECK_FALSE(read_key_file("/dev/zero"));
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_FALSE(read_key_file(folder.file("pipe")));
  folder.write("keys", std::string(kLargestKeySet + 1, ' '));
  CHECK_FALSE(read_key_file(path));
}
