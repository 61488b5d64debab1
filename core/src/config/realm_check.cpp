// SPDX-License-Identifier: Apache-2.0
#include "config/realm_check.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "config/words.hpp"

namespace gatehouse::config {
namespace {

using Index = std::map<std::string_view, const BackendDefinition*>;

std::vector<std::string> names_of(const std::vector<BackendDefinition>& backends) {
  std::vector<std::string> names;
  names.reserve(backends.size());
  for (const BackendDefinition& backend : backends) names.push_back(backend.name);
  return names;
}

void check_subjects(const RealmDefinition& realm, const std::vector<const BackendDefinition*>& chain,
                    Problems& problems) {
  if (realm.subjects == Subjects::shared) return;
  const Collision collision = find_collision(chain);
  if (collision.first == nullptr) return;
  const BackendDefinition& second = *collision.second;
  const std::string both = "backends " + in_quotes(collision.first->name) + " and " + in_quotes(second.name);
  if (!collision.first->subject_prefix.empty() && !second.subject_prefix.empty()) {
    problems.add(second.where, "the subject_prefix of " + both +
                                   " lets one name stand for two people; give each a prefix that the other does not "
                                   "begin with");
    return;
  }
  problems.add(realm.where, both +
                                " may each know somebody of the same name; if the same name is the same person, add to "
                                "[" +
                                realm.where.key + "] the line: subjects = \"shared\"; if not, add to [" +
                                second.where.key + "] the line: subject_prefix = " + in_quotes(second.name + ":"));
}

void check_chain(const RealmDefinition& realm, const Location& where, const Index& backends,
                 const std::vector<std::string>& names, std::set<std::string_view>& used, Problems& problems) {
  std::vector<const BackendDefinition*> chain;
  std::set<std::string_view> seen;
  for (const std::string& name : realm.chain) {
    if (problems.full()) return;
    if (!seen.insert(name).second) {
      problems.add(where, "names " + in_quotes(name) + " twice; keep one");
      continue;
    }
    used.insert(name);
    const auto backend = backends.find(name);
    if (backend == backends.end()) {
      problems.add(where, "names the backend " + in_quotes(name) + ", which does not exist" +
                              (names.empty() ? "; add [backends." + printable(name) + "]" : suggestion(name, names)));
    } else {
      chain.push_back(backend->second);
    }
  }
  check_subjects(realm, chain, problems);
}

}  // namespace

Collision find_collision(const std::vector<const BackendDefinition*>& chain) {
  // Sorted, an empty prefix comes first, and a prefix right before those that begin with it.
  auto sorted = chain;
  std::stable_sort(sorted.begin(), sorted.end(), [](const BackendDefinition* a, const BackendDefinition* b) {
    return a->subject_prefix < b->subject_prefix;
  });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const std::string& before = sorted[i - 1]->subject_prefix;
    const std::string& prefix = sorted[i]->subject_prefix;
    if (before.empty() ? prefix.empty() : prefix.starts_with(before)) return {sorted[i - 1], sorted[i]};
  }
  return {};
}

void check_realms(const Document& document, const std::vector<Location>& chains, Problems& problems) {
  Index backends;
  for (const BackendDefinition& backend : document.backends) backends.emplace(backend.name, &backend);
  const std::vector<std::string> names = names_of(document.backends);
  std::set<std::string_view> used;
  for (std::size_t i = 0; i < document.realms.size() && !problems.full(); ++i) {
    check_chain(document.realms[i], chains[i], backends, names, used, problems);
  }
  for (const BackendDefinition& backend : document.backends) {
    if (used.count(backend.name) == 0) {
      problems.add(backend.where,
                   "is in no chain; add " + in_quotes(backend.name) + " to a realm's chain or remove it");
    }
  }
}

}  // namespace gatehouse::config
