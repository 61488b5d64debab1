// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>

#include "forward_head.hpp"
#include "use_await.hpp"
#include "whoami.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

constexpr std::uint64_t max_discard = 64 * 1024;
constexpr std::uint64_t max_linger = 32 * 1024 * 1024;
constexpr Ticks linger_seconds = 5;

Refusal refusal_of(HeadScan::State state) noexcept {
  switch (state) {
    case HeadScan::State::first_line_too_long:
      return {414, "The request target is too long."};
    case HeadScan::State::too_large:
      return {431, "The request's header fields are too large."};
    default:
      return {400, "The request is not valid HTTP/1.1."};
  }
}

}  // namespace

void Connection::start(Worker& worker, Socket socket, std::string peer, Role role) noexcept {
  std::shared_ptr<Connection> connection;
  try {
    connection = std::make_shared<Connection>(worker, std::move(socket), std::move(peer), role);
    connection->run();
  } catch (const std::exception&) {
    if (!connection) worker.hub.connections(role).fetch_sub(1, std::memory_order_relaxed);
    worker.hub.log_limited(LogLevel::error, "a connection was not served: out of memory");
  }
}

void Connection::run() {
  asio::co_spawn(worker_.io, serve(), [connection = shared_from_this()](const std::exception_ptr& error) {
    if (!error) return;
    connection->client_.abort();  // what it was being sent must not look whole
    connection->worker_.hub.log_limited(LogLevel::error, "a connection was ended: out of memory or descriptors");
  });
}

Connection::Connection(Worker& worker, Socket socket, std::string peer, Role role)
    : worker_(worker),
      role_(role),
      client_(std::move(socket)),
      peer_(std::move(peer)),
      number_(worker.hub.last_connection.fetch_add(1, std::memory_order_relaxed) + 1),
      event_(worker.io) {
  event_.expires_at(Timer::time_point::max());
  worker_.entered(*this);
  worker_.waits(*this);
}

Connection::~Connection() {
  if (counted_) worker_.hub.sources.leave(peer_);
  worker_.left(*this);
}

/// Deadlines count whole ticks; one more makes sure that none is short.
Ticks Connection::in(Ticks seconds) const noexcept {
  return worker_.now() + seconds + 1;
}

void Connection::cancel_all() noexcept {
  client_.cancel();
  if (upstream_) upstream_->stream.cancel();
  try {
    event_.cancel();
  } catch (const boost::system::system_error&) {
    return;  // the next tick tries again
  }
}

void Connection::tick(Ticks now) noexcept {
  if (tunnel_limit_ != 0 && now - tunnel_used_ > tunnel_limit_) ended_ = true;
  // A cancel does nothing where an operation has just completed: each reason to wake is told again with every tick.
  bool wake = ended_ || (uploading_ && stopping_);
  for (auto* deadline : {&deadline_, &upload_deadline_}) {
    if (deadline->at != 0 && now >= deadline->at) {
      deadline->at = 0;
      deadline->passed = true;
    }
    wake = wake || deadline->passed;
  }
  if (watching_ && !uploading_ && !left_ && client_.peer_left()) left_ = true;
  if (wake || left_) cancel_all();
}

void Connection::end_if_idle() noexcept {
  if (idle_) end();
}

void Connection::end() noexcept {
  ended_ = true;
  cancel_all();
}

Awaitable<void> Connection::serve() {
  const auto self = shared_from_this();
  Next next = co_await greet() ? Next::keep : Next::close;
  while (next == Next::keep && !ended_) {
    in_.settle();
    next = co_await one_request();
    door_.reset();
  }
  if (next == Next::linger && !ended_) co_await linger();
  if (next == Next::cut) {
    client_.abort();
  } else {
    client_.close();
  }
}

Awaitable<bool> Connection::read_head(std::optional<Refusal>& refusal) {
  scan_.reset();
  head_.method = head_.target = head_.host = {};
  head_.fields.clear();
  head_.minor = 1;
  body_.start(Framing::none, 0);
  idle_ = in_.empty();
  if (!WaitingHook::is_linked()) worker_.waits(*this);
  deadline_.arm(in(idle_ ? worker_.door()->idle : worker_.door()->header));
  while (true) {
    if (!in_.empty()) {
      const auto state = scan_.scan(in_.view());
      if (state == HeadScan::State::complete) co_return true;
      if (state != HeadScan::State::more) {
        refusal = refusal_of(state);
        co_return false;
      }
    }
    if (idle_ && worker_.draining()) co_return false;
    const auto space = in_.prepare();
    const auto [error, size] = co_await client_.read_some(space);
    if (error || (deadline_.passed && !idle_)) {
      if (deadline_.passed && !idle_) refusal = Refusal{408, "The request did not come in time."};
      co_return false;
    }
    if (idle_) deadline_.arm(in(worker_.door()->header));
    idle_ = false;
    in_.commit(size);
  }
}

Awaitable<Connection::Next> Connection::one_request() {
  access_.status = 0;
  sending_ = taking_ = {};
  const auto next = co_await answer_request();
  log_request();
  co_return next;
}

