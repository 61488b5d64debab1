// SPDX-License-Identifier: Apache-2.0
#include "admin_commands.hpp"

namespace gatehouse::cli {

std::vector<AdminCommand> admin_commands(AdminActions actions) {
  return {
      {"/reload", [reload = std::move(actions.reload)](const AdminParameters&) { return reload(); }},
      {"/cache/flush",
       [flush = std::move(actions.flush_cache)](const AdminParameters&) {
         flush();
         return AdminReply{true, "every remembered login is forgotten"};
       }},
  };
}

}  // namespace gatehouse::cli
