// SPDX-License-Identifier: Apache-2.0
// A granted request on its way to the upstream, and the response on its way back.
#include <algorithm>

#include "ascii.hpp"
#include "connection.hpp"
#include "forward_head.hpp"
#include "response_gate.hpp"
#include "use_await.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

constexpr int max_informational = 16;
constexpr HeadLimits response_limits{Block::size, 8 * 1024, 200};
constexpr std::string_view crlf = "\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";

/// Sent again without harm when a kept connection turns out to be closed.
bool is_repeatable(const RequestHead& head) noexcept {
  return head.framing == Framing::none && (head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS");
}

}  // namespace

/// The first protocol that is both offered and allowed. A body or another method than GET is no request to change.
void Connection::choose_upgrade() {
  upgrade_.clear();
  if (head_.framing != Framing::none || head_.method != "GET") return;
  for (const auto protocol : head_.upgrades) {
    const auto& allowed = door_->options.upgrades;
    const auto same = [protocol](const std::string& name) { return iequals(name, protocol); };
    if (std::any_of(allowed.begin(), allowed.end(), same)) {
      upgrade_ = protocol;
      return;
    }
  }
}

/// A browser adds the login to whatever any page asks for. Who takes Origin away from the service must look at it
/// instead.
bool Connection::is_forged_by_a_page() const noexcept {
  const bool reads = head_.method == "GET" || head_.method == "HEAD" || head_.method == "OPTIONS";
  return door_->options.strip_origin && (!reads || !upgrade_.empty()) && is_from_elsewhere(head_, origin_.host);
}

/// The service sees the caller's Host, unless it has a fixed one: rules of hosts must then hold for that one too.
Connection::Asked Connection::asked() const noexcept {
  const auto from = !origin_.known           ? std::string_view()
                    : origin_.client.empty() ? std::string_view("unix")
                                             : std::string_view(origin_.client);
  const bool differs = door_->options.upstream_host.empty() && !iequals(head_.host, origin_.host);
  const auto passed_on = head_.host.empty() ? std::string_view(door_->upstream_authority) : head_.host;
  return {head_.method, head_.path, origin_.host, from, differs ? passed_on : std::string_view()};
}

void Connection::write_context() {
  const auto& door = *door_;
  write_request_head(out_, head_,
                     {.rules = door.rules,
                      .upstream_host = door.options.upstream_host,
                      .upstream_authority = door.upstream_authority,
                      .trail = origin_.trail,
                      .scheme = origin_.scheme,
                      .host = origin_.host,
                      .upgrade = upgrade_,
                      .identity = identity_lines_,
                      .keep_authorization = door.settings.forward_authorization,
                      .strip_origin = door.options.strip_origin});
}

Awaitable<Connection::Next> Connection::exchange() {
  answered_ = false;
  upload_end_ = UploadEnd::complete;
  received_ = worker_.blocks.take();
  auto next = co_await pass_on();
  if (uploading_) {
    next = next == Next::keep ? Next::linger : next;
    co_await join_upload();
  }
  upstream_.reset();
  worker_.blocks.put(std::move(received_));
  if (next == Next::keep && !overshoot_.empty()) in_.append(overshoot_);
  overshoot_.clear();
  deadline_.arm(0);
  co_return left_&& next != Next::cut ? Next::close : next;
}

Awaitable<Connection::Next> Connection::pass_on() {
  const bool repeatable = is_repeatable(head_);
  upstream_ = worker_.pool.take(door_->upstream_id());
  bool reused = upstream_ != nullptr;
  while (true) {
    received_begin_ = received_end_ = 0;
    if (!upstream_) {
      if (const auto error = co_await connect()) co_return co_await upstream_fault(error);
    }
    auto error = co_await send_request();
    if (!error) error = co_await read_response_head();
    if (!error) break;
    const bool again = reused && repeatable && received_end_ == 0 && !deadline_.passed && !left_ && !ended_;
    if (!again) co_return co_await upstream_fault(error);
    upstream_.reset();
    reused = false;
  }
  access_.status = static_cast<int>(response_.status);
  if (response_.status == 101) co_return co_await tunnel();
  co_return co_await pass_back();
}