Awaitable<Connection::Next> Connection::answer_request() {
  std::optional<Refusal> refusal;
  const bool complete = co_await read_head(refusal);
  idle_ = false;
  WaitingHook::unlink();
  deadline_.arm(0);
  if (!complete && (!refusal || ended_)) co_return Next::close;
  door_ = worker_.door();
  if (complete) {
    refusal = admit(in_.view().substr(scan_.begin(), scan_.end() - scan_.begin()), head_, scheme());
    in_.consume(scan_.end());
  }
  const bool believed = !refusal && !peer_is_relay_;
  origin_ =
      find_origin(head_, peer_, scheme(), believed ? door_->options.trusted_proxies : std::span<const http::Network>());
  origin_.known = origin_.known && caller_is_known_;
  name_request();
  note_request(refusal.has_value());
  if (refusal) {
    co_await send_fault(refusal->status, refusal->message);
    co_return Next::linger;
  }
  body_.start(head_.framing, head_.length);

  if (role_ == Role::forward_auth) {
    auto answer = co_await answer_proxy();
    if (left_ || ended_) co_return Next::close;
    co_return co_await send(std::move(answer));
  }
  if (auto answer = co_await judge(asked())) {
    if (left_ || ended_) co_return Next::close;
    co_return co_await send(*std::move(answer));
  }
  choose_upgrade();
  if (is_forged_by_a_page()) {
    worker_.hub.log_limited(LogLevel::warning, "refused what a page of another host asked for: its Origin is not " +
                                                   std::string(origin_.host) + ", and upstream_origin is \"strip\"");
    co_return co_await send_fault(403, "Pages of other hosts may not do this.");
  }
  write_context();
  if (door_->upstream.whoami) co_return co_await send(whoami(out_, door_->settings.identity.names(), asker()));
  co_return co_await exchange();
}

Awaitable<Connection::Next> Connection::send_fault(int status, std::string_view message) {
  auto answer = http::answer_fault(status, message, asker());
  answer.close = answer.close || status < 500 || status == 501;  // who was refused may send what it liked
  co_return co_await send(std::move(answer));
}

/// An answer of our own. What is left of the request's body is read over if it is short, else the connection ends.
Awaitable<Connection::Next> Connection::send(http::Answer answer) {
  bool keep = head_.keep_alive && !answer.close && !worker_.draining();
  if (keep && !body_.done()) {
    if (!in_.empty()) {
      const auto step = body_.take(in_.data());
      in_.consume(step.used);
      keep = step.state != BodySource::State::bad;
    }
    if (!body_.done()) {
      keep = keep && !head_.expects_continue && body_.framing() == Framing::length && body_.left() <= max_discard;
    }
  }
  access_.status = answer.status;
  access_.bytes = head_.method == "HEAD" ? 0 : answer.body.size();
  write_answer_head(out_, answer, keep, head_.minor);
  Gather pieces;
  pieces.add(out_);
  if (head_.method != "HEAD") pieces.add(answer.body);
  error_code error;
  if (!client_.write_now(pieces, error)) error = co_await write_rest(client_, pieces, deadline_);
  if (error) co_return Next::close;
  if (!keep) co_return body_.done() ? Next::close : Next::linger;

  while (!body_.done()) {
    deadline_.arm(in(worker_.door()->body));
    const auto space = in_.prepare();
    const auto before = worker_.now();
    const auto [failed, size] = co_await client_.read_some(space);
    const auto& door = *worker_.door();
    if (failed || !sending_.keeps(worker_.now() - before, size, door.body, door.options.min_rate)) {
      co_return Next::close;
    }
    in_.commit(size);
    in_.consume(body_.take(in_.data()).used);
  }
  co_return Next::keep;
}

/// Takes what the caller still sends, so that it can read the answer before the connection is reset.
Awaitable<void> Connection::linger() {
  client_.end_writing();
  auto block = worker_.blocks.take();
  deadline_.arm(in(linger_seconds));
  for (std::uint64_t taken = 0; taken < max_linger && !deadline_.passed && !ended_;) {
    const auto [error, size] = co_await client_.read_some(block->bytes);
    if (error) break;
    taken += size;
  }
  worker_.blocks.put(std::move(block));
}

Awaitable<error_code> Connection::write_rest(Stream& stream, Gather& pieces, Deadline& deadline) {
  while (!pieces.empty()) {
    const auto& door = *worker_.door();
    const auto grace = door.write;
    const auto rate = door.options.min_rate;
    const auto before = worker_.now();
    deadline.arm(in(grace));
    const auto [error, size] = co_await stream.write_some(pieces);
    if (error) co_return error;
    if (&stream == &client_ && !taking_.keeps(worker_.now() - before, size, grace, rate)) {
      co_return asio::error::timed_out;
    }
    pieces.consume(size);
  }
  deadline.arm(0);
  co_return error_code();
}

}  // namespace gatehouse::proxy
