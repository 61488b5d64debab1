// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One caller's connection: reads requests, has them judged, answers them or passes them on, one at a time.
///
/// Two coroutines at most: serve(), and upload() while a request's body does not come whole with its head. The worker
/// ticks once a second; deadlines and departures are noticed there, so that no operation needs a timer of its own.
#include <array>
#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <gatehouse/http.hpp>
#include <gatehouse/rules.hpp>

#include "body_source.hpp"
#include "buffers.hpp"
#include "door.hpp"
#include "forwarding.hpp"
#include "head_scan.hpp"
#include "message_head.hpp"
#include "net.hpp"
#include "request_gate.hpp"
#include "stream.hpp"
#include "upstream_pool.hpp"

namespace gatehouse::proxy {

class Worker;

/// Its place among those that wait for a request.
struct WaitingTag;
using WaitingHook = boost::intrusive::list_base_hook<boost::intrusive::tag<WaitingTag>,
                                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Connection final : public std::enable_shared_from_this<Connection>,
                         public boost::intrusive::list_base_hook<>,
                         public WaitingHook {
 public:
  /// Counted already; the place is given back when it ends, or when it cannot begin.
  static void start(Worker& worker, Socket socket, std::string peer, Role role) noexcept;
  Connection(Worker& worker, Socket socket, std::string peer, Role role);
  ~Connection();

  /// Once a second.
  void tick(Ticks now) noexcept;
  /// Ends it between two requests; otherwise it ends after the one in flight.
  void end_if_idle() noexcept;
  [[nodiscard]] Role role() const noexcept { return role_; }
  /// Ends it, whatever it does.
  void end() noexcept;

 private:
  /// cut: what was sent is not whole, and nothing but the way the connection ends can tell.
  enum class Next { keep, close, linger, cut };
  enum class UploadEnd { complete, caller_left, bad_body, timeout, upstream_failed, stopped };

  /// A deadline, noticed by tick(). Arming it again forgets the last one.
  struct Deadline {
    Ticks at = 0;
    bool passed = false;
    void arm(Ticks when) noexcept {
      at = when;
      passed = false;
    }
  };

  /// How fast a caller is while it is waited for.
  struct Pace {
    Ticks waited = 0;
    std::uint64_t bytes = 0;
    /// Adds one wait; false when it is slower than `rate` over more than `grace`.
    [[nodiscard]] bool keeps(Ticks time, std::uint64_t size, Ticks grace, std::uint64_t rate) noexcept {
      waited += time;
      bytes += size;
      return waited <= grace || bytes / waited >= rate;
    }
  };

  // connection.cpp
  void run();
  [[nodiscard]] Awaitable<void> serve();
  [[nodiscard]] Awaitable<Next> one_request();
  /// False: `refusal` says why, or the caller left.
  [[nodiscard]] Awaitable<bool> read_head(std::optional<Refusal>& refusal);
  [[nodiscard]] Awaitable<Next> send(http::Answer answer);
  [[nodiscard]] Awaitable<Next> send_fault(int status, std::string_view message);
  [[nodiscard]] Awaitable<void> linger();
  [[nodiscard]] Awaitable<error_code> write_rest(Stream& stream, Gather& pieces, Deadline& deadline);
  /// What comes before the first request: the PROXY header and TLS, where they are configured. False: the connection
  /// ends.
  [[nodiscard]] Awaitable<bool> greet();
  [[nodiscard]] Awaitable<bool> read_proxy_header();
  [[nodiscard]] Awaitable<bool> secure(const TlsContext& tls);
  [[nodiscard]] Awaitable<Next> answer_request();
  void name_request();
  void note_request(bool refused);
  void log_request();
  [[nodiscard]] http::Asker asker() const noexcept { return {head_.method, head_.fields.list}; }
  [[nodiscard]] std::string_view scheme() const noexcept { return client_.tls() != nullptr ? "https" : "http"; }
  void cancel_all() noexcept;
  [[nodiscard]] Ticks in(Ticks seconds) const noexcept;

  // judge.cpp
  /// Whom and what the engine and the rules are asked about. Borrows from head_ and peer_.
  struct Asked {
    std::string_view method;
    std::string_view target;
    std::string_view host;
    std::string_view from;          ///< an address or "unix"; empty: not known
    std::string_view other_host{};  ///< what the service is told instead of `host`; empty: nothing else
  };
  [[nodiscard]] std::array<http::Ruling, 2> rule(const Asked& asked) const;
  /// nullopt: granted, and identity_lines_ tells whom. Otherwise what to answer.
  [[nodiscard]] Awaitable<std::optional<http::Answer>> judge(Asked asked);
  [[nodiscard]] Awaitable<std::optional<Decision>> wait_for_decision(const Request& request);
  [[nodiscard]] std::optional<http::Answer> admit_identity(const Decision& decision, const Asked& asked);
  void tell_nobody();
  [[nodiscard]] http::Answer lacks(const http::AccessRule& rule, const Decision& decision, const Asked& asked);
  [[nodiscard]] http::Answer forbidden() const;
  [[nodiscard]] std::string_view door_name() const noexcept {
    return role_ == Role::forward_auth ? "forward-auth" : "proxy";
  }
  /// What this door refuses by itself, for the audit log.
  void tell_refusal(const Asked& asked, DecisionCode code, Reason reason, std::string_view subject,
                    std::string_view detail) const noexcept;

  // forward_auth.cpp
  [[nodiscard]] Awaitable<http::Answer> answer_proxy();

  // exchange.cpp
  [[nodiscard]] Awaitable<Next> exchange();
  [[nodiscard]] Awaitable<Next> pass_on();
  [[nodiscard]] Awaitable<error_code> send_request();
  [[nodiscard]] Awaitable<error_code> read_response_head();
  [[nodiscard]] Awaitable<Next> pass_back();
  [[nodiscard]] Awaitable<Next> upstream_fault(error_code error);
  [[nodiscard]] Awaitable<error_code> read_upstream(Ticks seconds);
  [[nodiscard]] Asked asked() const noexcept;
  void write_context();
  void choose_upgrade();
  [[nodiscard]] bool is_forged_by_a_page() const noexcept;

  // connect.cpp
  [[nodiscard]] Awaitable<error_code> connect();
  [[nodiscard]] Awaitable<error_code> prepare_upstream(Socket& socket, const Endpoint& endpoint);

  // tunnel.cpp
  [[nodiscard]] Awaitable<Next> tunnel();
  [[nodiscard]] Awaitable<error_code> carry(Stream& from, Stream& to, Deadline& deadline);

  // upload.cpp
  void start_upload();
  [[nodiscard]] Awaitable<void> upload();
  [[nodiscard]] Awaitable<UploadEnd> pump_upload(Block& block);
  [[nodiscard]] Awaitable<void> join_upload();

  Worker& worker_;
  const Role role_;
  Stream client_;
  std::string peer_;              ///< its address; empty on a unix socket
  bool peer_is_relay_ = false;    ///< it did not tell for whom it asks: nothing else that it forwards is believed
  bool caller_is_known_ = true;   ///< false: that relay speaks for somebody else
  bool counted_ = false;          ///< among the connections of its source
  std::string certificate_hash_;  ///< of the caller's certificate
  const std::uint64_t number_;    ///< among those of this process
  std::uint64_t requests_ = 0;
  std::string name_;  ///< of the request in flight, in both logs
  Timer event_;       ///< never expires; cancelled to wake serve()

  ReadBuffer in_;
  HeadScan scan_;
  RequestHead head_;
  BodySource body_;
  Origin origin_;                     ///< of the request in flight
  std::string upgrade_;               ///< the protocol that its caller may change to
  std::shared_ptr<const Door> door_;  ///< of the request in flight
  std::string out_;                   ///< a head that is being written

  Deadline deadline_;
  bool idle_ = false;      ///< nothing of a request has come
  bool watching_ = false;  ///< nothing is read from the caller: tick() looks whether it left
  bool left_ = false;
  bool ended_ = false;

  std::optional<Decision> decision_;
  std::uint64_t question_ = 0;          ///< a late answer to an earlier question is ignored
  std::shared_ptr<const Answer> told_;  ///< identity_lines_ are its
  std::uint64_t told_by_ = 0;           ///< and of that snapshot
  std::string identity_lines_;

  UpstreamPtr upstream_;
  std::string upstream_problem_;  ///< why TLS with it failed
  BlockPtr received_;             ///< from the upstream: [received_begin_, received_end_) is not used yet
  std::size_t received_begin_ = 0;
  std::size_t received_end_ = 0;
  bool answered_ = false;  ///< some byte of a final response was sent
  ResponseHead response_;

  bool uploading_ = false;
  bool stopping_ = false;  ///< serve() wants the upload to end
  UploadEnd upload_end_ = UploadEnd::complete;
  Deadline upload_deadline_;
  Ticks tunnel_used_ = 0;
  Ticks tunnel_limit_ = 0;  ///< not 0: a tunnel, and how long nothing may move in it
  Pace sending_;            ///< of the request's body
  Pace taking_;             ///< of the response

  struct {
    std::shared_ptr<const AccessLog> log;  ///< null: the request is not noted
    std::string method, target, agent, user;
    int status = 0;  ///< 0: nothing was answered
    std::uint64_t bytes = 0;
    std::chrono::steady_clock::time_point began;
  } access_;
  std::string overshoot_;  ///< of the next request, read with the end of a chunked body
};

}  // namespace gatehouse::proxy
