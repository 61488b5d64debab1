// SPDX-License-Identifier: Apache-2.0
// The section [auth_socket].
#include <sys/un.h>

#include <gatehouse/auth_socket.hpp>
#include <utility>

namespace gatehouse::auth_socket {

SectionSpec section() {
  SectionSpec section;
  section.name = "auth_socket";
  OptionSpec path;
  path.name = "path";
  path.help = "Where programs of this machine ask, such as pam_gatehouse.so: the absolute path of a socket";
  OptionSpec realm;
  realm.name = "realm";
  realm.help = "The realm that is asked when the question names none; needed when there are several";
  section.options = {std::move(path), std::move(realm)};
  return section;
}

Result<DoorOptions> options(const OptionValues& values) {
  DoorOptions options;
  if (values.given("path")) {
    options.path = values.text("path");
    if (!options.path.starts_with('/')) return Error{"[auth_socket] path: write an absolute path"};
  }
  if (values.given("realm")) options.realm = values.text("realm");
  return options;
}

}  // namespace gatehouse::auth_socket
