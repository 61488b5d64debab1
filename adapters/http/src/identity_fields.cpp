// SPDX-License-Identifier: Apache-2.0
#include "identity_fields.hpp"

#include <algorithm>

#include "ascii.hpp"
#include "group_pattern.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t field_overhead = 4;  // ": " and the line end

/// Appends to fixed memory and remembers when that was too small.
class Writer {
 public:
  explicit Writer(std::span<char> memory) noexcept : memory_(memory) {}

  void put(char c) noexcept {
    if (used_ < memory_.size()) {
      memory_[used_++] = c;
    } else {
      full_ = true;
    }
  }
  void count(std::size_t bytes) noexcept {
    counted_ += bytes;
    full_ = full_ || total() > IdentityHeaders::max_size;
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  [[nodiscard]] std::size_t total() const noexcept { return used_ + counted_; }
  [[nodiscard]] bool full() const noexcept { return full_ || total() > IdentityHeaders::max_size; }
  [[nodiscard]] std::string_view since(std::size_t start) const noexcept {
    return std::string_view(memory_.data() + start, used_ - start);
  }

 private:
  std::span<char> memory_;
  std::size_t used_ = 0;
  std::size_t counted_ = 0;
  bool full_ = false;
};

void put_encoded(Writer& writer, std::string_view value) noexcept {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (std::size_t i = 0; i < value.size() && !writer.full(); ++i) {
    const char c = value[i];
    const bool edge = i == 0 || i + 1 == value.size();
    const bool plain = ascii::visible_or_space(c) && c != '%' && c != ',' && !(c == ' ' && edge);
    if (plain) {
      writer.put(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      writer.put('%');
      writer.put(hex[byte >> 4]);
      writer.put(hex[byte & 0x0F]);
    }
  }
}

void put_groups(Writer& writer, const IdentityHeaders::Names& names, const IdentityView& identity) noexcept {
  const auto start = writer.used();
  for (std::size_t i = 0; i < identity.group_count() && !writer.full(); ++i) {
    const auto group = identity.group(i);
    const bool told = !group.empty() && std::any_of(names.forward_groups.begin(), names.forward_groups.end(),
                                                    [&](const auto& pattern) { return matches(pattern, group); });
    if (!told) continue;
    if (writer.used() != start) writer.put(',');
    put_encoded(writer, group);
  }
}

std::string_view first_value(const IdentityView& identity, std::string_view name) noexcept {
  for (std::size_t i = 0; i < identity.attribute_count(); ++i) {
    const auto [key, value] = identity.attribute(i);
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::optional<Fields> write_fields(const IdentityHeaders::Names& names, const IdentityView& identity,
                                   std::span<char> memory) noexcept {
  if (identity.subject().empty()) return std::nullopt;
  Writer writer(memory);
  Fields fields;
  const auto add = [&](std::string_view name, auto write) {
    if (name.empty()) return;
    const auto start = writer.used();
    write();
    if (writer.used() == start) return;
    writer.count(name.size() + field_overhead);
    fields.items[fields.count++] = {name, writer.since(start)};
  };
  add(names.user, [&] { put_encoded(writer, identity.subject()); });
  add(names.groups, [&] { put_groups(writer, names, identity); });
  add(names.email, [&] { put_encoded(writer, first_value(identity, "email")); });
  add(names.name, [&] { put_encoded(writer, first_value(identity, "name")); });
  if (writer.full()) return std::nullopt;
  return fields;
}

}  // namespace gatehouse::http
