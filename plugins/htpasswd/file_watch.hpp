// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Decides when a changed file may be taken, by looking at it now and then. It never reads; its clock is the caller's.
///
/// Rationale: Apache's htpasswd truncates the file it writes, and editors and provisioning tools rename or swap links.
/// A file is taken only when it has been still for a while; one that is empty, or less than half as long as before, is
/// probably being written and gets longer. Until then, and while it cannot be had, what was taken last goes on serving.
#include <chrono>
#include <optional>
#include <string>

#include "file_reader.hpp"

namespace gatehouse::htpasswd {

using Milliseconds = std::chrono::milliseconds;

class FileWatch {
 public:
  static constexpr Milliseconds kIdle{400};       ///< between looks while nothing happens
  static constexpr Milliseconds kStill{200};      ///< how long a change must have been over
  static constexpr Milliseconds kShrunk{2000};    ///< the same for an empty or much shorter file
  static constexpr Milliseconds kRemind{60'000};  ///< between log lines, and tries, while something is wrong

  /// `taken` is the version that serves, and was looked at then.
  explicit FileWatch(const FileVersion& taken, std::optional<Milliseconds> looked_at = std::nullopt) noexcept
      : taken_(taken), looked_at_(looked_at) {}

  struct Step {
    bool read = false;        ///< read it now, then call one of the three functions below
    Milliseconds wait{0};     ///< else: look again after this long
    std::string complaint{};  ///< not empty: log it as an error; the last good version serves
    bool recovered = false;   ///< the version that serves is back in its place after a complaint
  };
  /// `now` only grows. `age` is how long the file has been as it is, by its own times. It counts where nobody has
  /// looked for more than kShrunk, because looks come with questions only: a question that follows a change by an hour
  /// must not be answered from the version before.
  [[nodiscard]] Step look(const Look& look, Milliseconds now, Milliseconds age = Milliseconds(0));

  /// That version serves now. True if it ends a complaint.
  bool taken(const FileVersion& version) noexcept;
  /// It changed while it was read.
  void moved() noexcept { pending_.reset(); }
  /// It could not be had. `version` is the one that need not be tried again soon; nullopt: try at every look. True if
  /// this is to be logged now, as an error.
  [[nodiscard]] bool failed(const std::string& problem, const std::optional<FileVersion>& version, Milliseconds now);

  [[nodiscard]] const FileVersion& serving() const noexcept { return taken_; }
  /// True if `version` is so much shorter that taking it deserves a warning.
  [[nodiscard]] bool shrunk(const FileVersion& version) const noexcept {
    return version.size == 0 || version.size < taken_.size / 2;
  }

 private:
  [[nodiscard]] bool complain(const std::string& problem, Milliseconds now);

  FileVersion taken_;
  struct Pending {
    Look look;
    Milliseconds since;
  };
  std::optional<Milliseconds> looked_at_;
  std::optional<Pending> pending_;       // seen, and not yet still for long enough
  std::optional<FileVersion> rejected_;  // not tried again before retry_at_
  Milliseconds retry_at_{0};
  std::string complaint_;  // the last one logged; empty = all is well
  Milliseconds remind_at_{0};
};

}  // namespace gatehouse::htpasswd
