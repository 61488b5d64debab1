// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The names from Asio that the proxy uses, bound to one executor type so that nothing is type-erased per operation.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string_view>

namespace gatehouse::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
using Endpoint = asio::generic::stream_protocol::endpoint;
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Awaitable = asio::awaitable<T, Executor>;

/// Pieces to be written with one system call.
class Gather {
 public:
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;

  /// At most eight; empty pieces take no place.
  void add(std::string_view piece) noexcept {
    if (!piece.empty()) parts_[end_++] = asio::const_buffer(piece.data(), piece.size());
  }
  void consume(std::size_t size) noexcept {
    while (begin_ != end_ && size >= parts_[begin_].size()) size -= parts_[begin_++].size();
    if (begin_ != end_) parts_[begin_] += size;
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] const_iterator begin() const noexcept { return parts_.data() + begin_; }
  [[nodiscard]] const_iterator end() const noexcept { return parts_.data() + end_; }

 private:
  std::array<asio::const_buffer, 8> parts_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace gatehouse::proxy
