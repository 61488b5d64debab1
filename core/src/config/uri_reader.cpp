// SPDX-License-Identifier: Apache-2.0
#include "config/uri_reader.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/engine_keys.hpp"
#include "config/names.hpp"
#include "config/realm_check.hpp"
#include "config/words.hpp"
#include "text/utf8.hpp"

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_uri = 8192;
constexpr std::size_t most_uris = 32;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Nothing if an escape is broken, or the result is no clean text.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high << 4U | *low);
    i += 2;
  }
  if (text::has_control(out) || !text::is_utf8(out)) return std::nullopt;
  return out;
}

/// Whether "//user:password@host" or "https://user@host" stands in `text`.
bool has_userinfo(std::string_view text) {
  for (std::size_t at = text.find("//"); at != std::string_view::npos; at = text.find("//", at + 1)) {
    if (at != 0 && text[at - 1] != ':') continue;
    const std::string_view authority = text.substr(at + 2, text.find_first_of("/?#", at + 2) - (at + 2));
    if (authority.find('@') != std::string_view::npos) return true;
  }
  return false;
}

bool is_option_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

std::vector<std::string_view> items_of(std::string_view query) {
  std::vector<std::string_view> items;
  for (bool more = true; more;) {
    const std::size_t end = query.find('&');
    items.push_back(query.substr(0, end));
    more = end != std::string_view::npos;
    if (more) query.remove_prefix(end + 1);
  }
  return items;
}

/// Whether `query` is name=value&name=value.
bool is_options(std::string_view query) {
  const auto items = items_of(query);
  return std::all_of(items.begin(), items.end(), [](std::string_view item) {
    const std::size_t equals = item.find('=');
    return equals != std::string_view::npos && is_option_name(item.substr(0, equals));
  });
}

/// Puts a value into the table; a name that is there already becomes a list.
void put(RawTable& raw, const std::string& name, std::string text, const Location& where) {
  for (auto& [known, value] : raw) {
    if (known != name) continue;
    if (auto* list = std::get_if<std::vector<std::string>>(&value.value)) {
      list->push_back(std::move(text));
    } else {
      value.value = std::vector<std::string>{std::get<std::string>(value.value), std::move(text)};
    }
    return;
  }
  raw.emplace_back(name, RawValue{std::move(text), where, true});
}

class UriReader {
 public:
  /// `place` names it among several: "backend 2".
  UriReader(const std::string& place, bool only_one, BackendDefinition& backend, Problems& problems)
      : where_{place, 0, {}}, only_one_(only_one), backend_(backend), problems_(problems) {}

  [[nodiscard]] const std::string& scheme() const noexcept { return scheme_; }

  /// Returns the manifest of the plugin if the URI could be read.
  std::optional<Manifest> read(const std::string& uri, const Catalogue& catalogue) {
    const std::size_t colon = uri.find(':');
    std::string scheme = uri.substr(0, std::min(colon, uri.size()));
    for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (colon == std::string::npos || !is_scheme(scheme)) {
      return refuse("is not a URI; write it as htpasswd:/path/of/a/file or like it");
    }
    where_.file = only_one_ ? scheme : scheme + " (" + where_.file + ")";
    scheme_ = scheme;
    backend_.where = where_;
    const auto manifest = catalogue.find_scheme(scheme);
    if (!manifest) return refuse(manifest.error().message);
    backend_.plugin = manifest->id;
    backend_.uri = uri;

    const std::string_view rest = std::string_view(uri).substr(colon + 1);
    if (uri.size() > longest_uri) return refuse("is longer than 8KiB");
    if (text::has_control(uri) || !text::is_utf8(uri)) return refuse("holds a control character or is not UTF-8");
    if (rest.find('#') != std::string_view::npos) return refuse("has a fragment (#); write %23 for a # in a name");
    const auto decoded = percent_decoded(rest);
    if (!decoded) return refuse("holds a broken percent escape, or one of a character that is not allowed");
    if (has_userinfo(rest) || has_userinfo(*decoded)) {
      return refuse("has a user or password before a host (user:password@host); secrets belong into files");
    }
    if (!read_parts(rest)) return std::nullopt;
    return *manifest;
  }

 private:
  std::nullopt_t refuse(std::string_view text) {
    problems_.add(where_, text);
    return std::nullopt;
  }

