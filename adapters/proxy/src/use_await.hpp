// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How coroutines wait for Asio here: co_await gives (error, result) and never throws for a socket's sake.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net.hpp"

namespace gatehouse::proxy {

inline constexpr auto use_await = asio::as_tuple_t<asio::use_awaitable_t<Executor>>();

}  // namespace gatehouse::proxy
