/* test_landlock.c: what is out of reach behind Landlock, in processes of their own; what stays in reach. */
#include "unit.h"

#include "landlock.h"
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int tcp_port(struct sockaddr_in *address) /* that somebody listens on */
{
    socklen_t len = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    ck_assert(fd >= 0 && bind(fd, (struct sockaddr *)address, sizeof *address) == 0 && listen(fd, 1) == 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &len), 0);
    return fd;
}

static int abstract(struct sockaddr_un *address, socklen_t *len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)snprintf(address->sun_path + 1, 64, "usersig-landlock-%d", (int)getpid()));
    ck_assert(fd >= 0 && bind(fd, (struct sockaddr *)address, *len) == 0 && listen(fd, 1) == 0);
    return fd;
}

/* What is there for the processes behind Landlock. */
static struct {
    int file, memory, listening, listening_abstract;
    struct sockaddr_in tcp;
    struct sockaddr_un abstract;
    socklen_t abstract_len;
    pid_t other;
} there;

static void make(void)
{
    place_make();
    place_put("file", "text", 4, 0600);
    place_put("program", "#!/bin/true\n", 12, 0755);
    ck_assert(mkdir(place_within("in"), 0700) == 0 && mkdir(place_within("in/deep"), 0700) == 0);
    place_put("in/file", "text", 4, 0600);
    there.file = open(place_within("file"), O_RDWR | O_CLOEXEC);
    there.memory = memfd_create("memory", MFD_CLOEXEC);
    there.listening = tcp_port(&there.tcp);
    there.listening_abstract = abstract(&there.abstract, &there.abstract_len);
    there.other = fork();
    if (there.other == 0) {
        pause();
        _exit(0);
    }
    ck_assert(there.file >= 0 && there.memory >= 0 && there.other > 0);
}

static void unmake(void)
{
    kill(there.other, SIGKILL);
    waitpid(there.other, NULL, 0);
    close(there.file);
    close(there.memory);
    close(there.listening);
    close(there.listening_abstract);
    place_remove();
}

static int error_of(bool worked)
{
    return worked ? 0 : errno;
}

static int opens(const char *path, int flags)
{
    return error_of(open(place_within(path), flags | O_CLOEXEC, 0600) >= 0);
}

