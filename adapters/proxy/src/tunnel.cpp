// SPDX-License-Identifier: Apache-2.0
// After a 101: bytes both ways until both sides have ended.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "connection.hpp"
#include "forward_head.hpp"
#include "use_await.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

constexpr Ticks farewell = 30;  ///< for one side to end once the other has

}  // namespace

/// Carries what `from` sends to `to`; an end is passed on. A block is held only while there are bytes in it, so that
/// silent tunnels cost little.
Awaitable<error_code> Connection::carry(Stream& from, Stream& to, Deadline& deadline) {
  auto block = worker_.blocks.take();
  error_code error;
  while (!error && !ended_ && !stopping_ && !left_) {
    std::size_t size = 0;
    if (!from.read_now(block->bytes, size, error)) {
      worker_.blocks.put(std::move(block));
      error = co_await from.wait_readable();
      block = worker_.blocks.take();
      continue;
    }
    if (error) break;
    tunnel_used_ = worker_.now();
    Gather pieces;
    pieces.add({block->bytes.data(), size});
    if (!to.write_now(pieces, error)) error = co_await write_rest(to, pieces, deadline);
    if (!error) co_await asio::post(worker_.io, use_await);  // others have their turn, however much there is to carry
  }
  worker_.blocks.put(std::move(block));
  if (error == asio::error::eof) to.end_writing();
  co_return error;
}

Awaitable<Connection::Next> Connection::tunnel() {
  write_response_head(out_, response_, {.upgrade = upgrade_});
  Gather pieces;
  pieces.add(out_);
  pieces.add({received_->bytes.data() + received_begin_, received_end_ - received_begin_});
  error_code error;
  if (!client_.write_now(pieces, error)) error = co_await write_rest(client_, pieces, deadline_);
  answered_ = true;
  log_request();  // now: a tunnel may last for days, and the file may have been turned over by then
  if (!error && !in_.empty()) {
    pieces = Gather();
    pieces.add(in_.view());
    if (!upstream_->stream.write_now(pieces, error)) error = co_await write_rest(upstream_->stream, pieces, deadline_);
    in_.consume(in_.view().size());
  }
  if (error) co_return Next::close;
  in_.settle();
  worker_.blocks.put(std::move(received_));
  tunnel_limit_ = door_->tunnel;
  tunnel_used_ = worker_.now();
  door_.reset();  // a tunnel may last for days: it must not hold a configuration that was replaced

  uploading_ = true;
  stopping_ = false;
  asio::co_spawn(worker_.io, carry(client_, upstream_->stream, upload_deadline_),
                 [self = shared_from_this()](const std::exception_ptr& thrown, error_code ended) {
                   self->uploading_ = false;
                   self->upload_deadline_.arm(0);
                   self->tunnel_limit_ = std::min(self->tunnel_limit_, farewell);
                   if (thrown || ended != asio::error::eof) {
                     self->left_ = true;
                     self->cancel_all();
                   }
                   self->event_.cancel();
                 });
  error = co_await carry(upstream_->stream, client_, deadline_);
  tunnel_limit_ = std::min(tunnel_limit_, farewell);
  while (uploading_ && error == asio::error::eof && !ended_) co_await event_.async_wait(use_await);
  tunnel_limit_ = 0;
  co_return Next::close;
}

}  // namespace gatehouse::proxy