  bool read_parts(std::string_view rest) {
    const std::size_t mark = rest.find('?');
    const std::string_view body = rest.substr(0, mark);
    if (body.empty()) return refuse("names nothing after the colon"), false;
    put(backend_.options, std::string(uri_body_option), *percent_decoded(body), where_);
    if (mark == std::string_view::npos) return true;
    const std::string_view query = rest.substr(mark + 1);
    if (!is_options(query)) {
      if (!body.starts_with("//")) {
        return refuse("has an option that is not name=value; options follow one ? and stand between &"), false;
      }
      put(backend_.options, std::string(uri_unread_option), *percent_decoded(query), where_);
      return true;
    }
    RawTable engine;
    if (!read_query(query, engine)) return false;
    const std::size_t before = problems_.size();
    apply_backend_keys(engine, where_, backend_, problems_);
    return problems_.size() == before;
  }

  bool read_query(std::string_view query, RawTable& engine) {
    static const std::vector<std::string> engine_names = backend_key_names();
    for (const std::string_view item : items_of(query)) {
      const std::size_t equals = item.find('=');
      const std::string name(item.substr(0, equals));
      Location where = where_;
      where.key = name;
      if (name == "plugin") {
        problems_.add(where, "is what the scheme says; remove it");
        return false;
      }
      const bool engine_key = std::find(engine_names.begin(), engine_names.end(), name) != engine_names.end();
      put(engine_key ? engine : backend_.options, name, *percent_decoded(item.substr(equals + 1)), where);
    }
    return true;
  }

  Location where_;
  bool only_one_;
  std::string scheme_;
  BackendDefinition& backend_;
  Problems& problems_;
};

std::string unused_name(std::string_view scheme, const std::vector<BackendDefinition>& backends) {
  std::string base(scheme);
  std::replace(base.begin(), base.end(), '+', '-');
  std::string name = base;
  for (std::size_t number = 2;
       std::any_of(backends.begin(), backends.end(), [&](const BackendDefinition& b) { return b.name == name; });
       ++number) {
    name = base + '-' + std::to_string(number);
  }
  return name;
}

void check_subjects(const Document& document, RealmDefinition& realm, bool all_share_names, Problems& problems) {
  if (all_share_names) {
    realm.subjects = Subjects::shared;
    return;
  }
  std::vector<const BackendDefinition*> chain;
  for (const BackendDefinition& backend : document.backends) chain.push_back(&backend);
  const Collision collision = find_collision(chain);
  if (collision.first == nullptr) return;
  problems.add(realm.where, "backends " + in_quotes(collision.first->name) + " and " +
                                in_quotes(collision.second->name) +
                                " may each know somebody of the same name, and URIs cannot say whether that is the "
                                "same person; write a configuration file with [realms.default] and the line: subjects "
                                "= \"shared\" (or add subject_prefix=NAME: to a URI)");
}

}  // namespace

void read_uri_document(const ConfigSource& source, const Catalogue& catalogue, Document& document, Problems& problems) {
  RealmDefinition realm;
  realm.name = "default";
  realm.display_name = source.display_name.empty() ? "Restricted" : source.display_name;
  realm.where = Location{"backends", 0, {}};
  if (const auto fault = display_name_fault(realm.display_name); !fault.empty()) {
    problems.add(Location{{}, 0, "display_name"}, fault);
  }
  if (source.backends.size() > most_uris) {
    problems.add(realm.where, "are more than 32; write a configuration file");
    return;
  }
  bool all_share_names = true;
  for (std::size_t i = 0; i < source.backends.size(); ++i) {
    const std::string& uri = source.backends[i];
    BackendDefinition backend;
    UriReader reader("backend " + std::to_string(i + 1), source.backends.size() == 1, backend, problems);
    const auto manifest = reader.read(uri, catalogue);
    if (!manifest) continue;
    if (std::find(source.backends.begin(), source.backends.begin() + static_cast<std::ptrdiff_t>(i), uri) !=
        source.backends.begin() + static_cast<std::ptrdiff_t>(i)) {
      problems.add(backend.where, "stands twice in the chain; keep one");
      continue;
    }
    all_share_names = all_share_names && manifest->shared_names;
    backend.name = unused_name(reader.scheme(), document.backends);
    realm.chain.push_back(backend.name);
    document.backends.push_back(std::move(backend));
  }
  if (problems.empty()) check_subjects(document, realm, all_share_names, problems);
  document.realms.push_back(std::move(realm));
  for (const SectionSpec& section : source.sections) {
    document.sections[section.name].values =
        check_options(section.options, {}, Location{{}, 0, section.name}, {}, problems);
  }
}

}  // namespace gatehouse::config
