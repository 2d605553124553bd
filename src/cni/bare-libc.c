/*
 * The few functions of the C library that damask.c calls, by system calls alone: the static client needs no library, is a few
 * kilobytes, and is built for another architecture with nothing but its compiler. Linux 64-bit, x86-64 and arm64.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

char **environ;
static int error_number;

int *__errno_location(void) { return &error_number; }

int main(void);
_Noreturn __attribute__((used)) void start_c(long *stack);

/* At the start the stack holds argc, the arguments and a NULL, the environment and a NULL (the processor's System V ABI). */
#if defined __x86_64__
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call start_c\n");
#elif defined __aarch64__
__asm__(".globl _start\n_start: mov x29, #0\n mov x30, #0\n mov x0, sp\n bl start_c\n");
#else
#error "bare-libc.c knows x86-64 and arm64"
#endif

static long system_call(long number, long a, long b, long c, long d, long e, long f) {
#if defined __x86_64__
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
#else
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  long result = x0;
#endif
  if (result >= 0 || result < -4095) return result;
  error_number = (int)-result;
  return -1;
}

#define CALL(number, a, b, c) system_call(number, (long)(a), (long)(b), (long)(c), 0, 0, 0)

_Noreturn void start_c(long *stack) {
  environ = (char **)(stack + 1 + stack[0] + 1);
  _exit(main());
}

_Noreturn void _exit(int status) {
  for (;;) CALL(SYS_exit_group, status, 0, 0);
}

ssize_t read(int fd, void *bytes, size_t count) { return CALL(SYS_read, fd, bytes, count); }
ssize_t write(int fd, const void *bytes, size_t count) { return CALL(SYS_write, fd, bytes, count); }
int socket(int domain, int type, int protocol) { return (int)CALL(SYS_socket, domain, type, protocol); }
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length) {
  return (int)CALL(SYS_connect, fd, address.__sockaddr__, length);
}
int shutdown(int fd, int how) { return (int)CALL(SYS_shutdown, fd, how, 0); }
ssize_t send(int fd, const void *bytes, size_t count, int flags) {
  return system_call(SYS_sendto, fd, (long)bytes, (long)count, flags, 0, 0);
}
ssize_t recv(int fd, void *bytes, size_t count, int flags) {
  return system_call(SYS_recvfrom, fd, (long)bytes, (long)count, flags, 0, 0);
}

/* arm64 has no alarm(2). */
unsigned alarm(unsigned seconds) {
  struct itimerval timer = {.it_value = {.tv_sec = seconds}}, before = {0};
  CALL(SYS_setitimer, ITIMER_REAL, &timer, &before);
  return (unsigned)before.it_value.tv_sec;
}

/* The kernel's own shape (asm/signal.h), on both architectures. No handler of ours returns, so none needs a way back. */
struct kernel_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  unsigned long mask;
};

static void no_way_back(void) { _exit(1); }

int sigaction(int number, const struct sigaction *action, struct sigaction *before) {
  (void)before;
  /* 0x04000000 is SA_RESTORER, without which x86-64 delivers no signal. */
  struct kernel_sigaction to = {.handler = action->sa_handler, .flags = 0x04000000, .restorer = no_way_back};
  return (int)system_call(SYS_rt_sigaction, number, (long)&to, 0, sizeof to.mask, 0, 0);
}

__sighandler_t signal(int number, __sighandler_t handler) {
  struct sigaction action = {.sa_handler = handler};
  return sigaction(number, &action, NULL) == 0 ? SIG_DFL : SIG_ERR;
}

/* The kernel reads the first 64 signals. */
int sigemptyset(sigset_t *set) {
  memset(set, 0, sizeof *set);
  return 0;
}
int sigaddset(sigset_t *set, int number) {
  set->__val[0] |= 1UL << (number - 1);
  return 0;
}
int sigprocmask(int how, const sigset_t *set, sigset_t *before) {
  return (int)system_call(SYS_rt_sigprocmask, how, (long)set, (long)before, sizeof(unsigned long), 0, 0);
}

/* The compiler calls these two by itself as well. */
void *memset(void *to, int byte, size_t count) {
  for (size_t i = 0; i < count; i++) ((unsigned char *)to)[i] = (unsigned char)byte;
  return to;
}
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  for (size_t i = 0; i < count; i++) ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
  return to;
}
size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}
int strncmp(const char *a, const char *b, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (a[i] != b[i] || a[i] == '\0') return (unsigned char)a[i] - (unsigned char)b[i];
  return 0;
}
char *getenv(const char *name) {
  size_t length = strlen(name);
  for (char **variable = environ; *variable != NULL; variable++)
    if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=') return *variable + length + 1;
  return NULL;
}
