/*
 * Starts a program once for each line of standard input, and says how long each took. By vfork, as container runtimes do: a
 * fork of Node's own process takes longer than what is to be measured.
 *
 *   start-many AT-ONCE INPUT PROGRAM
 *
 * A line is the program's environment: NAME=VALUE, with a blank between two. INPUT is the file that it reads as standard input;
 * what it writes goes to our standard error. For each end a line: number of the line, exit code, microseconds; at last "all" and
 * the microseconds from the first start to the last end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define MOST_CALLS 4096
#define MOST_VARIABLES 32

static struct call {
  pid_t process;
  int64_t started_at;
} calls[MOST_CALLS];

static int64_t now_microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "start-many: %s: %s\n", what, why);
  exit(1);
}

static void start(struct call *call, const posix_spawn_file_actions_t *files, char *program, char *line) {
  char *environment[MOST_VARIABLES + 1] = {0};
  char *arguments[] = {program, NULL};
  int count = 0;
  for (char *word = strtok(line, " \n"); word != NULL && count < MOST_VARIABLES; word = strtok(NULL, " \n"))
    environment[count++] = word;
  call->started_at = now_microseconds();
  int error = posix_spawn(&call->process, program, files, NULL, arguments, environment);
  if (error != 0) die(program, strerror(error));
}

static void wait_for_one(int count) {
  int status;
  pid_t ended = wait(&status);
  int64_t now = now_microseconds();
  int number = 0;
  while (number < count && calls[number].process != ended) number++;
  if (number == count) die("wait", "a process ended that was not started");
  printf("%d %d %lld\n", number, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
         (long long)(now - calls[number].started_at));
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fputs("start-many: it takes AT-ONCE INPUT PROGRAM\n", stderr);
    return 2;
  }
  const int at_once = atoi(argv[1]);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, argv[2], O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, 2, 1);
  static char line[4096];
  int count = 0, running = 0;
  for (; count < MOST_CALLS && fgets(line, sizeof line, stdin) != NULL; running++) {
    for (; running == at_once; running--) wait_for_one(count);
    start(&calls[count++], &files, argv[3], line);
  }
  for (; running > 0; running--) wait_for_one(count);
  if (count > 0) printf("all 0 %lld\n", (long long)(now_microseconds() - calls[0].started_at));
  return 0;
}
