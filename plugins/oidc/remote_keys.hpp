// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Keys that a provider publishes. Fetched by background work only: callers wait for that or do without, so that there
/// is never more than one fetch, and no stranger can cause more than one in `refetch_interval`. A fetch that takes
/// longer is spread over several runs, so that the host can end in between.
#include <condition_variable>
#include <gatehouse/plugin/host.hpp>
#include <mutex>
#include <optional>

#include "http_client.hpp"
#include "key_fetch.hpp"
#include "key_source.hpp"

namespace gatehouse::oidc {

struct RemoteKeyRules {
  std::string issuer{};
  std::string jwks_uri{};                  ///< empty: the provider says where
  milliseconds refresh_interval{900'000};  ///< between fetches that nobody asked for
  milliseconds refetch_interval{30'000};   ///< between fetches that somebody asked for, or that failed
  milliseconds max_stale{86'400'000};      ///< so long the last good keys count while the provider is down
};

class RemoteKeys final : public KeySource {
 public:
  RemoteKeys(plugin::Host host, const HttpClient& http, RemoteKeyRules rules);

  void start() override { host_.wake_after(milliseconds(0)); }
  void refresh() override;
  [[nodiscard]] Keys current() const override;
  [[nodiscard]] Newer newer_than(const Keys& seen, milliseconds patience, const Wanted& wanted) const override;

 private:
  void take(KeySet fetched);
  void fail(const std::string& why);
  void plan(milliseconds wait);
  [[nodiscard]] Keys unless_stale() const;

  plugin::Host host_;
  const HttpClient& http_;
  RemoteKeyRules rules_;
  std::string found_;  ///< jwks_uri, once discovered. Used by refresh() only, as what follows
  std::optional<KeyFetch> fetch_;
  unsigned failures_ = 0;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Keys keys_;
  milliseconds fetched_{0};  ///< when the keys came, on the monotonic clock
  milliseconds tried_{0};    ///< when the last fetch ended, well or not
  milliseconds due_{0};      ///< when to fetch though nobody asks
  unsigned tries_ = 0;
  bool tried_well_ = false;
  mutable bool wanted_ = false;
  mutable unsigned waiting_ = 0;
};

}  // namespace gatehouse::oidc
