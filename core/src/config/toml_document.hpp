// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A configuration file as a Document.
#include <string>
#include <string_view>

#include "config/document.hpp"

namespace gatehouse::config {

/// `file` is what messages call the text. Fills everything of `document` but its directory, which must be set.
void read_toml_document(std::string_view text, const std::string& file, const ConfigSource& source,
                        const Catalogue& catalogue, Document& document, Problems& problems);

}  // namespace gatehouse::config
