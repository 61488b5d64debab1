// SPDX-License-Identifier: Apache-2.0
// A backend for the tests of the PAM door. The password "right" is that of everybody; what happens then goes by the
// user's name:
//   otp         is asked two more questions, "Code: " hidden and "Colour: " shown; the replies 123 and blue let in
//   endless     is asked one more question, whatever the reply
//   web         gets a challenge that only a browser can follow
//   alias, root are "bob"
//   soon        is granted, but the identity has ended
//   expired, disabled, must   are denied for that reason
//   forbidden   lacks a group
//   throws      makes the backend throw
//   from-ADDRESS   is granted if the caller's address is ADDRESS; from-nowhere, if there is none
//   wait...     is granted when a byte can be read from the descriptor of the option gate
//   unknown...  is not known here; anybody else is granted
#include <unistd.h>

#include <gatehouse/plugin.hpp>
#include <stdexcept>
#include <string>

namespace {

using namespace gatehouse::plugin;
using namespace std::chrono_literals;

class Questions final : public Backend {
 public:
  Questions(Host host, const Options& options) : host_(host), gate_(static_cast<int>(options.integer("gate"))) {}

  [[nodiscard]] Verdict authenticate(const Request& request, Call& call) const override {
    const std::string_view user = request.user();
    if (request.credential() == Credential::response) return respond(request, call);
    if (user == "throws") throw std::runtime_error("thrown by the test");
    if (user.starts_with("unknown")) return Verdict::not_mine();
    if (!equal_constant_time(request.password(), "right")) return Verdict::denied();
    char byte = 0;
    while (user.starts_with("wait") && read(gate_, &byte, 1) < 0) continue;
    if (user == "otp") return ask(call, {{"hidden", "Code: "}, {"echo", "Colour: "}}, "first");
    if (user == "endless") return ask(call, {{"hidden", "Again: "}}, "again");
    if (user == "web") {
      return Verdict::challenge(call, {.kind = ChallengeKind::redirect, .parameters = {{"location", "https://a/"}}});
    }
    if (user == "expired") return Verdict::denied(Reason::expired);
    if (user == "disabled") return Verdict::denied(Reason::disabled);
    if (user == "must") return Verdict::denied(Reason::must_change);
    if (user.starts_with("from-")) {
      const auto address = request.attribute("client.address");
      if (address.value_or("nowhere") != user.substr(5)) return Verdict::denied(Reason::locked);
    }
    Identity identity;
    identity.subject = user == "alias" || user == "root" ? "bob" : std::string(user);
    if (user == "forbidden") return Verdict::forbidden(std::move(identity));
    if (user == "soon") identity.expiry = host_.wall() + 300ms;
    return Verdict::granted(std::move(identity));
  }

 private:
  static Verdict ask(Call& call, std::vector<std::pair<std::string, std::string>> prompts, std::string state) {
    return Verdict::challenge(
        call, {.kind = ChallengeKind::prompt, .parameters = std::move(prompts), .state = std::move(state)});
  }
  static Verdict respond(const Request& request, Call& call) {
    if (request.state() == "again") return ask(call, {{"hidden", "Again: "}}, "again");
    if (request.state() != "first" || request.user() != "otp") return Verdict::not_mine();
    if (request.response_count() != 2 || request.response(0) != "123" || request.response(1) != "blue") {
      return Verdict::denied();
    }
    Identity identity;
    identity.subject = "otp";
    return Verdict::granted(std::move(identity));
  }
  Host host_;
  int gate_;
};

}  // namespace

GATEHOUSE_PLUGIN(Questions,
                 {.id = "questions",
                  .version = "1.0",
                  .summary = "Asks what its test wants",
                  .options = {{.name = "gate", .type = OptionType::integer, .help = "descriptor to wait at"}},
                  .credentials = Credential::password | Credential::response,
                  .attributes = {"client.address"}})
