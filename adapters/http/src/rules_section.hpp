// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How [[http.rules]] is described to the reader of configurations.
#include <gatehouse/runtime.hpp>

namespace gatehouse::http {

[[nodiscard]] TableListSpec rules_list();

}  // namespace gatehouse::http
