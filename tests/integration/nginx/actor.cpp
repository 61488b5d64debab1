// SPDX-License-Identifier: Apache-2.0
// A backend that behaves as the name of its user says; the password is "right".
//   wait...       is answered when a byte can be read from the descriptor of the option gate
//   alias-NAME    is NAME
//   member-A-B    is in the groups A and B, and has the e-mail address member@example.org
//   wide          is in more groups than can be told
//   odd           is called "o%d, é"
//   forbidden     may not
//   stopped       has tried too often
//   down          nobody knows: unavailable
//   nobody        is not its own
//   crash...      ends the process
//   exit...       ends the process, as if nothing had happened
// The option calls is a file that gets a line for each call.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <gatehouse/plugin.hpp>
#include <string>

namespace {

using namespace gatehouse::plugin;

volatile int* volatile nowhere = nullptr;  // no compiler sees through it

class Actor final : public Backend {
 public:
  Actor(Host host, const Options& options)
      : gate_(static_cast<int>(options.integer("gate"))), calls_(options.text("calls")) {
    static_cast<void>(host.set_state("never another"));  // what it once granted it would grant again
  }

  [[nodiscard]] Verdict authenticate(const Request& request, Call& call) const override {
    const std::string user(request.user());
    note(user + " from " + std::string(request.attribute("client.address").value_or("nowhere")) + "\n");
    if (user == "nobody") return Verdict::not_mine();
    if (user == "down") return Verdict::unavailable("the actor is down");
    if (user.starts_with("wait")) {
      char byte = 0;
      while (read(gate_, &byte, 1) < 0) continue;
    }
    if (user.starts_with("crash")) *nowhere = 1;
    if (user.starts_with("exit")) std::exit(0);
    if (user == "stopped") return Verdict::stopped();
    if (!call.claim_subject(user)) return Verdict::stopped();
    if (!equal_constant_time(request.password(), "right")) return Verdict::denied();
    Identity identity;
    identity.subject = user;
    if (user == "forbidden") return Verdict::forbidden(std::move(identity));
    if (user == "odd") identity.subject = "o%d, \xC3\xA9";
    if (user.starts_with("alias-")) identity.subject = user.substr(6);
    if (user.starts_with("member-")) {
      for (std::size_t at = 6; at != std::string::npos;) {
        const auto next = user.find('-', at + 1);
        identity.groups.push_back(user.substr(at + 1, next == std::string::npos ? next : next - at - 1));
        at = next;
      }
      identity.attributes.emplace_back("email", "member@example.org");
    }
    if (user == "wide") {
      for (int i = 0; i < 400; ++i) identity.groups.push_back("a-group-with-a-long-name-" + std::to_string(i));
    }
    return Verdict::granted(std::move(identity));
  }

 private:
  void note(const std::string& line) const {
    if (calls_.empty()) return;
    const int file = open(calls_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) return;
    static_cast<void>(!write(file, line.data(), line.size()));
    close(file);
  }
  int gate_;
  std::string calls_;
};

}  // namespace

GATEHOUSE_PLUGIN(Actor, {.id = "actor",
                         .version = "1.0",
                         .summary = "Behaves as the name of its user says",
                         .options = {{.name = "gate", .type = OptionType::integer, .help = "descriptor to wait at"},
                                     {.name = "calls", .help = "file for a line a call"}},
                         .credentials = Credential::password,
                         .attributes = {"client.address"}})