/// The head with what has come of the body; the rest is left to upload().
Awaitable<error_code> Connection::send_request() {
  error_code error;
  if (head_.expects_continue && in_.empty() && !body_.done()) {
    Gather pieces;
    pieces.add("HTTP/1.1 100 Continue\r\n\r\n");
    if (!client_.write_now(pieces, error)) error = co_await write_rest(client_, pieces, deadline_);
    if (error) {
      left_ = true;
      co_return error;
    }
  }
  Gather pieces;
  pieces.add(out_);
  std::size_t payload = 0;
  if (!body_.done() && !in_.empty()) {
    const auto bytes = in_.data();
    const auto step = body_.take(bytes);
    in_.consume(step.used);
    if (step.state == BodySource::State::bad) {
      upload_end_ = UploadEnd::bad_body;
      co_return asio::error::invalid_argument;
    }
    payload = step.payload;
    const ChunkSize size(payload);
    const bool chunked = head_.framing == Framing::chunked;
    if (chunked && payload > 0) pieces.add(size.line());
    pieces.add({bytes.data(), payload});
    if (chunked && payload > 0) pieces.add(crlf);
    if (chunked && body_.done()) pieces.add(last_chunk);
    if (!upstream_->stream.write_now(pieces, error)) {
      error = co_await write_rest(upstream_->stream, pieces, deadline_);
    }
  } else if (!upstream_->stream.write_now(pieces, error)) {
    error = co_await write_rest(upstream_->stream, pieces, deadline_);
  }
  if (!error && !body_.done()) start_upload();
  co_return error;
}

/// One read after what is not used yet. `seconds` 0: no deadline.
Awaitable<error_code> Connection::read_upstream(Ticks seconds) {
  // Where bytes are always ready no read ever waits, and cancelling it does nothing: it must not be begun.
  const bool body_failed = upload_end_ != UploadEnd::complete && upload_end_ != UploadEnd::upstream_failed;
  if (ended_ || left_ || body_failed) co_return asio::error::operation_aborted;
  deadline_.arm(seconds == 0 ? 0 : in(seconds));
  watching_ = true;
  const auto [error, size] = co_await upstream_->stream.read_some(std::span(received_->bytes).subspan(received_end_));
  watching_ = false;
  received_end_ += size;
  co_return error;
}

Awaitable<error_code> Connection::read_response_head() {
  HeadScan scan(response_limits);
  for (int informational = 0; informational <= max_informational;) {
    const std::string_view bytes(received_->bytes.data() + received_begin_, received_end_ - received_begin_);
    const auto state = scan.scan(bytes);
    if (state == HeadScan::State::more) {
      if (const auto error = co_await read_upstream(uploading_ ? 0 : door_->response)) co_return error;
      continue;
    }
    if (state != HeadScan::State::complete || scan.begin() != 0) break;
    if (!admit(bytes.substr(0, scan.end()), head_.method, response_, upgrade_)) break;
    received_begin_ += scan.end();
    if (response_.status >= 200 || response_.status == 101) co_return error_code();
    ++informational;
    if (response_.status != 100 && head_.minor >= 1) {
      std::string text;
      write_response_head(text, response_, {});
      Gather pieces;
      pieces.add(text);
      error_code error;
      if (!client_.write_now(pieces, error)) error = co_await write_rest(client_, pieces, deadline_);
      if (error) {
        left_ = true;
        co_return error;
      }
    }
    std::memmove(received_->bytes.data(), received_->bytes.data() + received_begin_, received_end_ - received_begin_);
    received_end_ -= received_begin_;
    received_begin_ = 0;
    scan.reset();
  }
  co_return asio::error::invalid_argument;
}

