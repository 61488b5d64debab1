// SPDX-License-Identifier: Apache-2.0
// What a directory server may say: to a bind, to a search, page by page, and to a search for groups. Nothing but a
// success that can be read makes a connection somebody's; and what is taken stays within its limits.
#include <sys/socket.h>

#include <connection.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <groups.hpp>
#include <socket.hpp>
#include <string>
#include <utility>

namespace {

using namespace gatehouse::ldap;

void require(bool holds) {
  if (!holds) std::abort();
}

Deadline soon() {
  return Deadline(Milliseconds(200));
}

class Searches final : public Directory {
 public:
  Searches(Connection& connection, Identity as) : connection_(connection), as_(std::move(as)) {}
  SearchReply search(const SearchRequest& request) override {
    SearchReply reply = connection_.search(request, as_, soon());
    require(reply.entries.size() <= request.most);
    return reply;
  }

 private:
  Connection& connection_;
  Identity as_;
};

}  // namespace

// libldap itself forgets its question when the answer's message number is followed by what is no tag: some kilobytes,
// after which the connection is closed. LeakSanitizer sees no more of it than the allocator's name.
extern "C" const char* __lsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:liblber\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  int ends[2];
  if (size > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 0;
  const Socket server(ends[0]);
  std::string fault;
  const auto connection =
      Connection::open(Socket(ends[1]), {Scheme::ldap, "127.0.0.1", 389}, {}, Deadline(Milliseconds(1000)), fault);
  require(connection != nullptr);
  if (send(server.get(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL) != static_cast<ssize_t>(size)) return 0;
  shutdown(server.get(), SHUT_WR);

  const Identity user{Identity::Kind::user, "uid=a,dc=x"};
  const BindReply bound = connection->bind(user.name, "secret", user, soon());
  require((connection->identity() == user) == (bound.code == 0));
  require(bound.diagnostic.size() <= 512);
  static_cast<void>(meaning_of(bound));
  if (bound.lost()) require(!connection->is_usable());

  Searches searches(*connection, bound.code == 0 ? user : Identity{Identity::Kind::service, {}});
  if (bound.code != 0) connection->stay_anonymous();
  SearchRequest request{.base = "dc=x", .filter = "(uid=a)"};
  const SearchReply found = searches.search(request);
  if (found.status != SearchStatus::done || found.entries.empty()) return 0;
  GroupRules rules;
  rules.member_of_attribute = "memberOf";
  rules.base = "dc=x";
  rules.base_key = "dc=x";
  rules.attributes = {"member"};
  rules.name_attribute = "cn";
  rules.nesting = Nesting::walk;
  rules.most = 8;
  const Groups groups = find_groups(rules, found.entries.front(), "a", searches);
  require(groups.status != SearchStatus::done || groups.keys.size() <= rules.most);
  require(groups.names.size() <= groups.keys.size());
  return 0;
}
