/*
 * For LD_PRELOAD: one system call on certain files is carried out, and then reported as failed. strace can
 * only keep a call from being carried out.
 *
 * TECP_FAULT_CALL names it, TECP_FAULT_NTH says which one of those on the files of TECP_FAULT_PATHS (with a
 * colon between them), TECP_FAULT_ERRNO how it fails. A line is added to TECP_FAULT_HITS when it has.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_long calls;

static int is_ours(const char *path) {
  const char *ours = getenv("TECP_FAULT_PATHS");
  size_t length = strlen(path);
  while (ours != NULL) {
    size_t here = strcspn(ours, ":");
    if (here == length && strncmp(ours, path, length) == 0) return 1;
    ours = ours[here] == '\0' ? NULL : ours + here + 1;
  }
  return 0;
}

static int fails(const char *call, const char *path) {
  const char *wanted = getenv("TECP_FAULT_CALL");
  if (wanted == NULL || strcmp(wanted, call) != 0 || !is_ours(path)) return 0;
  if (atomic_fetch_add(&calls, 1) + 1 != atol(getenv("TECP_FAULT_NTH"))) return 0;
  int hits = (int)syscall(SYS_openat, AT_FDCWD, getenv("TECP_FAULT_HITS"),
                          O_CREAT | O_APPEND | O_WRONLY, 0600);
  dprintf(hits, "%s %s\n", call, path);
  close(hits);
  errno = atoi(getenv("TECP_FAULT_ERRNO"));
  return 1;
}

static int fails_on(const char *call, int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return fails(call, path);
}

/* dprintf and close must not come back here, and do not: libc calls its own. */
ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t written = REAL(write)(fd, bytes, count);
  return written >= 0 && fails_on("write", fd) ? -1 : written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  ssize_t written = REAL(pwrite64)(fd, bytes, count, at);
  return written >= 0 && fails_on("pwrite64", fd) ? -1 : written;
}

int fsync(int fd) {
  int result = REAL(fsync)(fd);
  return result == 0 && fails_on("fsync", fd) ? -1 : result;
}

int fdatasync(int fd) {
  int result = REAL(fdatasync)(fd);
  return result == 0 && fails_on("fdatasync", fd) ? -1 : result;
}

int ftruncate64(int fd, off64_t length) {
  int result = REAL(ftruncate64)(fd, length);
  return result == 0 && fails_on("ftruncate", fd) ? -1 : result;
}

int rename(const char *from, const char *to) {
  int result = REAL(rename)(from, to);
  return result == 0 && fails("rename", to) ? -1 : result;
}

int unlink(const char *path) {
  int result = REAL(unlink)(path);
  return result == 0 && fails("unlink", path) ? -1 : result;
}

static int after_open(int fd, const char *path) {
  if (fd < 0 || !fails("openat", path)) return fd;
  int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

static mode_t mode_of(va_list more, int flags) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_of(more, flags);
  va_end(more);
  return after_open(REAL(open)(path, flags, mode), path);
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_of(more, flags);
  va_end(more);
  return after_open(REAL(open64)(path, flags, mode), path);
}