static int executes(const char *path)
{
    pid_t pid = fork();
    int status;
    if (pid == 0) {
        execl(place_within(path), path, NULL);
        _exit(errno);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

/* Each gives 0 or an errno. */
static int reads(void)
{
    return opens("file", O_RDONLY);
}
static int reads_directory(void)
{
    return opens("in", O_RDONLY | O_DIRECTORY);
}
static int writes(void)
{
    return opens("file", O_WRONLY);
}
static int truncates(void)
{
    return error_of(truncate(place_within("file"), 0) == 0);
}
static int makes_file(void)
{
    return opens("new", O_WRONLY | O_CREAT);
}
static int makes_directory(void)
{
    return error_of(mkdir(place_within("new"), 0700) == 0);
}
static int removes(void)
{
    return error_of(unlink(place_within("file")) == 0);
}
static int links(void)
{
    return error_of(symlink("file", place_within("link")) == 0);
}
static int executes_script(void)
{
    return executes("program");
}
static int writes_inside(void)
{
    return opens("in/file", O_WRONLY);
}
static int makes_inside(void)
{
    return opens("in/deep/new", O_WRONLY | O_CREAT);
}
static int renames_inside(void)
{
    return error_of(rename(place_within("in/file"), place_within("in/other")) == 0);
}
static int removes_inside(void)
{
    return error_of(rmdir(place_within("in/deep")) == 0);
}
static int links_inside(void)
{
    return error_of(symlink("file", place_within("in/link")) == 0);
}
static int makes_fifo_inside(void)
{
    return error_of(mkfifo(place_within("in/fifo"), 0600) == 0);
}
static int binds_inside(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", place_within("in/socket"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return error_of(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
}
static int takes_out(void)
{
    return error_of(rename(place_within("in/file"), place_within("taken")) == 0);
}
static int held_file_is_cut(void)
{
    return error_of(ftruncate(there.file, 1) == 0 && pwrite(there.file, "x", 1, 0) == 1);
}
static int held_memory_grows(void)
{
    return error_of(ftruncate(there.memory, 100) == 0);
}
static int connects_tcp(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return error_of(connect(fd, (struct sockaddr *)&there.tcp, sizeof there.tcp) == 0);
}
static int binds_tcp(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return error_of(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
}
static int connects_abstract(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return error_of(connect(fd, (struct sockaddr *)&there.abstract, there.abstract_len) == 0);
}
static int signals(void)
{
    return error_of(kill(there.other, 0) == 0);
}
static int signals_itself(void)
{
    return error_of(kill(getpid(), 0) == 0);
}

static const struct {
    const char *name;
    int (*deed)(void);
    int nothing,
        some;  /* the errno behind landlock_nothing, and behind landlock_writes of the directory "in" */
    int since; /* version of the kernel's interface */
} rows[] = {
    { "read a file", reads, EACCES, 0, 1 },
    { "read a directory", reads_directory, EACCES, 0, 1 },
    { "write a file", writes, EACCES, EACCES, 1 },
    { "truncate a file", truncates, EACCES, EACCES, 3 },
    { "make a file", makes_file, EACCES, EACCES, 1 },
    { "make a directory", makes_directory, EACCES, EACCES, 1 },
    { "remove a file", removes, EACCES, EACCES, 1 },
    { "make a link", links, EACCES, EACCES, 1 },
    { "execute a script", executes_script, EACCES, EACCES, 1 },
    { "write a file inside", writes_inside, EACCES, 0, 1 },
    { "make a file inside", makes_inside, EACCES, 0, 1 },
    { "rename a file inside", renames_inside, EACCES, 0, 1 },
    { "remove a directory inside", removes_inside, EACCES, 0, 1 },
    { "make a socket inside", binds_inside, EACCES, 0, 1 },
    { "make a link inside", links_inside, EACCES, EACCES, 1 },
    { "make a fifo inside", makes_fifo_inside, EACCES, EACCES, 1 },
    { "take a file out", takes_out, EACCES, EACCES, 2 },
    { "cut and write a file that is open", held_file_is_cut, 0, 0, 1 },
    { "grow memory that is open", held_memory_grows, 0, 0, 1 },
    { "connect to TCP", connects_tcp, EACCES, EACCES, 4 },
    { "bind to TCP", binds_tcp, EACCES, EACCES, 4 },
    { "connect to an abstract socket", connects_abstract, EPERM, EPERM, 6 },
    { "send a signal to another", signals, EPERM, EPERM, 6 },
    { "send a signal to itself", signals_itself, 0, 0, 1 },
};

/* 0 or the errno of the deed in a process of its own: 200 where Landlock could not be entered. */
static int behind(int (*enter)(void), int (*deed)(void))
{
    int status;
    make();
    pid_t pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !enter())
            _exit(200);
        _exit(deed());
    }
    waitpid(pid, &status, 0);
    unmake();
    ck_assert_msg(WIFEXITED(status), "status 0x%x", (unsigned)status);
    return WEXITSTATUS(status);
}

static int enter_nothing(void)
{
    return landlock_nothing();
}

static int enter_some(void)
{
    const char *directories[] = { place_within("in"), place_within("absent") };
    return landlock_writes(&(struct landlock_wants){ directories, 2, NULL, 0, false });
}

static int enter_abstract(void)
{
    return landlock_writes(&(struct landlock_wants){ .abstract = true });
}

static int enter_program(void)
{
    int program = open("/bin/true", O_PATH | O_CLOEXEC);
    return landlock_writes(&(struct landlock_wants){ .programs = &program, .n_programs = 1 });
}

static int executes_true(void)
{
    pid_t pid = fork();
    int status;
    if (pid == 0) {
        execl("/bin/true", "true", NULL);
        _exit(errno);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static bool is_here(int since)
{
    if (landlock_version() >= since)
        return true;
    printf("skip - this kernel has version %d of Landlock\n", landlock_version());
    return false;
}

START_TEST(is_out_of_reach)
{
    if (!is_here(rows[_i].since))
        return;
    int nothing = behind(enter_nothing, rows[_i].deed), some = behind(enter_some, rows[_i].deed);
    ck_assert_msg(nothing == rows[_i].nothing, "%s, with nothing: expected %s, got %s", rows[_i].name,
                  strerror(rows[_i].nothing), strerror(nothing));
    ck_assert_msg(some == rows[_i].some, "%s, with a directory: expected %s, got %s", rows[_i].name,
                  strerror(rows[_i].some), strerror(some));
}
END_TEST

START_TEST(abstract_names_where_they_are_wanted)
{
    if (is_here(6))
        ck_assert_int_eq(behind(enter_abstract, connects_abstract), 0);
}
END_TEST

START_TEST(programs_and_their_loader)
{
    if (!is_here(1))
        return;
    ck_assert_int_eq(behind(enter_program, executes_true), 0);
    ck_assert_int_eq(behind(enter_some, executes_true), EACCES);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, is_out_of_reach, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, abstract_names_where_they_are_wanted);
    tcase_add_test(tests, programs_and_their_loader);
}

int main(void)
{
    return unit_run("landlock", fill);
}
