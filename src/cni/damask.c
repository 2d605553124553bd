/*
 * The CNI plugin that a container runtime starts: it carries the CNI_* variables and standard input to the agent's
 * socket, and the answer back. No networking and no parsing; those are the agent's (src/cni/cni-server.ts).
 *
 * Request: each CNI_* variable and a NUL, one more NUL, standard input; then our half of the socket is closed.
 * Answer:  one byte, our exit code; then JSON that ends in a newline, without which the answer was cut short.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef DAMASK_CNI_SOCKET
#define DAMASK_CNI_SOCKET "/run/damask/cni.sock"
#endif
#ifndef DAMASK_CNI_TIMEOUT_SECONDS
#define DAMASK_CNI_TIMEOUT_SECONDS 60 /* of the whole call: standard input, connecting, sending, the answer */
#endif
#define LIMIT (1024 * 1024) /* bytes of a request, and of an answer; REQUEST_LIMIT_BYTES in cni-server.ts */

/* The CNI specification's error codes. */
#define BAD_ENVIRONMENT "4"
#define IO_FAILURE "5"
#define TRY_LATER "11"
#define TRY_AGAIN "; start the agent, or look at its log, and try again"
/* A constant: it is also written by a signal handler, where nothing may be formatted. */
#define FAIL(code, message) fail("{\"cniVersion\":\"1.0.0\",\"code\":" code ",\"msg\":\"" message "\"}\n")

/* Needs no agent: runtimes ask for it when they read their configuration. CNI_VERSIONS in cni-version.ts. */
#define VERSIONS "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n"

extern char **environ;
static char buffer[LIMIT]; /* first the request, then the answer */

static int write_all(const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(STDOUT_FILENO, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return -1;
    bytes += written;
    length -= (size_t)written;
  }
  return 0;
}

static _Noreturn void fail(const char *json) {
  (void)!write_all(json, strlen(json)); /* the exit code says it too */
  _exit(1);
}

static void on_alarm(int signal) {
  (void)signal;
  FAIL(TRY_LATER, "the Damask agent did not answer in time" TRY_AGAIN);
}

static void start_clock(void) {
  struct sigaction action = {.sa_handler = on_alarm};
  sigset_t alarms;
  if (sigemptyset(&alarms) != 0 || sigaddset(&alarms, SIGALRM) != 0 || sigaction(SIGALRM, &action, NULL) != 0 ||
      sigprocmask(SIG_UNBLOCK, &alarms, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    FAIL(IO_FAILURE, "the Damask plugin cannot set its signals");
  alarm(DAMASK_CNI_TIMEOUT_SECONDS);
}

static size_t append(size_t length, const char *bytes, size_t count) {
  if (count > LIMIT - length) FAIL(BAD_ENVIRONMENT, "the CNI_* variables are longer than 1 MiB");
  memcpy(buffer + length, bytes, count);
  return length + count;
}

static size_t read_request(void) {
  size_t length = 0;
  for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
    if (strncmp(*variable, "CNI_", 4) == 0) length = append(length, *variable, strlen(*variable) + 1);
  length = append(length, "", 1);
  for (;;) {
    char past;
    ssize_t count = length < LIMIT ? read(STDIN_FILENO, buffer + length, LIMIT - length) : read(STDIN_FILENO, &past, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FAIL(IO_FAILURE, "the Damask plugin cannot read its standard input");
    if (count == 0) return length;
    if (length == LIMIT) FAIL(IO_FAILURE, "the network configuration on standard input is longer than 1 MiB");
    length += (size_t)count;
  }
}

static _Noreturn void miss_agent(void) {
  const char *command = getenv("CNI_COMMAND");
  if (command == NULL || strncmp(command, "VERSION", sizeof "VERSION") != 0)
    FAIL(TRY_LATER, "the Damask agent does not answer on its socket" TRY_AGAIN);
  _exit(write_all(VERSIONS, strlen(VERSIONS)) == 0 ? 0 : 1);
}

static int connect_agent(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = getenv("DAMASK_CNI_SOCKET"); /* for tests; a runtime does not set it */
  if (path == NULL || *path == '\0') path = DAMASK_CNI_SOCKET;
  if (strlen(path) >= sizeof address.sun_path) FAIL(BAD_ENVIRONMENT, "DAMASK_CNI_SOCKET is too long for a Unix socket");
  memcpy(address.sun_path, path, strlen(path) + 1);
  int agent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (agent < 0) FAIL(IO_FAILURE, "the Damask plugin cannot open a socket");
  while (connect(agent, (struct sockaddr *)&address, sizeof address) != 0)
    if (errno != EINTR) miss_agent();
  return agent;
}

/* An agent that went away, or refused the request before its end, shows when its answer is read. */
static void send_request(int agent, size_t length) {
  for (size_t sent = 0; sent < length;) {
    ssize_t count = send(agent, buffer + sent, length - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    sent += (size_t)count;
  }
  (void)shutdown(agent, SHUT_WR);
}

static size_t receive_answer(int agent) {
  size_t length = 0;
  while (length < LIMIT) {
    ssize_t count = recv(agent, buffer + length, LIMIT - length, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    length += (size_t)count;
  }
  if (length < 2 || buffer[length - 1] != '\n') FAIL(TRY_LATER, "the Damask agent's answer was cut short" TRY_AGAIN);
  return length;
}

int main(void) {
  start_clock();
  size_t length = read_request();
  int agent = connect_agent();
  send_request(agent, length);
  length = receive_answer(agent);
  alarm(0); /* an answer is written whole, or not at all */
  if (write_all(buffer + 1, length - 1) != 0) return 1;
  return (unsigned char)buffer[0];
}
