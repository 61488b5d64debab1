// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The auth socket: programs on this machine, such as pam_gatehouse.so, ask the engine of a server that runs already.
/// Who asks is known from the kernel: root may ask for anyone, another user only for himself.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <gatehouse/runtime.hpp>

namespace gatehouse::auth_socket {

struct DoorOptions {
  std::string path;   ///< absolute; empty: no such door
  std::string realm;  ///< for questions that name none; may be empty when the configuration has one realm
};

/// The section [auth_socket] of a configuration, and what it says.
[[nodiscard]] SectionSpec section();
[[nodiscard]] Result<DoorOptions> options(const OptionValues& values);

/// Called from any of this door's threads, and meanwhile from none other of them.
using Log = std::function<void(LogLevel, std::string_view)>;

/// Life: open, start, destroy; all on the thread that owns the Runtime, which must outlive it.
class Door {
 public:
  /// Listens; nothing is answered before start(). A socket that was left over there is replaced.
  [[nodiscard]] static Result<std::unique_ptr<Door>> open(const Config& config, const DoorOptions& options, Log log);
  /// Starts one thread. The Runtime must be started; answers come while somebody calls its dispatch().
  [[nodiscard]] Result<void> start();
  /// Whether take() can take this. [any-thread]
  [[nodiscard]] static Result<void> check(const Config& config, const DoorOptions& options);
  /// Questions that come from now on go to `config`, which check() found good. Another path is not taken, and logged.
  /// [any-thread], one at a time.
  void take(Config config, DoorOptions options);
  /// Closes the socket and removes it; questions that are not answered will not be.
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

 private:
  struct State;
  explicit Door(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::auth_socket