Awaitable<Connection::Next> Connection::pass_back() {
  BodySource source;
  source.start(response_.framing, response_.length);
  const bool unsized = response_.framing == Framing::chunked || response_.framing == Framing::until_close;
  const bool chunked = unsized && head_.minor >= 1;
  // Where nothing but the end of the connection tells the end of the body, an early one must not look like it.
  const auto cut = unsized && !chunked ? Next::cut : Next::close;
  const bool keep = head_.keep_alive && body_.done() && !uploading_ && !worker_.draining() && (!unsized || chunked);
  const std::uint64_t upstream_id = upstream_->upstream_id;
  write_response_head(out_, response_, {chunked, keep, head_.minor});

  Gather pieces;
  pieces.add(out_);
  while (true) {
    const auto bytes = std::span(received_->bytes).subspan(received_begin_, received_end_ - received_begin_);
    const auto step = source.done() || bytes.empty() ? BodySource::Step{} : source.take(bytes);
    if (step.state == BodySource::State::bad) {
      if (!answered_) co_return co_await upstream_fault(asio::error::invalid_argument);
      worker_.hub.log_limited(LogLevel::warning, "the upstream broke the chunked coding; the response was cut");
      co_return cut;
    }
    received_begin_ += step.used;
    const ChunkSize size(step.payload);
    if (chunked && step.payload > 0) pieces.add(size.line());
    pieces.add({bytes.data(), step.payload});
    if (chunked && step.payload > 0) pieces.add(crlf);
    if (chunked && source.done()) pieces.add(last_chunk);
    answered_ = true;
    access_.bytes += step.payload;
    error_code error;
    if (!client_.write_now(pieces, error)) error = co_await write_rest(client_, pieces, deadline_);
    if (error) co_return cut;
    if (source.done()) break;

    pieces = Gather();
    received_begin_ = received_end_ = 0;
    error = co_await read_upstream(uploading_ ? 0 : door_->body);
    if (error && !(error == asio::error::eof && source.end_of_stream())) {
      if (!left_ && !ended_ && upload_end_ == UploadEnd::complete) {
        worker_.hub.log_limited(LogLevel::warning, "the upstream ended a response before its end; it was cut");
      }
      co_return cut;
    }
  }
  const bool reusable = response_.keep_alive && body_.done() && !uploading_ && upload_end_ == UploadEnd::complete &&
                        received_begin_ == received_end_;
  if (reusable && !worker_.draining() && upstream_id == worker_.door()->upstream_id()) {
    worker_.pool.put(std::move(upstream_), worker_.now());
  }
  if (keep) co_return Next::keep;
  co_return body_.done() && !uploading_ ? Next::close : Next::linger;
}

/// The request was not answered by the upstream: says so, once, if the caller is still there.
Awaitable<Connection::Next> Connection::upstream_fault(error_code error) {
  const bool late = deadline_.passed;
  if (uploading_) co_await join_upload();
  const auto end = upload_end_;
  if (left_ || ended_ || end == UploadEnd::caller_left) co_return Next::close;
  if (end == UploadEnd::bad_body) co_return co_await send_fault(400, "The request's body is not valid.");
  if (end == UploadEnd::timeout) co_return co_await send_fault(408, "The request's body did not come in time.");

  const auto what = late                                     ? std::string("did not answer in time")
                    : error == asio::error::invalid_argument ? std::string("sent a response that is not valid HTTP")
                    : error == asio::error::eof              ? std::string("closed the connection without a response")
                    : !upstream_problem_.empty()             ? std::exchange(upstream_problem_, {})
                                                             : error.message();
  worker_.hub.log_limited(
      LogLevel::error, "upstream " + door_->upstream_authority + ": " + what + "; answered " + (late ? "504" : "502"));
  co_return co_await send_fault(late ? 504 : 502, late ? "The service did not answer in time."
                                                       : "The service behind this login cannot be reached.");
}

}  // namespace gatehouse::proxy
