// SPDX-License-Identifier: Apache-2.0
#include "name_lookup.hpp"

#include <pwd.h>

#include <cerrno>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::auth_socket {
namespace {

std::optional<std::string> name_of(uid_t user) {
  constexpr std::size_t largest = std::size_t{1024} * 1024;
  passwd entry{};
  for (std::vector<char> room(4096); room.size() <= largest; room.resize(room.size() * 2)) {
    passwd* found = nullptr;
    const int failed = ::getpwuid_r(user, &entry, room.data(), room.size(), &found);
    if (failed == ERANGE) continue;
    if (failed != 0 || found == nullptr || found->pw_uid != user) return std::nullopt;
    return found->pw_name;
  }
  return std::nullopt;
}

}  // namespace

void NameLookup::run(uid_t user) noexcept {
  try {
    name_ = name_of(user);
  } catch (const std::exception&) {
    name_.reset();
  }
  done_ = true;
}

std::shared_ptr<const NameLookup> NameLookup::begin(uid_t user, std::shared_ptr<const Mailbox> box) {
  try {
    auto lookup = std::make_shared<NameLookup>();
    std::thread([lookup, user, box = std::move(box)] {
      lookup->run(user);
      box->wake();
    }).detach();
    return lookup;
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace gatehouse::auth_socket
