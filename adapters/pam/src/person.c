/* SPDX-License-Identifier: Apache-2.0 */
#include "person.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/types.h>

typedef enum Found { there, not_there, not_known } Found;

static Found find(const char* name, uid_t* uid) {
  static const size_t largest = (size_t)1024 * 1024;
  for (size_t size = 4096; size <= largest; size *= 2) {
    char* const room = malloc(size);
    struct passwd entry;
    struct passwd* found = NULL;
    const int failed = room == NULL ? ENOMEM : getpwnam_r(name, &entry, room, size, &found);
    if (found != NULL) *uid = entry.pw_uid;
    free(room);
    if (failed == ERANGE) continue;
    if (found != NULL) return there;
    return failed == 0 || failed == ENOENT || failed == ESRCH ? not_there : not_known;
  }
  return not_known;
}

bool is_account_of_another(const char* typed, const char* subject) {
  uid_t of_typed = 0;
  uid_t of_subject = 0;
  const Found account = find(typed, &of_typed);
  if (account == not_there) return false;
  return account != there || find(subject, &of_subject) != there || of_typed != of_subject;
}
