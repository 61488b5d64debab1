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
      {"/throttle/list",
       [list = std::move(actions.list_throttled)](const AdminParameters&) {
         return AdminReply{true, list()};
       }},
      {"/throttle/clear",
       [clear = std::move(actions.clear_throttle)](const AdminParameters& parameters) {
         if (parameters.size() != 1 || parameters[0].first != "subject") return AdminReply{false, "subject is missing"};
         clear(parameters[0].second);
         return AdminReply{true, parameters[0].second.empty() ? "all guesses are forgotten"
                                                              : "the guesses at this account are forgotten"};
       }},
  };
}

}  // namespace gatehouse::cli
