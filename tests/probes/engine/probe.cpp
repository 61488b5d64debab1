// SPDX-License-Identifier: Apache-2.0
// A backend that behaves as its test says.
//   option events   descriptor that gets a letter for each: Create, Start, Authenticate, Wakened, Background,
//                   sTop, Destroy
//   option gate     descriptor: users "wait..." are answered when a byte can be read from it; "wait and forget"
//                   invalidates all before that
//   option wake     asks for a background run after so long, at start and after each run
//   option tag      is the group of everybody; makes one definition different from another
//   option mine     users whose name does not begin with it are not its own
//   option down     it is unavailable for everybody
// The password "right" grants, others are denied. Users "unknown..." are not its own, for "down..." it is unavailable.
// An answer about "...once" is never stored. "forget NAME" makes it invalidate that subject, "forget" all of them; both
// are denied.
#include <unistd.h>

#include <gatehouse/plugin.hpp>
#include <string>

namespace {

using namespace gatehouse::plugin;

class Probe final : public Backend {
 public:
  Probe(Host host, const Options& options)
      : host_(host),
        events_(static_cast<int>(options.integer("events"))),
        gate_(static_cast<int>(options.integer("gate"))),
        wake_(options.duration("wake")),
        tag_(options.text("tag")),
        mine_(options.text("mine")),
        down_(options.flag("down")) {
    tell('C');
  }
  ~Probe() override { tell('D'); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  void start() override {
    tell('S');
    if (wake_.count() > 0) host_.wake_after(wake_);
  }
  void stop() override { tell('T'); }
  void background() override {
    tell('B');
    host_.wake_after(wake_);
  }

  [[nodiscard]] Verdict authenticate(const Request& request, Call& call) const override {
    tell('A');
    if (request.credential() != Credential::password) return Verdict::not_mine();
    const std::string_view user = request.user();
    if (user.starts_with("wait")) {
      char byte = 0;
      while (read(gate_, &byte, 1) < 0) continue;
      tell('W');
      if (user == "wait and forget") host_.invalidate_all();
    }
    if (user.starts_with("forget")) {
      if (user.size() > 7) {
        host_.invalidate(user.substr(7));
      } else {
        host_.invalidate_all();
      }
      return Verdict::denied();
    }
    if (user.starts_with("unknown") || !user.starts_with(mine_)) return Verdict::not_mine();
    if (down_ || user.starts_with("down")) return Verdict::unavailable("the probe is down");
    if (!call.claim_subject(user)) return Verdict::stopped();
    if (!equal_constant_time(request.password(), "right")) return Verdict::denied();
    if (user.ends_with("once")) call.no_store();
    Identity identity;
    identity.subject = user;
    if (!tag_.empty()) identity.groups.push_back(tag_);
    return Verdict::granted(std::move(identity));
  }

 private:
  void tell(char event) const {
    if (events_ > 0) static_cast<void>(!write(events_, &event, 1));
  }
  Host host_;
  int events_;
  int gate_;
  std::chrono::milliseconds wake_;
  std::string tag_;
  std::string mine_;
  bool down_;
};

}  // namespace

GATEHOUSE_PLUGIN(Probe, {.id = "probe",
                         .version = "1.0",
                         .summary = "Behaves as its test says",
                         .options = {{.name = "events", .type = OptionType::integer, .help = "descriptor for letters"},
                                     {.name = "gate", .type = OptionType::integer, .help = "descriptor to wait at"},
                                     {.name = "wake", .type = OptionType::duration, .help = "between background runs"},
                                     {.name = "tag", .help = "group of everybody"},
                                     {.name = "mine", .help = "how the names of its users begin"},
                                     {.name = "down", .type = OptionType::boolean, .help = "always unavailable"}},
                         .credentials = Credential::password,
                         .attributes = {"client.address"},
                         .uri_option = "tag"})
