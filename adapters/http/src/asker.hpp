// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who asks: a person at a browser, or a program.
#include <gatehouse/http.hpp>

namespace gatehouse::http {

/// A GET or HEAD whose Accept names text/html (or application/xhtml+xml) and prefers it to application/json, and that
/// is not marked as sent by a script. In doubt a program.
[[nodiscard]] bool is_person(const Asker& asker) noexcept;

/// A person whose browser loads a page into its window: the only one who may be redirected.
[[nodiscard]] bool is_page_load(const Asker& asker) noexcept;

}  // namespace gatehouse::http
