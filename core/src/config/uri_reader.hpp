// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Backends given as URIs: `scheme:BODY?name=value&name=value`.
#include "config/document.hpp"

namespace gatehouse::config {

/// Makes the realm "default" of source.backends. A scheme that is its plugin's id has the general form: the body
/// becomes the option "" (the plugin says which one that is), a repeated name a list. Any other scheme has a form of
/// its plugin's own, which is kept unread in BackendDefinition::uri. No message repeats a URI: it may hold a secret.
void read_uri_document(const ConfigSource& source, const Catalogue& catalogue, Document& document, Problems& problems);

}  // namespace gatehouse::config
