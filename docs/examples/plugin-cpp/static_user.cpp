// SPDX-License-Identifier: Apache-2.0
// A backend with one user, named in the configuration. Everybody else is left to the next backend.
#include <gatehouse/plugin.hpp>

namespace gh = gatehouse::plugin;

class StaticUser final : public gh::Backend {
 public:
  StaticUser(gh::Host, const gh::Options& options) : user_(options.text("user")), password_(options.text("password")) {
    if (user_.empty()) throw gh::ConfigError("user", "must not be empty");
    if (password_.empty()) throw gh::ConfigError("password", "must not be empty");
  }

  gh::Verdict authenticate(const gh::Request& request, gh::Call& call) const override {
    if (request.user() != user_) return gh::Verdict::not_mine();
    if (!call.claim_subject(user_)) return gh::Verdict::stopped();
    if (!gh::equal_constant_time(request.password(), password_)) return gh::Verdict::denied();
    return gh::Verdict::granted({.subject = user_});
  }

 private:
  std::string user_;
  std::string password_;
};

GATEHOUSE_PLUGIN(StaticUser,
                 {.id = "static-user",
                  .version = "1.0",
                  .summary = "One user, named in the configuration.",
                  .options = {{.name = "user", .required = true, .help = "The user's name."},
                              {.name = "password", .required = true, .secret = true, .help = "The user's password."}},
                  .credentials = gh::Credential::password,
                  .traits = gh::Trait::cpu})
