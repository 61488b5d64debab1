// SPDX-License-Identifier: Apache-2.0
#include "config/file_access.hpp"

#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/words.hpp"

namespace gatehouse::config {
namespace {

// The kernel's form of an access list (linux/posix_acl_xattr.h): a version, then entries; little-endian.
enum Tag : std::uint32_t { tag_user = 0x02, tag_group_owner = 0x04, tag_group = 0x08, tag_mask = 0x10 };
constexpr std::size_t header_size = 4;
constexpr std::size_t entry_size = 8;
constexpr std::size_t largest_list = header_size + entry_size * 512;

struct Entry {
  std::uint32_t tag;
  std::uint32_t rights;
  std::uint32_t id;
};

std::uint32_t little_endian(const std::vector<char>& bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i - 1]);
  return value;
}

enum class ListState { none, read, unknown };

ListState read_access_list(const std::string& path, std::vector<Entry>& entries) {
  std::vector<char> bytes(largest_list);
  const ssize_t size = ::getxattr(path.c_str(), "system.posix_acl_access", bytes.data(), bytes.size());
  if (size < 0) return errno == ENODATA || errno == ENOTSUP ? ListState::none : ListState::unknown;
  const auto used = static_cast<std::size_t>(size);
  if (used < header_size || (used - header_size) % entry_size != 0) return ListState::unknown;
  for (std::size_t at = header_size; at < used; at += entry_size) {
    entries.push_back({little_endian(bytes, at, 2), little_endian(bytes, at + 2, 2), little_endian(bytes, at + 4, 4)});
  }
  return ListState::read;
}

bool is_own_group(gid_t group) {
  if (group == ::getegid()) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  const int filled = ::getgroups(count, groups.data());
  if (filled <= 0) return false;
  groups.resize(static_cast<std::size_t>(filled));
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool is_trusted_group(gid_t group, uid_t owner, Right right) {
  if (group == owner) return true;
  return right == Right::read && (group == 0 || is_own_group(group));
}

bool is_trusted_user(uid_t user, uid_t owner) {
  return user == 0 || user == owner || user == ::geteuid();
}

}  // namespace

Stranger find_stranger(const std::string& path, const struct stat& status, Right right) {
  const std::uint32_t bit = right == Right::read ? 4U : 2U;
  const std::string letter = right == Right::read ? "r" : "w";
  const std::string target = ' ' + shell_word(path);
  const std::string remove_list = "setfacl -b" + target;
  if ((status.st_mode & bit) != 0) return {"everybody", "chmod o-" + letter + target};
  // With an access list the group bits are its mask: no entry of it gives more than they do.
  if ((status.st_mode & (bit << 3U)) == 0) return {};

  std::vector<Entry> entries;
  const ListState state = read_access_list(path, entries);
  if (state == ListState::unknown) return {"an access list that cannot be read", remove_list};
  if (state == ListState::none) entries.push_back({tag_group_owner, bit, 0});
  for (const Entry& entry : entries) {
    if ((entry.rights & bit) == 0) continue;
    if (entry.tag == tag_group_owner && !is_trusted_group(status.st_gid, status.st_uid, right)) {
      return {"group " + std::to_string(status.st_gid), "chmod g-" + letter + target};
    }
    if (entry.tag == tag_group && !is_trusted_group(entry.id, status.st_uid, right)) {
      return {"group " + std::to_string(entry.id) + " (access list)", remove_list};
    }
    if (entry.tag == tag_user && !is_trusted_user(entry.id, status.st_uid)) {
      return {"user " + std::to_string(entry.id) + " (access list)", remove_list};
    }
  }
  return {};
}

}  // namespace gatehouse::config
