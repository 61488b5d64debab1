// SPDX-License-Identifier: Apache-2.0
// One request a connection: there is nothing to keep, and nothing for a second request to hide behind.
#include "admin_server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "admin_query.hpp"
#include "admin_socket.hpp"

namespace gatehouse::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::string_view;
using Protocol = asio::generic::stream_protocol;
using Stream = boost::beast::basic_stream<Protocol>;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr std::size_t head_limit = 8 * 1024;
constexpr std::size_t most_connections = 64;

Response reply(http::status status, std::string body, string_view type = "text/plain; charset=utf-8") {
  Response response(status, 11);
  response.set(http::field::content_type, type);
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body);
  return response;
}

}  // namespace

struct AdminServer::State {
  State(AdminSocket made, AdminPages given)
      : socket(std::move(made)), pages(std::move(given)), acceptor(io), pause(io) {}

  asio::awaitable<void> accept();
  asio::awaitable<void> serve(Protocol::socket connection);
  [[nodiscard]] asio::awaitable<Response> answer(const Request& request, bool trusted);
  [[nodiscard]] Response page(const Request& request) const;
  [[nodiscard]] Response command(std::string_view target) const;

  AdminSocket socket;
  AdminPages pages;
  asio::io_context io{1};
  Acceptor acceptor;
  asio::steady_timer pause;
  std::size_t connections = 0;
  asio::thread_pool commands{1};  ///< a command may take its time: health and metrics do not wait for it
  std::thread thread;
};

asio::awaitable<void> AdminServer::State::accept() {
  while (acceptor.is_open()) {
    boost::system::error_code error;
    auto connection = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor.is_open() || error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors, mostly.
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    if (connections >= most_connections) continue;
    ++connections;
    asio::co_spawn(io, serve(std::move(connection)), [this](const std::exception_ptr&) { --connections; });
  }
}

asio::awaitable<void> AdminServer::State::serve(Protocol::socket connection) {
  const bool trusted = socket.local() && is_trusted_peer(connection.native_handle());
  Stream stream(std::move(connection));
  stream.expires_after(pages.time_limit);
  boost::beast::flat_buffer buffer(head_limit + 1024);
  http::request_parser<http::empty_body> parser;
  parser.header_limit(head_limit);
  boost::system::error_code error;
  co_await http::async_read_header(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  if (error == http::error::end_of_stream || error == boost::beast::error::timeout) co_return;
  Response response;
  if (error) {
    response = reply(http::status::bad_request, "this is not HTTP\n");
  } else {
    response = co_await answer(parser.get(), trusted);
    stream.expires_after(pages.time_limit);  // the command's own time is over, whatever it was
  }
  response.keep_alive(false);
  response.prepare_payload();
  http::response_serializer<http::string_body> serializer(response);
  serializer.split(true);
  co_await http::async_write_header(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  if (!error && parser.get().method() != http::verb::head) {
    co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  }
  stream.socket().shutdown(asio::socket_base::shutdown_send, error);
  // What the caller still sends is read, so that it gets the answer; a little of it.
  std::array<char, 1024> rest{};
  for (std::size_t read = 0; read < head_limit && !error;) {
    read += co_await stream.async_read_some(asio::buffer(rest), asio::redirect_error(asio::use_awaitable, error));
  }
}

asio::awaitable<Response> AdminServer::State::answer(const Request& request, bool trusted) {
  if (request.count(http::field::transfer_encoding) > 0 ||
      (request.count(http::field::content_length) > 0 && request[http::field::content_length] != "0")) {
    co_return reply(http::status::bad_request, "a request here has no body\n");
  }
  if (request.method() == http::verb::get || request.method() == http::verb::head) co_return page(request);
  if (request.method() != http::verb::post || !socket.local()) {
    auto refusal =
        reply(http::status::method_not_allowed, "commands are taken on a unix socket only: --admin unix:PATH\n");
    refusal.set(http::field::allow, "GET, HEAD");
    co_return refusal;
  }
  if (!trusted) {
    pages.log(LogLevel::warning, "a command on the admin socket was refused: the caller is another user");
    co_return reply(http::status::forbidden, "only root and the user that gatehouse runs as may command it\n");
  }
  const std::string target(request.target());
  const auto run = [this, &target]() -> asio::awaitable<Response> { co_return command(target); };
  co_return co_await asio::co_spawn(commands, run, asio::use_awaitable);
}

Response AdminServer::State::page(const Request& request) const {
  if (request.target() == "/health") {
    const bool ready = pages.ready();
    return reply(ready ? http::status::ok : http::status::service_unavailable, pages.health(), "application/json");
  }
  if (request.target() == "/metrics") {
    return reply(http::status::ok, pages.metrics(), "text/plain; version=0.0.4; charset=utf-8");
  }
  return reply(http::status::not_found, "there is: /health, /metrics\n");
}

Response AdminServer::State::command(std::string_view target) const {
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  const auto found = std::find_if(pages.commands.begin(), pages.commands.end(),
                                  [path](const AdminCommand& known) { return known.path == path; });
  if (found == pages.commands.end()) return reply(http::status::not_found, "there is no such command\n");
  const auto parameters =
      read_query(question == std::string_view::npos ? std::string_view() : target.substr(question + 1));
  if (!parameters) return reply(http::status::bad_request, "the query is malformed\n");
  pages.log(LogLevel::info, "admin socket: " + std::string(path.substr(1)));
  AdminReply said = found->run(*parameters);
  return reply(said.ok ? http::status::ok : http::status::conflict, std::move(said.text) + "\n");
}

AdminServer::AdminServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

AdminServer::~AdminServer() {
  state_->socket.remove_file();
  state_->io.stop();
  state_->commands.join();
  if (state_->thread.joinable()) state_->thread.join();
}

Result<std::unique_ptr<AdminServer>> AdminServer::open(const std::string& address, AdminPages pages) {
  auto socket = AdminSocket::listen(address);
  if (!socket) return socket.error();
  try {
    auto state = std::make_unique<State>(*std::move(socket), std::move(pages));
    sockaddr_storage name = {};
    socklen_t size = sizeof name;
    if (getsockname(state->socket.fd(), reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      return Error{"admin " + address + ": the socket has no name"};
    }
    state->acceptor.assign(Protocol(name.ss_family, 0), state->socket.release());
    asio::co_spawn(state->io, state->accept(), [](const std::exception_ptr&) {});
    state->thread = std::thread([running = state.get()] {
      for (bool over = false; !over;) {
        try {
          running->io.run();
          over = true;
        } catch (const std::exception& e) {
          running->pages.log(LogLevel::error, std::string("the admin listener: ") + e.what());
        }
      }
    });
    return std::unique_ptr<AdminServer>(new AdminServer(std::move(state)));
  } catch (const std::exception& e) {
    return Error{"admin " + address + ": " + e.what()};
  }
}

const std::string& AdminServer::address() const noexcept {
  return state_->socket.address();
}

}  // namespace gatehouse::cli
