/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "text.h"
#include "wire.h"

/* Longer than a realm may take by default: the other side knows better when to give up. */
enum { patience_ms = 45000 };

typedef struct exchange {
  int fd;
  int64_t deadline;
  unsigned char* buffer; /* WIRE_HEAD + WIRE_BODY_MAX bytes, for the question and then for the answer */
} exchange;

static int64_t monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_for(const exchange* with, short events) {
  for (;;) {
    const int64_t left = with->deadline - monotonic_ms();
    if (left <= 0) return false;
    struct pollfd ready = {with->fd, events, 0};
    const int count = poll(&ready, 1, (int)left);
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

static bool is_passing(ssize_t moved) {
  return moved < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool send_all(const exchange* with, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t sent = send(with->fd, with->buffer + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      done += (size_t)sent;
    } else if (!is_passing(sent) || !wait_for(with, POLLOUT)) {
      return false;
    }
  }
  return true;
}

static bool receive_all(const exchange* with, unsigned char* into, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t got = recv(with->fd, into + done, size - done, MSG_DONTWAIT);
    if (got > 0) {
      done += (size_t)got;
    } else if (!is_passing(got) || !wait_for(with, POLLIN)) {
      return false;
    }
  }
  return true;
}

static bool say_no(pam_handle_t* pam, const char* path, const char* why) {
  pam_syslog(pam, LOG_ERR, "%s: %s; nothing was sent", path, why);
  return false;
}

/* The password goes to whoever listens there: that must be root, or who owns the socket's folder; and nobody else may
 * be able to put another socket there, or another folder in the place of one on the way. */
static bool is_trusted(pam_handle_t* pam, int fd, const char* path) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  struct stat folder;
  char name[sizeof((struct sockaddr_un*)0)->sun_path];
  memcpy(name, path, strlen(path) + 1);
  char* const slash = strrchr(name, '/');
  *(slash == name ? slash + 1 : slash) = '\0';
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || stat(name, &folder) != 0) {
    return say_no(pam, path, strerror(errno));
  }
  if (peer.uid != 0 && peer.uid != folder.st_uid) {
    return say_no(pam, path, "who listens is neither root nor the owner of its folder");
  }
  char* why = NULL;
  if (gatehouse_path_is_trusted(as_str(name), peer.uid, &why)) return true;
  say_no(pam, path, why == NULL ? "it cannot be looked at" : why);
  gatehouse_free(why);
  return false;
}

static bool open_socket(pam_handle_t* pam, const char* path, exchange* with) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address.sun_path) {
    pam_syslog(pam, LOG_ERR, "%s: too long for a socket", path);
    return false;
  }
  memcpy(address.sun_path, path, strlen(path));
  with->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (with->fd < 0) return false;
  /* For a place in its queue: many may log in at once. */
  const struct timeval queue_time = {5, 0};
  (void)setsockopt(with->fd, SOL_SOCKET, SO_SNDTIMEO, &queue_time, sizeof queue_time);
  if (connect(with->fd, (const struct sockaddr*)&address, sizeof address) != 0) {
    pam_syslog(pam, LOG_ERR, "%s: %s; is gatehouse serve running with --auth-socket?", path, strerror(errno));
    return false;
  }
  return is_trusted(pam, with->fd, path);
}

static size_t write_question(const door_arguments* from, const door_question* question, unsigned char* into) {
  wire_question wire;
  memset(&wire, 0, sizeof wire);
  wire.credential = question->is_response ? GATEHOUSE_CREDENTIAL_RESPONSE : GATEHOUSE_CREDENTIAL_PASSWORD;
  wire.realm = as_str(from->realm);
  wire.user = question->user;
  wire.password = question->password;
  wire.state = question->state;
  wire.address = as_str(question->address);
  for (size_t i = 0; i < question->response_count; ++i) wire.responses[i] = question->responses[i];
  wire.response_count = question->response_count;
  return wire_write_question(&wire, into, WIRE_HEAD + WIRE_BODY_MAX);
}

static bool take_answer(const wire_answer* from, door_answer* into) {
  into->reason = from->reason;
  into->expiry_ms = from->expiry_ms;
  into->subject = exact_copy(from->subject);
  bool whole = into->subject != NULL && answer_set_state(into, from->state);
  for (size_t i = 0; i < from->prompt_count && whole; ++i) {
    whole = answer_add_prompt(into, from->prompts[i].hidden, from->prompts[i].text);
  }
  into->code = whole ? (gatehouse_code)from->code : GATEHOUSE_DECISION_UNAVAILABLE;
  return whole;
}

static bool receive_answer(const exchange* with, door_answer* into) {
  wire_answer wire;
  if (!receive_all(with, with->buffer, WIRE_HEAD)) return false;
  const size_t size = wire_body_size(with->buffer);
  return size > 0 && receive_all(with, with->buffer, size) && wire_read_answer(with->buffer, size, &wire) &&
         take_answer(&wire, into);
}

void client_ask(pam_handle_t* pam, const door_arguments* from, const door_question* question, door_answer* into) {
  exchange with = {-1, monotonic_ms() + patience_ms, malloc(WIRE_HEAD + WIRE_BODY_MAX)};
  if (with.buffer != NULL) {
    const size_t size = write_question(from, question, with.buffer);
    if (size == 0) {
      into->code = GATEHOUSE_DECISION_MALFORMED; /* longer than any name or password may be */
    } else if (open_socket(pam, from->socket, &with) && (!send_all(&with, size) || !receive_answer(&with, into))) {
      pam_syslog(pam, LOG_ERR, "%s: no answer that can be understood", from->socket);
      answer_clear(into);
    }
    explicit_bzero(with.buffer, WIRE_HEAD + WIRE_BODY_MAX);
  }
  free(with.buffer);
  if (with.fd >= 0) close(with.fd);
}
