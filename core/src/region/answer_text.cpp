// SPDX-License-Identifier: Apache-2.0
#include "region/answer_text.hpp"

#include <cstdint>
#include <cstring>
#include <optional>

namespace gatehouse::detail {
namespace {

void put_number(std::string& text, std::size_t number) {
  const auto fixed = static_cast<std::uint32_t>(number);
  text.append(reinterpret_cast<const char*>(&fixed), sizeof fixed);
}

void put(std::string& text, std::string_view part) {
  put_number(text, part.size());
  text += part;
}

class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] std::uint32_t number() noexcept {
    std::uint32_t value = 0;
    if (!take(sizeof value)) return 0;
    std::memcpy(&value, taken_.data(), sizeof value);
    return value;
  }
  [[nodiscard]] std::string text() {
    const std::size_t size = number();
    return take(size) ? std::string(taken_) : std::string();
  }
  [[nodiscard]] bool over() const noexcept { return sound_ && rest_.empty(); }
  [[nodiscard]] bool sound() const noexcept { return sound_; }

 private:
  bool take(std::size_t size) noexcept {
    sound_ = sound_ && size <= rest_.size();
    if (!sound_) return false;
    taken_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  std::string_view rest_;
  std::string_view taken_;
  bool sound_ = true;
};

}  // namespace

std::string to_text(const Answer& answer) {
  std::string text;
  const Identity& identity = answer.identity;
  put(text, identity.subject);
  put(text, identity.backend);
  put(text, answer.claimed_subject);
  put_number(text, identity.groups.size());
  for (const std::string& group : identity.groups) put(text, group);
  put_number(text, identity.attributes.size());
  for (const auto& [name, value] : identity.attributes) {
    put(text, name);
    put(text, value);
  }
  return text;
}

std::shared_ptr<Answer> from_text(std::string_view text) {
  Reader reader(text);
  auto answer = std::make_shared<Answer>();
  answer->identity.subject = reader.text();
  answer->identity.backend = reader.text();
  answer->claimed_subject = reader.text();
  const std::uint32_t groups = reader.number();
  for (std::uint32_t i = 0; i < groups && reader.sound(); ++i) answer->identity.groups.push_back(reader.text());
  const std::uint32_t attributes = reader.number();
  for (std::uint32_t i = 0; i < attributes && reader.sound(); ++i) {
    std::string name = reader.text();
    answer->identity.attributes.emplace_back(std::move(name), reader.text());
  }
  if (!reader.over() || answer->identity.subject.empty()) return nullptr;
  answer->code = DecisionCode::granted;
  answer->cached = true;
  return answer;
}

}  // namespace gatehouse::detail
