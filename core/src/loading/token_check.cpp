// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/token_check.hpp>

#include <exception>
#include <utility>

#include "boundary/str.hpp"
#include "loading/found_plugin.hpp"
#include "runtime/clock.hpp"

namespace gatehouse {
namespace {

void keep(void* to, gatehouse_str sentence) noexcept {
  try {
    *static_cast<std::string*>(to) = detail::view(sentence);
  } catch (...) {
    return;
  }
}

}  // namespace

Result<TokenAnswer> check_token(const std::string& plugin, const std::vector<std::string>& plugin_dirs,
                                const TokenQuestion& question) {
  try {
    auto found = detail::find_plugin(plugin, plugin_dirs);
    if (!found) return found.error();
    const gatehouse_token_check* extension = found->plugin->token_check;
    if (extension == nullptr) return Error{"plugin \"" + found->plugin->id + "\" has no check of tokens"};
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(detail::system_clock().wall().time_since_epoch());
    const gatehouse_token_question asked{sizeof(gatehouse_token_question),
                                         question.signature_only ? 1U : 0U,
                                         detail::as_str(question.token),
                                         detail::as_str(question.keys),
                                         detail::as_str(question.issuer),
                                         detail::as_str(question.audience),
                                         now.count()};
    TokenAnswer answer;
    const std::int32_t code = extension->check(&asked, &answer.why, &keep);
    if (code == GATEHOUSE_TOKEN_NO_KEYS) return Error{std::move(answer.why)};
    answer.accepted = code == GATEHOUSE_TOKEN_ACCEPTED;
    return answer;
  } catch (const std::exception& e) {
    return Error{std::string("cannot check the token: ") + e.what()};
  }
}

}  // namespace gatehouse
