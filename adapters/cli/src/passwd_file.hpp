// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A password file on the disk: read whole, and replaced in one step, so that who reads it meanwhile sees the old or
/// the new one and never a half.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <gatehouse/result.hpp>

namespace gatehouse::cli {

/// The text of a password file, wiped at its end: it may hold passwords as they are.
class FileText {
 public:
  FileText() = default;
  explicit FileText(std::string text) noexcept : text_(std::move(text)) {}
  FileText(FileText&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  FileText& operator=(FileText&& other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  FileText(const FileText&) = delete;
  FileText& operator=(const FileText&) = delete;
  ~FileText() { wipe(); }
  [[nodiscard]] std::string_view view() const noexcept { return text_; }

 private:
  void wipe() noexcept;
  std::string text_;
};

struct PasswdContent {
  FileText text;
  unsigned mode = 0;  ///< permission bits
};

/// Reads a regular file of at most 256 MiB.
[[nodiscard]] Result<PasswdContent> read_passwd_file(const std::string& path);

/// The right to replace a file. While it lives, nobody else has it: another process waits, for ten seconds at most.
class PasswdFile {
 public:
  /// Waits so long.
  using Pause = std::function<void(std::chrono::milliseconds)>;
  static void sleep(std::chrono::milliseconds time);

  /// Symbolic links are followed to what they lead to. With `create` the file may be missing, its folder not.
  [[nodiscard]] static Result<PasswdFile> lock(const std::string& path, bool create, const Pause& pause = &sleep);

  /// What it holds now; nothing if it is missing.
  [[nodiscard]] Result<FileText> read() const;

  /// Puts `text` in its place, with the owner and mode that the file had; a new one belongs to this user, and others
  /// may not read it. On an Error the file is as it was.
  [[nodiscard]] Result<void> replace(std::string_view text) const;

  PasswdFile(PasswdFile&&) noexcept;
  PasswdFile& operator=(PasswdFile&&) noexcept;
  ~PasswdFile();

 private:
  struct State;
  explicit PasswdFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::cli
