// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A remembered grant as a text for the region, and back: whose it is, and who vouched. The end of an identity is not
/// in it: it differs from token to token of the same person.
#include <memory>
#include <string>
#include <string_view>

#include <gatehouse/decision.hpp>

namespace gatehouse::detail {

[[nodiscard]] std::string to_text(const Answer& answer);
/// Null unless the text is one of to_text(), whole.
[[nodiscard]] std::shared_ptr<Answer> from_text(std::string_view text);

}  // namespace gatehouse::detail
