// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the engine and the helper process of one isolated backend say to each other, over a socket pair.
///
///   frame  u32 size of what follows, 1 to max_frame; u8 kind; the fields of that kind
///
/// Numbers are as this machine has them: both ends run on it. A text is a u32 length and that many bytes, a list a u32
/// count and its items. Nothing may follow. The engine believes nothing that a helper says: what is not written like
/// this ends that helper, and what is goes through the same checks as the words of a plugin in this process.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/plugin.h>
#include <gatehouse/option.hpp>

#include "isolation/bytes.hpp"

namespace gatehouse::detail::isolation {

inline constexpr std::uint32_t wire_version = 1;
inline constexpr std::size_t frame_head = 4;
/// The largest answer: what one call may say, and its lists' lengths.
inline constexpr std::size_t max_frame = std::size_t{6} * 1024 * 1024;

enum class Kind : std::uint8_t {
  // From the engine. Those up to costs are orders: one at a time, each with one reply.
  load = 1,
  read_uri,
  create,
  start,
  stop,
  costs,
  ask = 32,
  admitted,
  abandon,
  // From the helper.
  reply = 64,
  log,
  claim,
  answer,
  invalidate,
  state,
};

class Writer {
 public:
  explicit Writer(Kind kind);
  Writer& byte(std::uint8_t value);
  Writer& number(std::uint32_t value);
  Writer& wide(std::uint64_t value);
  Writer& text(std::string_view value);
  /// The whole frame; empty if it would be longer than a frame may be.
  [[nodiscard]] Bytes take();

 private:
  void put(const void* data, std::size_t size);
  Bytes bytes_;
};

/// Reads the body of a frame behind its kind. After a mistake all further reads give nothing.
class Reader {
 public:
  explicit Reader(std::string_view left) noexcept : left_(left) {}
  std::uint8_t byte() noexcept;
  std::uint32_t number() noexcept;
  std::uint64_t wide() noexcept;
  std::string_view text() noexcept;
  /// How many items follow: never more than `limit`, nor than the rest could hold.
  std::size_t count(std::size_t limit) noexcept;
  /// All that is left.
  std::string_view rest() noexcept;
  void fail() noexcept { ok_ = false; }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  /// Everything was read, and nothing was wrong.
  [[nodiscard]] bool whole() const noexcept { return ok_ && left_.empty(); }

 private:
  void get(void* data, std::size_t size) noexcept;
  std::string_view left_;
  bool ok_ = true;
};

/// The kind of a body, and its fields; nullopt if it is empty.
[[nodiscard]] std::optional<std::pair<Kind, Reader>> open_body(std::string_view body) noexcept;

using Texts = std::vector<std::string_view>;
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

// Messages borrow their texts from the body that they were read from.

struct Load {
  std::uint32_t version = wire_version;
  std::string_view path;
  std::string_view expected_id;
};

/// In the reply to load: the description of the plugin, as it gave it.
struct Description {
  gatehouse_plugin plugin{};  ///< without functions
  std::vector<gatehouse_option> options;
  std::vector<gatehouse_str> attributes;
  bool reads_uris = false;
  bool lists_costs = false;
};

struct Create {
  std::string_view name;
  std::uint32_t workers = 1;
  std::uint32_t log_level = 0;
  std::vector<OptionValue> values;  ///< those texts are copies
};

struct Reply {
  bool ok = false;
  Pairs problems;            ///< option and what is wrong with it
  std::string_view payload;  ///< to be read as what was ordered
};

struct Created {
  std::uint32_t credentials = 0;
  std::uint32_t refusal_cost_us = 0;
};

struct Ask {
  std::uint64_t id = 0;
  std::uint32_t remaining_ms = 0;
  std::uint32_t credential = 0;
  std::string_view realm;
  std::string_view user;
  std::string_view password;
  std::string_view token;
  std::string_view state;
  Texts responses;
  Pairs attributes;
};

struct WireChallenge {
  std::uint32_t kind = 0;
  std::string_view scheme;
  Pairs parameters;
  std::string_view state;
};

struct WireAnswer {
  std::uint64_t id = 0;
  std::uint32_t verdict = 0;
  std::uint32_t reason = 0;
  std::uint32_t refusal_cost_us = 0;
  bool no_store = false;
  std::optional<std::int64_t> expiry_ms;
  std::optional<std::int64_t> cache_until_ms;
  std::string_view subject;
  std::string_view detail;
  Texts groups;
  Pairs attributes;
  std::vector<WireChallenge> challenges;
};

struct Claim {
  std::uint64_t id = 0;
  std::string_view subject;
};

struct Admitted {
  std::uint64_t id = 0;
  bool go_on = false;
};

struct LogLine {
  std::uint32_t level = 0;
  std::string_view text;
};

struct State {
  std::string_view name;
  std::optional<Texts> changed;  ///< without: of everybody
};

// encode() makes a frame, or nothing if it would be too long. decode() is false unless it was all there.
[[nodiscard]] Bytes encode(const Load& load);
[[nodiscard]] bool decode(Reader in, Load& load);
[[nodiscard]] Bytes encode_create(std::string_view name, std::uint32_t workers, std::uint32_t log_level,
                                  const gatehouse_option_value* values, std::size_t count);
[[nodiscard]] bool decode(Reader in, Create& create);
[[nodiscard]] Bytes encode(const Reply& reply);
[[nodiscard]] bool decode(Reader in, Reply& reply);
[[nodiscard]] Bytes encode(const Ask& ask);
[[nodiscard]] bool decode(Reader in, Ask& ask);
[[nodiscard]] Bytes encode(const WireAnswer& answer);
[[nodiscard]] bool decode(Reader in, WireAnswer& answer);
[[nodiscard]] Bytes encode(const Claim& claim);
[[nodiscard]] bool decode(Reader in, Claim& claim);
[[nodiscard]] Bytes encode(const Admitted& admitted);
[[nodiscard]] bool decode(Reader in, Admitted& admitted);
[[nodiscard]] Bytes encode(const LogLine& line);
[[nodiscard]] bool decode(Reader in, LogLine& line);
[[nodiscard]] Bytes encode(const State& state);
[[nodiscard]] bool decode(Reader in, State& state);

// Payloads of replies: without a head, to be put into Reply::payload.
[[nodiscard]] Bytes payload_of(const gatehouse_plugin& plugin, bool reads_uris, bool lists_costs);
[[nodiscard]] bool decode(Reader in, Description& description);
[[nodiscard]] Bytes payload_of(const Created& created);
[[nodiscard]] bool decode(Reader in, Created& created);
[[nodiscard]] Bytes payload_of(const Pairs& pairs);
[[nodiscard]] bool decode(Reader in, Pairs& pairs, std::size_t limit);

}  // namespace gatehouse::detail::isolation
