// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <server_address.hpp>
#include <string>

using namespace gatehouse::ldap;

TEST_CASE("servers") {
  struct Case {
    const char* text;
    ServerAddress server;
    const char* uri;
  };
  for (const Case& one :
       {Case{"ldap://dc1", {Scheme::ldap, "dc1", 389}, "ldap://dc1"},
        Case{"LDAPS://dc1.corp/", {Scheme::ldaps, "dc1.corp", 636}, "ldaps://dc1.corp"},
        Case{"ldap://dc1:1389", {Scheme::ldap, "dc1", 1389}, "ldap://dc1:1389"},
        Case{"ldaps://[2001:db8::1]:636", {Scheme::ldaps, "2001:db8::1", 636}, "ldaps://[2001:db8::1]"},
        Case{"ldapi://", {Scheme::ldapi, "/var/run/slapd/ldapi", 0}, "ldapi://%2fvar%2frun%2fslapd%2fldapi"},
        Case{"ldapi://%2Frun%2Fx", {Scheme::ldapi, "/run/x", 0}, "ldapi://%2frun%2fx"}}) {
    CAPTURE(one.text);
    std::string fault;
    const auto read = read_server(one.text, fault);
    REQUIRE(read);
    CHECK(*read == one.server);
    CHECK(read->uri() == one.uri);
    CHECK(read_server(read->uri(), fault) == read);
  }
  for (const char* bad : {"",           "dc1",           "http://dc1",   "ldap:dc1",     "ldap://",    "ldap:///",
                          "ldap://a@b", "ldap://a/dc=x", "ldap://a?b",   "ldap://a#b",   "ldap://a:0", "ldap://a:65536",
                          "ldap://a:",  "ldap://a:x",    "ldap://a:1:2", "ldap://[::1",  "ldap://[x]", "ldap://[::1]x",
                          "ldap://a b", "ldap://-a",     "ldapi://run",  "ldapi:///run", "ldapi://%2", "ldapi://%00"}) {
    CAPTURE(bad);
    std::string fault;
    CHECK_FALSE(read_server(bad, fault));
    CHECK(fault != "");
  }
}

TEST_CASE("domains whose servers DNS names") {
  CHECK(read_service_domain("ldaps+srv://corp.example/") == ServiceDomain{Scheme::ldaps, "corp.example"});
  CHECK(read_service_domain("LDAP+SRV://x")->uri() == "ldap+srv://x");
  for (const char* none : {"ldaps://x", "ldaps+srv:x", "ldaps+srv://", "ldaps+srv://x:636", "ldaps+srv://a@b",
                           "ldapi+srv://x", "ldaps+srv://-x"}) {
    CAPTURE(none);
    CHECK_FALSE(read_service_domain(none));
  }
}

TEST_CASE("what stays on this machine") {
  const auto local = [](const char* host) { return ServerAddress{Scheme::ldap, host, 389}.is_local(); };
  for (const char* host : {"127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "::1"}) CHECK(local(host));
  for (const char* host : {"127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "dc1", "::2", "1127.0.0.1"}) {
    CAPTURE(host);
    CHECK_FALSE(local(host));
  }
}
