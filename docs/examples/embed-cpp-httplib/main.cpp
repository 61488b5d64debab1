// SPDX-License-Identifier: Apache-2.0
// A server with a thread for each connection, as cpp-httplib makes it, that greets whoever logs in.
//
//   embed-cpp-httplib 8080 htpasswd:/etc/app/users        (port 0: any that is free)
#include <httplib.h>

#include <functional>
#include <iostream>
#include <vector>

#include <gatehouse/http.hpp>
#include <gatehouse/runtime.hpp>

namespace http = gatehouse::http;
using Greeter = std::function<void(const gatehouse::Identity&, httplib::Response&)>;

void send(const http::Answer& answer, httplib::Response& response) {
  std::string type = "text/plain";
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) {
    if (name == "Content-Type") type = value;
    if (name != "Content-Type" && name != "Content-Length") response.set_header(name, value);
  }
  if (answer.close) response.set_header("Connection", "close");
  response.set_content(answer.body, type);
}

// [guarded]
/// A handler that is called for those who are let in; everybody else is answered here.
httplib::Server::Handler guarded(const gatehouse::Realm& realm, const Greeter& handler) {
  return [realm, handler](const httplib::Request& request, httplib::Response& response) {
    std::vector<http::Header> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    const http::Asker asker{request.method, headers};
    const http::Offer offer{realm.display_name(), realm.credentials()};
    http::Scratch scratch;  // holds the password, and wipes it
    auto credential = http::read_credential(headers, scratch);
    using State = http::Credential::State;
    if (credential.state == State::malformed) {
      return send(http::answer_fault(400, "The request has more than one credential.", asker), response);
    }
    if (credential.state == State::refused) return send(http::answer_refused(offer, asker), response);
    // By these the throttle knows a guesser, and the audit log the door.
    const gatehouse::Attribute known[] = {{"client.address", request.remote_addr}, {"door", "greeter"}};
    credential.request.attributes = known;
    const gatehouse::Decision decision = realm.decide(credential.request);
    if (!decision.granted()) return send(http::answer(decision, offer, asker), response);
    handler(decision.identity(), response);
  };
}
// [guarded]

int give_up(const std::string& message) {
  std::cerr << "embed-cpp-httplib: " << message << "\n";
  return 2;
}

int main(int argc, char** argv) {
  if (argc != 3) return give_up("usage: embed-cpp-httplib PORT BACKEND-URI");
  auto log = [](gatehouse::LogLevel, std::string_view line) { std::cerr << line << std::endl; };
  auto runtime = gatehouse::Runtime::open({.log = log});
  if (!runtime) return give_up(runtime.error().message);
  auto config = runtime->load({.backends = {argv[2]}, .display_name = "Greetings"});
  if (!config) return give_up(config.error().message);
  auto realm = config->realm();
  if (!realm) return give_up(realm.error().message);
  if (auto started = runtime->start(); !started) return give_up(started.error().message);

  httplib::Server server;
  server.set_payload_max_length(16384);
  server.Get(".*", guarded(*realm, [](const gatehouse::Identity& caller, httplib::Response& response) {
               response.set_content("Hello, " + caller.subject + "\n", "text/plain");
             }));
  const int port = std::stoi(argv[1]) == 0 ? server.bind_to_any_port("127.0.0.1") : std::stoi(argv[1]);
  if (std::stoi(argv[1]) != 0 && !server.bind_to_port("127.0.0.1", port)) return give_up("the port is taken");
  std::cout << "http://127.0.0.1:" << port << std::endl;
  return server.listen_after_bind() ? 0 : 1;
}
