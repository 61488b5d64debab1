// SPDX-License-Identifier: Apache-2.0
#include <file_watch.hpp>

#include <cerrno>

#include <doctest/doctest.h>

using namespace gatehouse::htpasswd;
using std::chrono::milliseconds;

namespace {

FileVersion version(std::uint64_t size, std::int64_t time) {
  return {.device = 1, .inode = 2, .size = size, .modified_ns = time, .changed_ns = time};
}
Look seen(std::uint64_t size, std::int64_t time) {
  return {0, version(size, time)};
}
const Look kGone{ENOENT, {}};

struct Fixture {
  FileWatch watch{version(1000, 1)};
  milliseconds now{50'000};
  FileWatch::Step look(const Look& look, milliseconds later) {
    now += later;
    return watch.look(look, now);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "nothing changes, nothing is read") {
  for (int i = 0; i < 10; ++i) {
    const auto step = look(seen(1000, 1), FileWatch::kIdle);
    CHECK_FALSE(step.read);
    CHECK(step.wait == FileWatch::kIdle);
    CHECK(step.complaint.empty());
  }
}

TEST_CASE_FIXTURE(Fixture, "a change is read when it has been still for 200 ms") {
  CHECK_FALSE(look(seen(1001, 2), milliseconds(400)).read);
  CHECK_FALSE(look(seen(1001, 2), milliseconds(199)).read);
  CHECK(look(seen(1001, 2), milliseconds(1)).read);
}

TEST_CASE_FIXTURE(Fixture, "where looks are rare, a file that has been still for long is read at the first look") {
  const milliseconds hour(3'600'000);
  CHECK_FALSE(watch.look(seen(1001, 2), now, hour).read);  // the first look: nobody was late
  CHECK_FALSE(look(seen(1000, 1), milliseconds(0)).read);
  const auto late = [&](const Look& found, milliseconds age) { return watch.look(found, now += hour, age); };
  CHECK(late(seen(1001, 2), milliseconds(200)).read);
  CHECK_FALSE(late(seen(1002, 3), milliseconds(199)).read);
  CHECK_FALSE(late(seen(1003, 4), milliseconds(-5'000)).read);
  CHECK_FALSE(late(seen(0, 5), milliseconds(1'999)).read);
  CHECK(late(seen(0, 6), milliseconds(2'000)).read);
  CHECK_FALSE(late(kGone, hour).read);
  // Where they are not, only what was seen counts.
  CHECK_FALSE(watch.look(seen(1004, 7), now += FileWatch::kIdle, hour).read);
}

TEST_CASE_FIXTURE(Fixture, "each write starts the wait again") {
  for (int i = 2; i < 20; ++i) CHECK_FALSE(look(seen(1000, i), milliseconds(199)).read);
  CHECK_FALSE(look(seen(1000, 19), milliseconds(150)).read);
  CHECK(look(seen(1000, 19), milliseconds(50)).read);
}

TEST_CASE_FIXTURE(Fixture, "HP-29: an empty or much shorter file gets two seconds") {
  for (const std::uint64_t size : {0U, 499U}) {
    FileWatch fresh{version(1000, 1)};
    CHECK_FALSE(fresh.look(seen(size, 2), milliseconds(0)).read);
    CHECK_FALSE(fresh.look(seen(size, 2), milliseconds(1999)).read);
    CHECK(fresh.look(seen(size, 2), milliseconds(2000)).read);
    CHECK(fresh.shrunk(version(size, 2)));
  }
  CHECK_FALSE(watch.shrunk(version(500, 2)));
  CHECK_FALSE(look(seen(500, 2), milliseconds(0)).read);
  CHECK(look(seen(500, 2), milliseconds(200)).read);
}

TEST_CASE_FIXTURE(Fixture, "truncated, then written: only the end counts") {
  CHECK_FALSE(look(seen(0, 2), milliseconds(0)).read);
  CHECK_FALSE(look(seen(400, 3), milliseconds(300)).read);
  CHECK_FALSE(look(seen(1100, 4), milliseconds(300)).read);
  CHECK(look(seen(1100, 4), milliseconds(200)).read);
  CHECK_FALSE(watch.taken(version(1100, 4)));
  CHECK_FALSE(look(seen(1100, 4), milliseconds(400)).read);
}

TEST_CASE_FIXTURE(Fixture, "it moved while it was read: wait again") {
  CHECK_FALSE(look(seen(1001, 2), milliseconds(0)).read);
  CHECK(look(seen(1001, 2), milliseconds(200)).read);
  watch.moved();
  CHECK_FALSE(look(seen(1001, 2), milliseconds(1)).read);
  CHECK(look(seen(1001, 2), milliseconds(200)).read);
}

TEST_CASE_FIXTURE(Fixture, "HP-31: gone is said once, then once a minute") {
  CHECK(look(kGone, milliseconds(0)).complaint.empty());  // a rename may be under way
  CHECK_FALSE(look(kGone, milliseconds(200)).complaint.empty());
  int lines = 0;
  for (int i = 0; i < 300; ++i) lines += look(kGone, milliseconds(400)).complaint.empty() ? 0 : 1;  // two minutes
  CHECK(lines == 2);
  const auto back = look(seen(1000, 1), milliseconds(400));
  CHECK(back.recovered);
  CHECK_FALSE(look(seen(1000, 1), milliseconds(400)).recovered);
}

TEST_CASE_FIXTURE(Fixture, "gone for a moment is nothing") {
  CHECK(look(kGone, milliseconds(0)).complaint.empty());
  CHECK(look(seen(1000, 1), milliseconds(200)).complaint.empty());
  CHECK(look(kGone, milliseconds(200)).complaint.empty());
}

TEST_CASE_FIXTURE(Fixture, "a version that was refused is tried again after a minute, another one at once") {
  CHECK_FALSE(look(seen(1001, 2), milliseconds(0)).read);
  CHECK(look(seen(1001, 2), milliseconds(200)).read);
  CHECK(watch.failed("is bad", version(1001, 2), now));
  CHECK_FALSE(look(seen(1001, 2), milliseconds(59'000)).read);
  CHECK(look(seen(1001, 2), milliseconds(1000)).read);
  CHECK(watch.failed("is bad", version(1001, 2), now));
  CHECK_FALSE(look(seen(1002, 3), milliseconds(400)).read);
  CHECK(look(seen(1002, 3), milliseconds(200)).read);
  CHECK_FALSE(watch.failed("is bad", version(1002, 3), now));  // said within this minute
  CHECK(watch.failed("is worse", version(1002, 3), now));
  CHECK(watch.taken(version(1002, 3)));
}

TEST_CASE_FIXTURE(Fixture, "what could not be opened is tried at every look") {
  CHECK_FALSE(look(seen(1001, 2), milliseconds(0)).read);
  CHECK(look(seen(1001, 2), milliseconds(200)).read);
  CHECK(watch.failed("cannot be opened", std::nullopt, now));
  CHECK(look(seen(1001, 2), milliseconds(400)).read);
  CHECK_FALSE(watch.failed("cannot be opened", std::nullopt, now));
}
