// SPDX-License-Identifier: Apache-2.0
#include "audit/sink.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <scratch_folder.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace gatehouse::detail {
namespace {

using std::chrono::seconds;
using Lines = std::vector<std::string>;

constexpr SteadyTime start{seconds(1'000)};

std::string content(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::unique_ptr<AuditSink> open(const std::string& path) {
  auto sink = open_file_sink(path);
  REQUIRE_MESSAGE(sink, (sink ? std::string() : sink.error().message));
  return *std::move(sink);
}

TEST_CASE("a file is appended to, made for its owner and group, and one that cannot be right is told") {
  const test::ScratchFolder folder;
  const auto path = folder.file("audit");
  for (int i = 0; i < 2; ++i) CHECK(open(path)->write(Lines{"a", "b"}, start) == 2);
  CHECK(content(path) == "a\nb\na\nb\n");
  struct stat about = {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0007U) == 0);
  for (const auto& wrong : {folder.file("no/such"), folder.file("")}) {
    const auto sink = open_file_sink(wrong);
    REQUIRE_FALSE(sink);
    CHECK(sink.error().message.starts_with("[log] sink " + wrong + ": cannot be opened for writing: "));
    CHECK(file_sink_fault(wrong) == sink.error().message);
  }
  CHECK(file_sink_fault(path).empty());
  CHECK(file_sink_fault(folder.file("new")).empty());
  CHECK_FALSE(std::filesystem::exists(folder.file("new")));
}

TEST_CASE("many lines are whole and in order") {
  const test::ScratchFolder folder;
  Lines lines;
  std::string expected;
  for (int i = 0; i < 5'000; ++i) {
    lines.push_back(std::to_string(i) + std::string(60, 'x'));
    expected += lines.back() + '\n';
  }
  CHECK(open(folder.file("audit"))->write(lines, start) == lines.size());
  CHECK(content(folder.file("audit")) == expected);
}

TEST_CASE("turned over: the name is followed to the new file; when asked, also to one that is not there yet") {
  const test::ScratchFolder folder;
  const auto path = folder.file("audit");
  const auto sink = open(path);
  CHECK(sink->write(Lines{"1"}, start) == 1);
  std::filesystem::rename(path, path + ".1");
  CHECK(sink->write(Lines{"2"}, start) == 1);  // there is no new one yet
  folder.write("audit", "");
  CHECK(sink->write(Lines{"3"}, start) == 1);
  CHECK(content(path + ".1") == "1\n2\n");
  CHECK(content(path) == "3\n");
  std::filesystem::rename(path, path + ".2");
  sink->reopen();
  CHECK(sink->write(Lines{"4"}, start) == 1);
  CHECK(content(path) == "4\n");
  // Removed, and nobody makes another: in the end it is made.
  std::filesystem::remove(path);
  CHECK(sink->write(Lines{"5"}, start + seconds(1)) == 1);
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(sink->write(Lines{"6"}, start + seconds(6)) == 1);
  CHECK(content(path) == "6\n");
}

TEST_CASE("a full disk: nothing is written, and it says why") {
  const auto sink = open("/dev/full");
  CHECK(sink->write(Lines{"1", "2"}, start) == 0);
  CHECK(sink->fault() == "/dev/full: No space left on device");
}

TEST_CASE("what the disk cut in the middle of a line spoils no other line") {
  const test::ScratchFolder folder;
  const auto path = folder.file("audit");
  const auto sink = open(path);
  struct rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const was = ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit little = before;
  little.rlim_cur = 10;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
  const std::size_t written = sink->write(Lines{"first", "second", "third"}, start);
  ::setrlimit(RLIMIT_FSIZE, &before);
  static_cast<void>(::signal(SIGXFSZ, was));
  CHECK(written == 1);
  CHECK_FALSE(sink->fault().empty());
  CHECK(sink->write(Lines{"fourth"}, start) == 1);
  CHECK(sink->fault().empty());
  CHECK(content(path) == "first\nseco\nfourth\n");
}

TEST_CASE("a pipe: without a reader, with a slow one, and after it has gone") {
  const test::ScratchFolder folder;
  const auto path = folder.file("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const auto sink = open(path);
  CHECK(sink->write(Lines{"1"}, start) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  CHECK(sink->write(Lines{"2"}, start + seconds(2)) == 1);
  std::array<char, 4'096> read{};
  CHECK(::read(reader, read.data(), read.size()) == 2);
  // Nobody empties it: it takes what it holds, in whole lines, and keeps nobody waiting.
  const Lines many(100'000, std::string(99, 'x'));
  const std::size_t taken = sink->write(many, start + seconds(2));
  CHECK(taken > 0);
  CHECK(taken < many.size());
  std::size_t size = 0;
  for (ssize_t more = 0; (more = ::read(reader, read.data(), read.size())) > 0;) size += static_cast<std::size_t>(more);
  CHECK(size == taken * 100);
  ::close(reader);
  CHECK(sink->write(Lines{"3"}, start + seconds(2)) == 0);  // and this program has not ended
  sigset_t waiting;
  sigpending(&waiting);
  CHECK(sigismember(&waiting, SIGPIPE) == 0);
  CHECK(sink->fault() == path + ": Broken pipe");
}

TEST_CASE("the machine's log: each line is a datagram; a daemon that is started anew is found again") {
  const test::ScratchFolder folder;
  const auto path = folder.file("log");
  const auto listen = [&] {
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return socket;
  };
  const auto receive = [](int socket) {
    std::array<char, 4'096> data{};
    const ssize_t size = ::recv(socket, data.data(), data.size(), 0);
    return std::string(data.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  };
  const auto sink = make_syslog_sink(path);
  CHECK(sink->write(Lines{"{}"}, start) == 0);
  CHECK_FALSE(sink->fault().empty());
  int daemon = listen();
  CHECK(sink->write(Lines{"{\"a\":1}"}, start) == 1);
  const std::string line = receive(daemon);
  CHECK(line.starts_with("<86>"));
  CHECK(line.ends_with(" gatehouse[" + std::to_string(::getpid()) + "]: {\"a\":1}"));
  ::close(daemon);
  ::unlink(path.c_str());
  daemon = listen();
  CHECK(sink->write(Lines{"{}"}, start) == 1);
  CHECK(receive(daemon).ends_with("]: {}"));
  // A daemon that hangs keeps nobody.
  const Lines many(100'000, std::string(200, 'x'));
  const std::size_t taken = sink->write(many, start);
  CHECK(taken < many.size());
  CHECK_FALSE(sink->fault().empty());
  ::close(daemon);
}

}  // namespace
}  // namespace gatehouse::detail
