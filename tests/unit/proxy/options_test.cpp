// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "gatehouse/proxy.hpp"

namespace gatehouse::proxy {
namespace {

using Written = std::variant<std::string, std::int64_t, std::vector<std::string>>;

/// The section as a configuration gives it. Defaults are left to the test that needs them.
OptionValues written(const std::map<std::string, Written>& values) {
  const auto specs = section().options;
  std::vector<OptionValue> all;
  for (const auto& spec : specs) {
    OptionValue value;
    value.type = spec.type;
    if (const auto found = values.find(spec.name); found != values.end()) {
      value.given = value.present = true;
      if (const auto* text = std::get_if<std::string>(&found->second)) value.text = *text;
      if (const auto* number = std::get_if<std::int64_t>(&found->second)) value.number = *number;
      if (const auto* list = std::get_if<std::vector<std::string>>(&found->second)) value.list = *list;
    }
    all.push_back(value);
  }
  return OptionValues(specs, all);
}

std::string why(const std::map<std::string, Written>& values) {
  const auto read = options(written(values));
  return read ? std::string("taken") : read.error().message;
}

TEST_CASE("values that cannot be meant") {
  CHECK(why({{"listen", "x"}}).find("[proxy] listen \"x\"") == 0);
  CHECK(why({{"upstream", "https://a/b"}}).find("[proxy] upstream") == 0);
  CHECK(why({{"upstream_host", "a/b"}}).find("[proxy] upstream_host") == 0);
  CHECK(why({{"trusted_proxies", std::vector<std::string>{"10.0.0.1/8"}}}).find("[proxy] trusted_proxies") == 0);
  CHECK(why({{"proxy_protocol", std::int64_t{1}}}).find("trusted_proxies") != std::string::npos);
  for (const auto* protocol : {"h2c", "H2C", "HTTP/2.0", "h2", "TLS/1.0", "", "a b"}) {
    CAPTURE(protocol);
    CHECK(why({{"upgrades", std::vector<std::string>{protocol}}}).find("[proxy] upgrades") == 0);
  }
  CHECK(why({{"access_log", "relative"}}).find("[proxy] access_log") == 0);
}

TEST_CASE("a silent section gives the usual, and the description says the same") {
  const ProxyOptions usual;
  const auto read = options(written({}));
  REQUIRE(read);
  CHECK(read->listen == usual.listen);
  CHECK(read->upstream.empty());
  CHECK(read->threads == 1);
  CHECK_FALSE(read->strip_origin);

  const auto seconds = [](std::chrono::milliseconds time) { return std::to_string(time.count() / 1000) + "s"; };
  const auto& timeouts = usual.timeouts;
  const std::map<std::string, std::string> expected = {
      {"listen", usual.listen.front()},
      {"threads", std::to_string(usual.threads)},
      {"upstream_origin", "keep"},
      {"upgrades", "websocket"},
      {"proxy_protocol", "false"},
      {"forward_auth_form", "forwarded"},
      {"forward_auth_peers", "127.0.0.1,::1,unix"},
      {"access_log_query", "false"},
      {"max_connections_per_source", std::to_string(usual.max_connections_per_source)},
      {"min_rate", std::to_string(usual.min_rate)},
      {"resolve_interval", seconds(usual.resolve)},
      {"tunnel_timeout", seconds(timeouts.tunnel)},
      {"max_connections", std::to_string(usual.max_connections)},
      {"header_timeout", seconds(timeouts.header)},
      {"idle_timeout", seconds(timeouts.idle)},
      {"body_timeout", seconds(timeouts.body)},
      {"connect_timeout", seconds(timeouts.connect)},
      {"response_timeout", seconds(timeouts.response)},
      {"write_timeout", seconds(timeouts.write)},
      {"drain_timeout", seconds(timeouts.drain)},
  };
  for (const auto& option : section().options) {
    CAPTURE(option.name);
    CHECK_FALSE(option.help.empty());
    const auto found = expected.find(option.name);
    CHECK(option.default_value == (found == expected.end() ? "" : found->second));
  }
}

TEST_CASE("what is written is taken") {
  const auto read = options(written({{"listen", "unix:/run/a"},
                                     {"upstream", "http://127.0.0.1:5000/"},
                                     {"realm", "staff"},
                                     {"threads", std::int64_t{4}},
                                     {"upstream_host", "inside:1"},
                                     {"upstream_origin", "strip"},
                                     {"upgrades", std::vector<std::string>{"websocket", "x/1"}},
                                     {"trusted_proxies", std::vector<std::string>{"10.0.0.0/8", "unix"}},
                                     {"proxy_protocol", std::int64_t{1}},
                                     {"access_log", "/a"},
                                     {"access_log_query", std::int64_t{1}},
                                     {"min_rate", std::int64_t{0}},
                                     {"max_connections_per_source", std::int64_t{9}},
                                     {"resolve_interval", std::int64_t{5000}},
                                     {"max_connections", std::int64_t{7}},
                                     {"response_timeout", std::int64_t{2000}}}));
  REQUIRE(read);
  CHECK(read->listen == std::vector<std::string>{"unix:/run/a"});
  CHECK(read->upstream == "http://127.0.0.1:5000/");
  CHECK(read->realm == "staff");
  CHECK(read->threads == 4);
  CHECK(read->upstream_host == "inside:1");
  CHECK(read->strip_origin);
  CHECK(read->max_connections == 7);
  CHECK(read->upgrades == std::vector<std::string>{"websocket", "x/1"});
  CHECK(http::contain(read->trusted_proxies, "10.1.2.3"));
  CHECK(read->proxy_protocol);
  CHECK(read->access_log == "/a");
  CHECK(read->access_log_query);
  CHECK(read->min_rate == 0);
  CHECK(read->max_connections_per_source == 9);
  CHECK(read->resolve == std::chrono::seconds(5));
  CHECK(read->timeouts.response == std::chrono::seconds(2));
}

}  // namespace
}  // namespace gatehouse::proxy
