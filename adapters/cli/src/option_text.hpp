// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How an option's description is put into words.
#include <string>
#include <string_view>

#include <gatehouse/option.hpp>

namespace gatehouse::cli {

/// What a user writes: the name, or NAME_file of a secret.
[[nodiscard]] std::string key_of(const OptionSpec& option);

/// "duration", "number, 1 to 256", "\"keep\" or \"strip\"", "path of a file that holds it".
[[nodiscard]] std::string type_text(const OptionSpec& option);

/// `text` between the bars of a Markdown table.
[[nodiscard]] std::string table_cell(std::string_view text);

/// ASCII letters in upper case.
[[nodiscard]] std::string upper(std::string_view text);

}  // namespace gatehouse::cli
