// SPDX-License-Identifier: Apache-2.0
#include "passwd_audit.hpp"

#include <algorithm>
#include <htpasswd/hash_shape.hpp>
#include <htpasswd/line.hpp>
#include <htpasswd/lines.hpp>
#include <htpasswd/readers.hpp>
#include <iostream>
#include <optional>
#include <unordered_map>
#include <vector>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "passwd_file.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

using htpasswd::Scheme;

constexpr htpasswd::Work least_bcrypt = 1U << 10U;
constexpr htpasswd::Work least_rounds = 50'000;
constexpr std::size_t widest_user = 32;

struct Entry {
  std::size_t line;
  std::string_view user;
  htpasswd::HashShape shape;
};

struct Finding {
  std::size_t line;  ///< 0: the file as a whole
  std::string text;
};

/// What helps against guessing who has got the file; empty if nothing needs to be said.
std::string_view weakness(const htpasswd::HashShape& shape) {
  switch (shape.scheme) {
    case Scheme::plain:
      return "weak: the password stands there as it is";
    case Scheme::des:
      return "weak: DES compares only 8 bytes, and is guessed in hours. Not taken without allow_des";
    case Scheme::sha1:
      return "weak: one SHA-1 without a salt; equal passwords show, and billions are tried in a second";
    case Scheme::salted_sha1:
      return "weak: one SHA-1; billions are tried in a second";
    case Scheme::apr1:
    case Scheme::md5_crypt:
      return "weak: a thousand rounds of MD5; millions are tried in a second";
    case Scheme::bcrypt:
      return shape.work < least_bcrypt ? "weak: bcrypt with a cost below 10" : "";
    case Scheme::sha256_crypt:
    case Scheme::sha512_crypt:
      return shape.work < least_rounds ? "weak: fewer than 50000 rounds" : "";
    default:
      return "";
  }
}

class Audit {
 public:
  explicit Audit(std::string_view text) {
    if (!htpasswd::byte_order_mark(text).empty()) {
      add_finding(
          1, "the file begins with a byte order mark: nginx, Apache and others take it for a part of the first name");
    }
    htpasswd::Lines lines(text);
    while (const auto line = lines.next()) add(line->number, line->text);
  }

  void add_finding(std::size_t line, std::string text) { findings_.push_back({line, std::move(text)}); }

  void print_table() const {
    std::size_t width = 4;
    for (const Entry& entry : entries_) width = std::max(width, std::min(widest_user, printable(entry.user).size()));
    if (entries_.empty()) return;
    std::cout << cell("line", 8) << cell("user", width + 2) << cell("hash", 16)
              << "nginx  Apache  HAProxy  Caddy  Envoy  gatehouse\n";
    for (const Entry& entry : entries_) {
      const htpasswd::Readers readers = htpasswd::readers_of(entry.shape.scheme);
      const auto word = [](bool accepted) { return accepted ? "yes" : "no"; };
      std::cout << cell(std::to_string(entry.line), 8) << cell(printable(entry.user), width + 2)
                << cell(name_of(entry.shape), 16) << cell(word(readers.nginx), 7) << cell(word(readers.apache), 8)
                << cell(word(readers.haproxy), 9) << cell(word(readers.caddy), 7) << cell(word(readers.envoy), 7)
                << own_word(entry.shape.scheme) << '\n';
    }
    std::cout << '\n';
  }

  /// False if there was nothing to say.
  [[nodiscard]] bool print_findings() const {
    for (const Finding& finding : findings_) {
      if (finding.line > 0) std::cout << "line " << finding.line << ": ";
      std::cout << printable(finding.text) << '\n';
    }
    std::cout << entries_.size() << (entries_.size() == 1 ? " user, " : " users, ") << findings_.size()
              << (findings_.size() == 1 ? " finding\n" : " findings\n");
    return !findings_.empty();
  }

 private:
  static std::string cell(std::string text, std::size_t width) {
    text.append(text.size() < width ? width - text.size() : 1, ' ');
    return text;
  }

  static std::string name_of(const htpasswd::HashShape& shape) {
    switch (shape.scheme) {
      case Scheme::bcrypt: {
        unsigned cost = 0;
        for (htpasswd::Work work = shape.work; work > 1; work >>= 1U) ++cost;
        return "bcrypt " + std::to_string(cost);
      }
      case Scheme::locked:
        return "locked";
      case Scheme::empty:
        return "(none)";
      case Scheme::malformed:
        return "(malformed)";
      case Scheme::too_costly:
        return "(too costly)";
      case Scheme::unknown:
        return "(unknown)";
      default:
        return std::string(htpasswd::scheme_name(shape.scheme));
    }
  }

  static std::string_view own_word(Scheme scheme) {
    if (scheme == Scheme::plain) return "allow_plain";
    if (scheme == Scheme::des) return "allow_des";
    return htpasswd::is_usable(scheme) ? "yes" : "no";
  }

  void add(std::size_t number, std::string_view text) {
    const htpasswd::Line line = htpasswd::parse_line(text);
    if (line.kind == htpasswd::LineKind::ignored) return;
    if (line.kind != htpasswd::LineKind::entry) {
      add_finding(number, "malformed: " + std::string(htpasswd::complaint(line.kind)));
      return;
    }
    const htpasswd::Policy everything{.allow_plain = true, .allow_des = true};
    const htpasswd::HashShape shape = htpasswd::shape_of(line.hash, everything);
    entries_.push_back({number, line.user, shape});
    const std::string user = std::string(line.user) + ": ";
    if (const auto [known, added] = lines_.emplace(line.user, number); !added) {
      add_finding(number, user + "double: line " + std::to_string(known->second) +
                              " has that user already, and counts. Envoy refuses the whole file");
    }
    if (shape.scheme == Scheme::too_costly) {
      add_finding(number, user + "too costly: " + std::string(htpasswd::complaint(shape.scheme)));
    } else if (const auto why = htpasswd::complaint(shape.scheme); !why.empty()) {
      add_finding(number, user + "malformed: " + std::string(why));
    } else if (const auto weak = weakness(shape); !weak.empty()) {
      add_finding(number, user + std::string(weak));
    }
  }

  std::vector<Entry> entries_;
  std::vector<Finding> findings_;
  std::unordered_map<std::string_view, std::size_t> lines_;
};

}  // namespace

int passwd_audit(const std::string& path) {
  auto content = read_passwd_file(path);
  if (!content) {
    print_error(content.error().message);
    return exit_usage;
  }
  Audit audit(content->text.view());
  if ((content->mode & 0002U) != 0) audit.add_finding(0, "everybody may write this file: gatehouse refuses it");
  if ((content->mode & 0020U) != 0) {
    audit.add_finding(0, "the file's group, or who is on its access list, may write it, and decides who gets in");
  }
  if ((content->mode & 0004U) != 0) audit.add_finding(0, "everybody on this machine may read this file, and guess");
  audit.print_table();
  const bool found = audit.print_findings();
  std::cout.flush();
  return found ? exit_failed : exit_ok;
}

}  // namespace gatehouse::cli
