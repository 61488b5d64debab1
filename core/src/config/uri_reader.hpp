// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Backends given as URIs: `scheme:BODY?name=value&name=value`.
#include "config/document.hpp"

namespace gatehouse::config {

/// Makes the realm "default" of source.backends. The body becomes the option uri_body_option, a repeated name a list.
/// What does not have this form may have one of its plugin's own (RFC 4516) if its body begins with "//": then it is
/// left under uri_unread_option, so that no plugin without such a form can overlook it. BackendDefinition::uri is the
/// URI as given. No message repeats a URI: it may hold a secret.
void read_uri_document(const ConfigSource& source, const Catalogue& catalogue, Document& document, Problems& problems);

}  // namespace gatehouse::config
