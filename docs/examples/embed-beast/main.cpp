// SPDX-License-Identifier: Apache-2.0
// A small HTTP server on one thread that greets whoever logs in. It asks the engine without ever blocking its event
// loop, and lets gatehouse::http read the credential and word the refusals.
//
//   embed-beast 8080 htpasswd:/etc/app/users        (port 0: any that is free)
#include <unistd.h>

#include <boost/asio.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/beast.hpp>
#include <iostream>
#include <memory>
#include <vector>

#include <gatehouse/http.hpp>
#include <gatehouse/runtime.hpp>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
constexpr auto as_tuple = asio::experimental::as_tuple(use_awaitable);

// [decide]
/// At once when the answer is known, otherwise when Runtime::dispatch() brings it.
asio::awaitable<gatehouse::Decision> decide(const gatehouse::Realm& realm, const gatehouse::Request& request) {
  if (auto known = realm.try_decide(request)) co_return *known;
  auto ask = [&](auto handler) {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    (void)realm.decide_async(request, [resume](gatehouse::Decision decision) { (*resume)(std::move(decision)); });
  };
  co_return co_await asio::async_initiate<decltype(use_awaitable), void(gatehouse::Decision)>(ask, use_awaitable);
}

/// The engine's own events, on this thread: answers and log lines.
asio::awaitable<void> dispatch(gatehouse::Runtime& runtime) {
  asio::posix::stream_descriptor ready(co_await asio::this_coro::executor, ::dup(runtime.fd()));
  for (;;) {
    co_await ready.async_wait(asio::posix::stream_descriptor::wait_read, use_awaitable);
    runtime.dispatch();
  }
}
// [decide]

// [answer]
asio::awaitable<gatehouse::http::Answer> answer(const gatehouse::Realm& realm,
                                                const http::request<http::string_body>& request) {
  std::vector<gatehouse::http::Header> headers;
  for (const auto& field : request) headers.push_back({field.name_string(), field.value()});
  const gatehouse::http::Asker asker{request.method_string(), headers};
  const gatehouse::http::Offer offer{realm.display_name(), realm.credentials()};

  gatehouse::http::Scratch scratch;  // holds the password, and wipes it
  const auto credential = gatehouse::http::read_credential(headers, scratch);
  using State = gatehouse::http::Credential::State;
  if (credential.state == State::malformed) {
    co_return gatehouse::http::answer_fault(400, "The request has more than one credential.", asker);
  }
  if (credential.state == State::refused) co_return gatehouse::http::answer_refused(offer, asker);

  const gatehouse::Decision decision = co_await decide(realm, credential.request);
  if (!decision.granted()) co_return gatehouse::http::answer(decision, offer, asker);
  std::string text = "Hello, " + decision.subject() + "\n";
  co_return gatehouse::http::Answer{
      200, {{"Content-Type", "text/plain"}, {"Content-Length", std::to_string(text.size())}}, text};
}
// [answer]

asio::awaitable<void> serve(boost::beast::tcp_stream stream, gatehouse::Realm realm) {
  boost::beast::flat_buffer buffer;
  for (bool keep = true; keep;) {
    stream.expires_after(std::chrono::seconds(30));
    http::request_parser<http::string_body> parser;
    parser.body_limit(16384);
    const auto [read_error, read_size] = co_await http::async_read(stream, buffer, parser, as_tuple);
    if (read_error) co_return;

    const auto& request = parser.get();
    const gatehouse::http::Answer answered = co_await answer(realm, request);
    http::response<http::string_body> response(static_cast<http::status>(answered.status), request.version());
    for (const auto& [name, value] : answered.headers) response.insert(name, value);
    response.keep_alive(keep = request.keep_alive() && !answered.close);
    if (request.method() != http::verb::head) response.body() = answered.body;
    const auto [write_error, write_size] = co_await http::async_write(stream, response, as_tuple);
    if (write_error) co_return;
  }
}

asio::awaitable<void> listen(tcp::acceptor acceptor, gatehouse::Realm realm) {
  for (;;) {
    boost::beast::tcp_stream stream(co_await acceptor.async_accept(use_awaitable));
    asio::co_spawn(acceptor.get_executor(), serve(std::move(stream), realm), asio::detached);
  }
}

int give_up(const std::string& message) {
  std::cerr << "embed-beast: " << message << "\n";
  return 2;
}

int main(int argc, char** argv) try {
  if (argc != 3) return give_up("usage: embed-beast PORT BACKEND-URI");
  asio::io_context context(1);  // outlives the runtime, whose unanswered calls hold coroutines
  auto log = [](gatehouse::LogLevel, std::string_view line) { std::cerr << line << "\n"; };
  auto runtime = gatehouse::Runtime::open({.log = log});
  if (!runtime) return give_up(runtime.error().message);
  auto config = runtime->load({.backends = {argv[2]}, .display_name = "Greetings"});
  if (!config) return give_up(config.error().message);
  auto realm = config->realm();
  if (!realm) return give_up(realm.error().message);
  if (auto started = runtime->start(); !started) return give_up(started.error().message);

  const auto port = static_cast<std::uint16_t>(std::stoi(argv[1]));
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
  std::cout << "http://" << acceptor.local_endpoint() << std::endl;
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](auto, auto) { context.stop(); });
  asio::co_spawn(context, dispatch(*runtime), asio::detached);
  asio::co_spawn(context, listen(std::move(acceptor), *realm), asio::detached);
  context.run();
  return 0;
} catch (const std::exception& error) {
  return give_up(error.what());
}
