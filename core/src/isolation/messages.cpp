// SPDX-License-Identifier: Apache-2.0
// The kinds of message, written and read.
#include "boundary/host_functions.hpp"
#include "boundary/str.hpp"
#include "isolation/wire.hpp"

namespace gatehouse::detail::isolation {
namespace {

constexpr std::size_t max_problems = 128;
constexpr std::size_t max_options = 256;
constexpr std::size_t max_items = 65'536;
constexpr std::size_t max_parameters = 64;

void put(Writer& out, const Texts& texts) {
  out.number(static_cast<std::uint32_t>(texts.size()));
  for (const std::string_view text : texts) out.text(text);
}

void put(Writer& out, const Pairs& pairs) {
  out.number(static_cast<std::uint32_t>(pairs.size()));
  for (const auto& [name, value] : pairs) out.text(name).text(value);
}

void get(Reader& in, Texts& texts, std::size_t limit) {
  texts.resize(in.count(limit));
  for (std::string_view& text : texts) text = in.text();
}

void get(Reader& in, Pairs& pairs, std::size_t limit) {
  pairs.resize(in.count(limit));
  for (auto& [name, value] : pairs) {
    name = in.text();
    value = in.text();
  }
}

bool flag(Reader& in) {
  const std::uint8_t value = in.byte();
  if (value > 1) in.fail();
  return value == 1;
}

void put(Writer& out, const std::optional<std::int64_t>& time) {
  out.byte(time ? 1 : 0);
  if (time) out.wide(static_cast<std::uint64_t>(*time));
}

void get(Reader& in, std::optional<std::int64_t>& time) {
  time.reset();
  if (flag(in)) time = static_cast<std::int64_t>(in.wide());
}

/// A payload is a frame that never goes out by itself: its head is cut off.
Bytes without_head(Writer& out) {
  Bytes frame = out.take();
  constexpr std::ptrdiff_t head = frame_head + 1;
  if (!frame.empty()) frame.erase(frame.begin(), frame.begin() + head);
  return frame;
}

}  // namespace

Bytes encode(const Load& load) {
  return Writer(Kind::load).number(load.version).text(load.path).text(load.expected_id).take();
}

bool decode(Reader in, Load& load) {
  load.version = in.number();
  load.path = in.text();
  load.expected_id = in.text();
  return in.whole();
}

Bytes encode_create(std::string_view name, std::uint32_t workers, std::uint32_t log_level,
                    const gatehouse_option_value* values, std::size_t count) {
  Writer out(Kind::create);
  out.text(name).number(workers).number(log_level).number(static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const gatehouse_option_value& value = values[i];
    out.number(value.type).byte(value.present != 0 ? 1 : 0).wide(static_cast<std::uint64_t>(value.number));
    out.text(view(value.text)).number(static_cast<std::uint32_t>(value.list_size));
    for (std::size_t item = 0; item < value.list_size; ++item) out.text(view(value.list[item]));
  }
  return out.take();
}

bool decode(Reader in, Create& create) {
  create.name = in.text();
  create.workers = in.number();
  create.log_level = in.number();
  create.values.resize(in.count(max_options));
  for (OptionValue& value : create.values) {
    value.type = static_cast<OptionType>(in.number());
    value.present = flag(in);
    value.number = static_cast<std::int64_t>(in.wide());
    value.text = in.text();
    Texts list;
    get(in, list, max_items);
    value.list.assign(list.begin(), list.end());
  }
  return in.whole();
}

Bytes encode(const Reply& reply) {
  Writer out(Kind::reply);
  out.byte(reply.ok ? 1 : 0);
  put(out, reply.problems);
  out.text(reply.payload);
  return out.take();
}

bool decode(Reader in, Reply& reply) {
  reply.ok = flag(in);
  get(in, reply.problems, max_problems);
  reply.payload = in.text();
  return in.whole();
}

Bytes encode(const Ask& ask) {
  Writer out(Kind::ask);
  out.wide(ask.id).number(ask.remaining_ms).number(ask.credential).text(ask.realm).text(ask.user).text(ask.password);
  out.text(ask.token).text(ask.state);
  put(out, ask.responses);
  put(out, ask.attributes);
  return out.take();
}

bool decode(Reader in, Ask& ask) {
  ask.id = in.wide();
  ask.remaining_ms = in.number();
  ask.credential = in.number();
  ask.realm = in.text();
  ask.user = in.text();
  ask.password = in.text();
  ask.token = in.text();
  ask.state = in.text();
  get(in, ask.responses, max_items);
  get(in, ask.attributes, max_items);
  return in.whole();
}

Bytes encode(const WireAnswer& answer) {
  Writer out(Kind::answer);
  out.wide(answer.id).number(answer.verdict).number(answer.reason).number(answer.refusal_cost_us);
  out.byte(answer.no_store ? 1 : 0);
  put(out, answer.expiry_ms);
  put(out, answer.cache_until_ms);
  out.text(answer.subject).text(answer.detail);
  put(out, answer.groups);
  put(out, answer.attributes);
  out.number(static_cast<std::uint32_t>(answer.challenges.size()));
  for (const WireChallenge& challenge : answer.challenges) {
    out.number(challenge.kind).text(challenge.scheme).text(challenge.state);
    put(out, challenge.parameters);
  }
  return out.take();
}

bool decode(Reader in, WireAnswer& answer) {
  answer.id = in.wide();
  answer.verdict = in.number();
  answer.reason = in.number();
  answer.refusal_cost_us = in.number();
  answer.no_store = flag(in);
  get(in, answer.expiry_ms);
  get(in, answer.cache_until_ms);
  answer.subject = in.text();
  answer.detail = in.text();
  get(in, answer.groups, max_groups);
  get(in, answer.attributes, max_attributes);
  answer.challenges.resize(in.count(max_challenges));
  for (WireChallenge& challenge : answer.challenges) {
    challenge.kind = in.number();
    challenge.scheme = in.text();
    challenge.state = in.text();
    get(in, challenge.parameters, max_parameters);
  }
  return in.whole();
}

Bytes encode(const Claim& claim) {
  return Writer(Kind::claim).wide(claim.id).text(claim.subject).take();
}

bool decode(Reader in, Claim& claim) {
  claim.id = in.wide();
  claim.subject = in.text();
  return in.whole();
}

Bytes encode(const Admitted& admitted) {
  return Writer(Kind::admitted).wide(admitted.id).byte(admitted.go_on ? 1 : 0).take();
}

bool decode(Reader in, Admitted& admitted) {
  admitted.id = in.wide();
  admitted.go_on = flag(in);
  return in.whole();
}

Bytes encode(const LogLine& line) {
  return Writer(Kind::log).number(line.level).text(line.text).take();
}

bool decode(Reader in, LogLine& line) {
  line.level = in.number();
  line.text = in.text();
  return in.whole();
}

Bytes encode(const State& state) {
  Writer out(Kind::state);
  out.text(state.name).byte(state.changed ? 1 : 0);
  if (state.changed) put(out, *state.changed);
  return out.take();
}

bool decode(Reader in, State& state) {
  state.name = in.text();
  state.changed.reset();
  if (flag(in)) get(in, state.changed.emplace(), max_items);
  return in.whole();
}

Bytes payload_of(const gatehouse_plugin& plugin, bool reads_uris, bool lists_costs) {
  Writer out(Kind::reply);
  out.number(plugin.credentials).number(plugin.traits).text(view(plugin.id)).text(view(plugin.version));
  out.text(view(plugin.summary)).text(view(plugin.uri_option)).byte(reads_uris ? 1 : 0).byte(lists_costs ? 1 : 0);
  out.number(static_cast<std::uint32_t>(plugin.option_count));
  for (std::size_t i = 0; i < plugin.option_count; ++i) {
    const gatehouse_option& option = plugin.options[i];
    out.number(option.type).number(option.flags).text(view(option.name)).text(view(option.default_value));
    out.text(view(option.choices)).text(view(option.help));
    out.wide(static_cast<std::uint64_t>(option.minimum)).wide(static_cast<std::uint64_t>(option.maximum));
  }
  out.number(static_cast<std::uint32_t>(plugin.attribute_count));
  for (std::size_t i = 0; i < plugin.attribute_count; ++i) out.text(view(plugin.attributes[i]));
  return without_head(out);
}

bool decode(Reader in, Description& description) {
  gatehouse_plugin& plugin = description.plugin;
  plugin = gatehouse_plugin{};
  plugin.abi_major = GATEHOUSE_ABI_MAJOR;
  plugin.abi_minor = GATEHOUSE_ABI_MINOR;
  plugin.struct_size = sizeof(gatehouse_plugin);
  plugin.credentials = in.number();
  plugin.traits = in.number();
  plugin.id = as_str(in.text());
  plugin.version = as_str(in.text());
  plugin.summary = as_str(in.text());
  plugin.uri_option = as_str(in.text());
  description.reads_uris = flag(in);
  description.lists_costs = flag(in);
  description.options.assign(in.count(max_options), gatehouse_option{});
  for (gatehouse_option& option : description.options) {
    option.struct_size = sizeof(gatehouse_option);
    option.type = in.number();
    option.flags = in.number();
    option.name = as_str(in.text());
    option.default_value = as_str(in.text());
    option.choices = as_str(in.text());
    option.help = as_str(in.text());
    option.minimum = static_cast<std::int64_t>(in.wide());
    option.maximum = static_cast<std::int64_t>(in.wide());
  }
  description.attributes.assign(in.count(max_options), gatehouse_str{});
  for (gatehouse_str& attribute : description.attributes) attribute = as_str(in.text());
  plugin.options = description.options.data();
  plugin.option_count = description.options.size();
  plugin.attributes = description.attributes.data();
  plugin.attribute_count = description.attributes.size();
  return in.whole();
}

Bytes payload_of(const Created& created) {
  Writer out(Kind::reply);
  out.number(created.credentials).number(created.refusal_cost_us);
  return without_head(out);
}

bool decode(Reader in, Created& created) {
  created.credentials = in.number();
  created.refusal_cost_us = in.number();
  return in.whole();
}

Bytes payload_of(const Pairs& pairs) {
  Writer out(Kind::reply);
  put(out, pairs);
  return without_head(out);
}

bool decode(Reader in, Pairs& pairs, std::size_t limit) {
  get(in, pairs, limit);
  return in.whole();
}

}  // namespace gatehouse::detail::isolation
