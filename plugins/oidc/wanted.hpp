// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Whether anybody waits for an answer still: what takes long asks from time to time, and ends early. Empty: somebody
/// does.
#include <functional>

namespace gatehouse::oidc {

using Wanted = std::function<bool()>;

}  // namespace gatehouse::oidc
