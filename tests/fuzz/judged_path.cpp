// SPDX-License-Identifier: Apache-2.0
// The input is a request target. One that is judged must have one reading: whoever decodes it once or twice, resolves
// dots, merges slashes or cuts parameters off comes to the same path.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <gatehouse/rules.hpp>
#include <string>
#include <string_view>

namespace {

using gatehouse::http::AccessRule;
using gatehouse::http::AccessRules;
using Kind = gatehouse::http::Ruling::Kind;

void require(bool condition) {
  if (!condition) std::abort();
}

/// As lenient as decoders get: what is no escape stays.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i + 1 > text.size() ? text.size() : i + 1, 2);
    if (text[i] == '%' && digits.size() == 2 && digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos) {
      out += static_cast<char>(std::stoi(std::string(digits), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

AccessRules one_rule(std::vector<std::string> paths) {
  AccessRule rule;
  rule.paths = std::move(paths);
  auto made = AccessRules::make({std::move(rule)});
  require(made.ok());
  return *std::move(made);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto all = one_rule({"/**"});
  const std::string target(reinterpret_cast<const char*>(data), size);
  const auto ruling = all.judge({"GET", target, "", ""});
  if (ruling.kind == Kind::refused) {
    require(!ruling.why.empty() && ruling.rule == nullptr);
    return 0;
  }
  if (target == "*") {
    require(ruling.rule == nullptr);
    return 0;
  }
  require(ruling.rule != nullptr && target.starts_with('/'));

  const auto path = target.substr(0, target.find('?'));
  const auto once = decoded(path);
  require(decoded(once) == once);
  require(once.find_first_of(";\\?#") == std::string::npos && once.find("//") == std::string::npos);
  for (const char c : once) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  require(std::filesystem::path(once).lexically_normal() == std::filesystem::path(once));

  // A pattern that spells it out matches it, with a slash at the end or without, and nothing longer.
  if (once.find('*') != std::string::npos) return 0;
  const auto exact = one_rule({once});
  const auto bare = path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
  require(exact.judge({"GET", target, "", ""}).rule != nullptr);
  require(exact.judge({"GET", bare, "", ""}).rule != nullptr);
  require(exact.judge({"GET", (bare == "/" ? "" : bare) + "/x", "", ""}).rule == nullptr);
  return 0;
}
