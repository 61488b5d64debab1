// SPDX-License-Identifier: Apache-2.0
// How a password file of a million users compares with one of ten: time to load, memory, CPU time of a look-up, of a
// reload that changes one user, and of one check of {SHA}. Prints a table; takes no part in CTest.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fake_plugin_host.hpp>
#include <file_backend.hpp>

namespace {

using namespace gatehouse::htpasswd;
using gatehouse::plugin::Call;
using gatehouse::plugin::Host;
using gatehouse::plugin::Request;
using gatehouse::test::FakeCall;
using gatehouse::test::FakeHost;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kBcrypt = "$2y$12$QdoJMaqJF18zonRAvhIdguI8DSQI0HrN/B7UVQtN1W9XBHsbrbSUW";
constexpr std::string_view kSha = "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=";  // of "correct horse"

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double mebibytes_now() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576.0;
}

/// Of this process, so that a busy machine does not show.
double cpu_milliseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto part = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return part(usage.ru_utime) + part(usage.ru_stime);
}

double mebibytes_at_most() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void write(const std::string& path, std::size_t users, std::string_view hash, std::string_view first) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  for (std::size_t i = 0; i < users; ++i) {
    out << "user" << i << ':' << (i == users / 2 ? first : hash) << '\n';
  }
}

/// The mean over `rounds` of asking for users drawn at random.
double nanoseconds_per_call(const FileBackend& backend, FakeHost& host, const std::vector<std::string>& users,
                            std::string_view password, std::size_t rounds) {
  std::size_t answers = 0;
  const double begin = cpu_milliseconds();
  for (std::size_t i = 0; i < rounds; ++i) {
    FakeCall fake;
    Call call(Host(host.handle(), FakeHost::api()), fake.handle());
    const auto request = gatehouse::test::password_request(users[i % users.size()], password);
    answers += backend.authenticate(Request(request), call).code();
  }
  if (answers == 0) std::abort();
  return (cpu_milliseconds() - begin) * 1e6 / static_cast<double>(rounds);
}

void measure(const std::string& path, std::size_t users, std::string_view hash) {
  FakeHost host;
  write(path, users, hash, hash);
  const double before = mebibytes_now();
  const auto begin = Clock::now();
  const double cpu = cpu_milliseconds();
  FileBackend backend(Host(host.handle(), FakeHost::api()), {.file = path});
  const auto loaded = Clock::now();
  const double load_cpu = cpu_milliseconds() - cpu;
  const double resident = mebibytes_now();

  std::mt19937_64 random(42);
  std::vector<std::string> known;
  std::vector<std::string> unknown;
  for (int i = 0; i < 100'000; ++i) {
    known.push_back("user" + std::to_string(random() % users));
    unknown.push_back("nobody" + std::to_string(random() % users));
  }
  const double miss = nanoseconds_per_call(backend, host, unknown, "correct horse", 2'000'000);
  const double check = hash == kSha ? nanoseconds_per_call(backend, host, known, "correct horse", 500'000) : 0;

  write(path, users, hash, "{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  host.monotonic += 400;
  backend.background();
  host.monotonic += 400;
  const double reload = cpu_milliseconds();
  backend.background();
  const double reload_cpu = cpu_milliseconds() - reload;
  if (host.invalidated().size() != 1) std::abort();

  std::printf(
      "%8zu %-6s load %6.0f ms (CPU %6.0f)  rss %6.1f MiB (%5.1f before)  unknown user %5.0f ns  {SHA} check %5.0f ns  "
      "reload CPU %6.0f ms  rss at most %6.1f MiB\n",
      users, hash == kSha ? "{SHA}" : "bcrypt", milliseconds(loaded - begin), load_cpu, resident, before, miss, check,
      reload_cpu, mebibytes_at_most());
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t many = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
  std::string folder = (std::filesystem::temp_directory_path() / "htpasswd-load-XXXXXX").string();
  if (many == 0 || ::mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "usage: %s [USERS]\n", argv[0]);
    return 2;
  }
  const std::string path = folder + "/users";
  for (const std::string_view hash : {kSha, kBcrypt}) {
    measure(path, 10, hash);
    measure(path, many, hash);
  }
  std::filesystem::remove_all(folder);
  return 0;
}
