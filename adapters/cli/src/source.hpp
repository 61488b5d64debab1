// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The configuration that a command line names.
#include <gatehouse/auth_socket.hpp>
#include <gatehouse/proxy.hpp>
#include <gatehouse/runtime.hpp>

#include "arguments.hpp"

namespace gatehouse::cli {

/// For a command that a person waits for: warnings and errors of the engine go to standard error as they are.
/// For commands that look and do not serve.
[[nodiscard]] RuntimeOptions runtime_options(const Arguments& arguments);

/// What a door needs to open: something behind it, and one realm. `options` are proxy_options() of `config`.
[[nodiscard]] Result<void> check_door(const Config& config, const proxy::ProxyOptions& options,
                                      const Arguments& arguments);

/// What `serve` would find when it opens the doors that the file names. The text is what it may have to be told on its
/// command line besides; empty: nothing.
[[nodiscard]] Result<std::string> check_serve(const Config& config, const Arguments& arguments);

/// With the sections that `serve` reads, so that every command checks the same file in the same way.
[[nodiscard]] ConfigSource config_source(const Arguments& arguments);

/// How to serve `config`: what the file says, and over it what the command line says. The Error names the key.
[[nodiscard]] Result<proxy::ProxyOptions> proxy_options(const Config& config, const Arguments& arguments);

/// The same for the auth socket; without a path there is none.
[[nodiscard]] Result<auth_socket::DoorOptions> auth_socket_options(const Config& config, const Arguments& arguments);

/// Whether the file or the command line names a service to stand in front of.
[[nodiscard]] bool has_upstream(const Config& config, const Arguments& arguments);

/// Checks the sections of the doors as far as that goes without opening anything: [proxy], [http], [auth_socket],
/// and that the realm to serve exists.
[[nodiscard]] Result<void> check_sections(const Config& config, const Arguments& arguments);

}  // namespace gatehouse::cli
