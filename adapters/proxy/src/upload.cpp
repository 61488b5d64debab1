// SPDX-License-Identifier: Apache-2.0
// A request's body on its way to the upstream while the response may already come.
#include <boost/asio/co_spawn.hpp>

#include "connection.hpp"
#include "use_await.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

void Connection::start_upload() {
  uploading_ = true;
  stopping_ = false;
  asio::co_spawn(worker_.io, upload(), [self = shared_from_this()](const std::exception_ptr& error) {
    if (error) self->upload_end_ = UploadEnd::upstream_failed;
    self->uploading_ = false;
    self->upload_deadline_.arm(0);
    if (self->upload_end_ == UploadEnd::complete || self->upload_end_ == UploadEnd::upstream_failed) {
      // serve() waits for the response; its time begins now.
      if (self->deadline_.at == 0 && self->watching_) self->deadline_.arm(self->in(self->door_->response));
      self->event_.cancel();
    } else {
      self->cancel_all();
    }
  });
}

Awaitable<void> Connection::upload() {
  auto block = worker_.blocks.take();
  upload_end_ = co_await pump_upload(*block);
  worker_.blocks.put(std::move(block));
}

Awaitable<Connection::UploadEnd> Connection::pump_upload(Block& block) {
  const bool chunked = body_.framing() == Framing::chunked;
  while (!body_.done()) {
    // What was told between two waits cancelled nothing.
    if (stopping_ || ended_) co_return UploadEnd::stopped;
    // Bytes after a body of known length belong to the next request: they are left where they are.
    const auto room =
        chunked ? Block::size : static_cast<std::size_t>(std::min<std::uint64_t>(body_.left(), Block::size));
    upload_deadline_.arm(in(door_->body));
    const auto before = worker_.now();
    const auto [failed, size] = co_await client_.read_some(std::span(block.bytes).first(room));
    if (failed) {
      co_return upload_deadline_.passed ? UploadEnd::timeout : stopping_ ? UploadEnd::stopped : UploadEnd::caller_left;
    }
    if (!sending_.keeps(worker_.now() - before, size, door_->body, door_->options.min_rate))
      co_return UploadEnd::timeout;
    const auto step = body_.take(std::span(block.bytes).first(size));
    if (step.state == BodySource::State::bad) co_return UploadEnd::bad_body;

    const ChunkSize line(step.payload);
    Gather pieces;
    if (chunked && step.payload > 0) pieces.add(line.line());
    pieces.add({block.bytes.data(), step.payload});
    if (chunked && step.payload > 0) pieces.add("\r\n");
    if (chunked && body_.done()) pieces.add("0\r\n\r\n");
    if (step.used < size) overshoot_.assign(block.bytes.data() + step.used, size - step.used);
    error_code error;
    if (!upstream_->stream.write_now(pieces, error)) {
      error = co_await write_rest(upstream_->stream, pieces, upload_deadline_);
    }
    if (error) co_return UploadEnd::upstream_failed;
  }
  co_return UploadEnd::complete;
}

/// Ends the upload and waits until it has ended: only then may its sockets be used otherwise.
Awaitable<void> Connection::join_upload() {
  stopping_ = true;
  while (uploading_) {
    cancel_all();
    co_await event_.async_wait(use_await);
  }
}

}  // namespace gatehouse::proxy
