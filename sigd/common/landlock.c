/* landlock.c: Landlock by system calls: the C library has none for it, and the kernel's header of the day of the build
 * may be older than the kernel. Numbers are those of the kernel's include/uapi/linux/landlock.h and
 * Documentation/userspace-api/landlock.rst. */
#include "landlock.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444 /* the same on every architecture */
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define QUERY_VERSION 1U
#define RULE_PATH_BENEATH 1

enum { /* rights to paths */
       FS_EXECUTE = 1 << 0,
       FS_WRITE_FILE = 1 << 1,
       FS_READ_FILE = 1 << 2,
       FS_READ_DIR = 1 << 3,
       FS_REMOVE_DIR = 1 << 4,
       FS_REMOVE_FILE = 1 << 5,
       FS_MAKE_CHAR = 1 << 6,
       FS_MAKE_DIR = 1 << 7,
       FS_MAKE_REG = 1 << 8,
       FS_MAKE_SOCK = 1 << 9,
       FS_MAKE_FIFO = 1 << 10,
       FS_MAKE_BLOCK = 1 << 11,
       FS_MAKE_SYM = 1 << 12,
       FS_REFER = 1 << 13,     /* version 2 */
       FS_TRUNCATE = 1 << 14,  /* 3 */
       FS_IOCTL_DEV = 1 << 15, /* 5 */
};
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };            /* 4 */
enum { SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 }; /* 6 */

struct ruleset {
    uint64_t fs, net, scoped; /* what is denied but for its rules */
};
struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
    return version > 0 ? (int)version : 0;
}

/* All that this version of the interface can deny. */
static struct ruleset everything(int version)
{
    struct ruleset all = { .fs = FS_REFER - 1 };
    all.fs |=
        (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0) | (version >= 5 ? FS_IOCTL_DEV : 0);
    all.net = version >= 4 ? NET_BIND_TCP | NET_CONNECT_TCP : 0;
    all.scoped = version >= 6 ? SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL : 0;
    return all;
}

static int create(const struct ruleset *ruleset, int version)
{
    size_t size = version >= 6   ? sizeof *ruleset
                  : version >= 4 ? offsetof(struct ruleset, scoped)
                                 : offsetof(struct ruleset, net);
    return (int)syscall(SYS_landlock_create_ruleset, ruleset, size, 0);
}

/* Takes the ruleset's descriptor. */
static bool enforce(int ruleset)
{
    bool done = ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    if (ruleset >= 0)
        close(ruleset);
    return done;
}

bool landlock_nothing(void)
{
    int version = landlock_version();
    struct ruleset all = everything(version);
    return version == 0 || enforce(create(&all, version));
}

static bool allow(int ruleset, int fd, uint64_t rights)
{
    struct path_beneath rule = { rights, fd };
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool allow_path(int ruleset, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return true; /* nothing is there */
    bool done = allow(ruleset, fd, rights);
    close(fd);
    return done;
}

static int find_interpreter(struct dl_phdr_info *program, size_t size, void *path)
{
    (void)size;
    for (size_t i = 0; i < program->dlpi_phnum; i++)
        if (program->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)path = (const char *)(program->dlpi_addr + program->dlpi_phdr[i].p_vaddr);
    return 1; /* the first is the program itself */
}

/* Who executes a program executes its loader. By its directory: an upgrade of the C library puts a new one there. */
static bool allow_loader(int ruleset)
{
    const char *path = NULL;
    char real[PATH_MAX];
    dl_iterate_phdr(find_interpreter, &path);
    if (!path || !realpath(path, real))
        return true;
    *strrchr(real, '/') = '\0';
    return allow_path(ruleset, real, FS_EXECUTE);
}

bool landlock_writes(const struct landlock_wants *wants)
{
    int version = landlock_version();
    struct ruleset denied = everything(version);
    denied.fs &= ~(uint64_t)(FS_READ_FILE | FS_READ_DIR);
    if (wants->abstract)
        denied.scoped &= ~(uint64_t)SCOPE_ABSTRACT_UNIX_SOCKET;
    if (version == 0)
        return true;
    int ruleset = create(&denied, version);
    uint64_t writing = denied.fs & (FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
                                    FS_MAKE_REG | FS_MAKE_SOCK | FS_TRUNCATE);
    bool done = ruleset >= 0 && allow_loader(ruleset);
    for (size_t i = 0; done && i < wants->n_programs; i++)
        done = allow(ruleset, wants->programs[i], FS_EXECUTE);
    for (size_t i = 0; done && i < wants->n_directories; i++)
        done = allow_path(ruleset, wants->directories[i], writing);
    if (!done && ruleset >= 0) {
        close(ruleset);
        return false;
    }
    return enforce(ruleset);
}
