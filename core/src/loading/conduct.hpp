// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What an instance must do beyond a single call. Each check: nullopt if it passed, otherwise what is wrong.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/request.hpp>

#include "boundary/instance.hpp"
#include "log/log_queue.hpp"

namespace gatehouse::detail {

using Wrong = std::optional<std::string>;

/// Questions within what the boundary promises, and as odd as that allows. Views into own memory.
class MadeUpRequests {
 public:
  MadeUpRequests();
  MadeUpRequests(const MadeUpRequests&) = delete;
  MadeUpRequests& operator=(const MadeUpRequests&) = delete;
  [[nodiscard]] const std::vector<Request>& all() const noexcept { return all_; }

 private:
  std::string longest_user_;
  std::string longest_password_;
  std::string longest_token_;
  std::vector<std::string_view> responses_;
  std::vector<Request> all_;
};

/// Asks once, and takes a breach of the contract or a grant as a fault.
[[nodiscard]] Wrong ask_made_up(Instance& instance, const Request& request, std::chrono::milliseconds time);

/// Instances that were made and started, with a log that keeps its lines; null if that failed.
using MakeInstance = std::function<std::unique_ptr<Instance>(LogQueue&)>;

[[nodiscard]] Wrong check_deadline(Instance& instance);
[[nodiscard]] Wrong check_parallel(Instance& instance);
[[nodiscard]] Wrong check_apart(Instance& one, const MakeInstance& make);
/// `user` is one that the backend knows, or empty.
[[nodiscard]] Wrong check_secrets(const MakeInstance& make, const std::string& user);
[[nodiscard]] Wrong check_lives(const MakeInstance& make);

/// How many calls at once check_parallel() makes.
inline constexpr std::size_t parallel_calls = 8;

}  // namespace gatehouse::detail
