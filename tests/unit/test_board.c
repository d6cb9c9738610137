/* test_board.c: shared boards: what one process writes the others see, and only see; none changes its size. */
#include "unit.h"

#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER_UID 64002

static int fd;

static void make(enum board_kind kind)
{
    fd = board_make(kind);
    ck_assert_msg(fd >= 0, "no memfd: errno %d", errno);
}

START_TEST(words_are_shared)
{
    make(BOARD_FRONT);
    struct board_front *own = board_map(fd, BOARD_FRONT, true);
    int copy = board_read_only(fd);
    const struct board_front *seen = board_map(copy, BOARD_FRONT, false);
    ck_assert(own && seen && (const void *)own != (const void *)seen);
    ck_assert_uint_eq(board_get(&seen->requests[3][7]), 0);
    board_add(&own->requests[3][7], 2);
    board_add(&own->requests[3][7], 40);
    board_set(&own->conns_open, 9);
    ck_assert_uint_eq(board_get(&seen->requests[3][7]), 42);
    ck_assert_uint_eq(board_get(&seen->conns_open), 9);
    /* the process is restarted: a new mapping of the old board goes on */
    munmap(own, sizeof *own);
    own = board_map(fd, BOARD_FRONT, true);
    board_add(&own->requests[3][7], 1);
    ck_assert_uint_eq(board_get(&seen->requests[3][7]), 43);
}
END_TEST

START_TEST(readers_cannot_write)
{
    make(BOARD_FRONT);
    int copy = board_read_only(fd);
    ck_assert_int_ge(copy, 0);
    ck_assert_ptr_null(board_map(copy, BOARD_FRONT, true));
    ck_assert_int_eq(write(copy, "x", 1), -1);
}
END_TEST

/* One that runs as another uid, with the read-only descriptor: cannot get a writable one out of it. */
START_TEST(another_uid_cannot_reopen)
{
    if (geteuid() != 0)
        return; /* needs a second uid; where all run as one uid the master's board is sealed, see below */
    make(BOARD_SIGNER);
    int copy = board_read_only(fd), status;
    pid_t pid = fork();
    if (pid == 0) {
        char path[32];
        snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
        if (close(fd) != 0 || setgroups(0, NULL) != 0 || setresgid(OTHER_UID, OTHER_UID, OTHER_UID) != 0 ||
            setresuid(OTHER_UID, OTHER_UID, OTHER_UID) != 0)
            _exit(2);
        _exit(open(path, O_RDWR) >= 0 || board_map(copy, BOARD_SIGNER, true) ||
              !board_map(copy, BOARD_SIGNER, false));
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(status == 0, "wait status %#x", (unsigned)status);
}
END_TEST

START_TEST(size_is_fixed)
{
    for (int kind = 0; kind < BOARD_KINDS; kind++) {
        make((enum board_kind)kind);
        off_t size = lseek(fd, 0, SEEK_END);
        ck_assert_int_eq(ftruncate(fd, 0), -1);
        ck_assert_int_eq(ftruncate(fd, size + 1), -1);
        close(fd);
    }
}
END_TEST

/* Who may write a board may not keep its own next process from writing it. */
START_TEST(owner_cannot_seal)
{
    make(BOARD_FRONT);
    ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    ck_assert_int_eq(errno, EPERM);
}
END_TEST

/* The master's board: after its own mapping nobody, not even our uid, gets another one that is writable. */
START_TEST(master_is_sealed)
{
    make(BOARD_MASTER);
    struct board_master *own = board_map(fd, BOARD_MASTER, true);
    ck_assert(board_seal(fd));
    ck_assert_ptr_null(board_map(fd, BOARD_MASTER, true));
    const struct board_master *seen = board_map(fd, BOARD_MASTER, false);
    board_set(&own->generation, 7);
    ck_assert_uint_eq(board_get(&seen->generation), 7);
}
END_TEST

START_TEST(frames_that_are_taken)
{
    static const struct {
        struct proto_board board;
        bool taken;
    } rows[] = {
        { { BOARD_FRONT, 0, 1 }, true },
        { { BOARD_FRONT, SIGD_WORKERS_MAX - 1, 0 }, true },
        { { BOARD_FRONT, SIGD_WORKERS_MAX, 0 }, false },
        { { BOARD_FRONT, 0, 2 }, false },
        { { BOARD_SIGNER, 0, 0 }, false }, /* another kind's size */
        { { BOARD_KINDS, 0, 0 }, false },
    };
    struct boards boards;
    board_open(&boards);
    make(BOARD_FRONT);
    for (int i = 0; i < UNIT_ROWS(rows); i++)
        ck_assert_msg(board_take(&boards, &rows[i].board, fd) == rows[i].taken, "row %d", i);
    board_add(&boards.own_front->bytes_in, 5);
    ck_assert_uint_eq(board_get(&boards.fronts[0]->bytes_in), 5);
    ck_assert_uint_eq(board_get(&boards.fronts[SIGD_WORKERS_MAX - 1]->bytes_in), 5);
    ck_assert_uint_eq(board_get(&boards.fronts[1]->bytes_in), 0);
    close(fd);
    make(BOARD_MASTER);
    ck_assert(!board_take(&boards, &(struct proto_board){ BOARD_MASTER, 0, 1 }, fd)); /* nobody else's */
    ck_assert(board_take(&boards, &(struct proto_board){ BOARD_MASTER, 0, 0 }, fd));
}
END_TEST

START_TEST(any_other_file_is_refused)
{
    FILE *file = tmpfile();
    ck_assert_int_eq(ftruncate(fileno(file), sizeof(struct board_front)), 0);
    ck_assert_ptr_null(board_map(fileno(file), BOARD_FRONT, false)); /* who made it could shorten it */
    fclose(file);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, words_are_shared);
    tcase_add_test(tests, readers_cannot_write);
    tcase_add_test(tests, another_uid_cannot_reopen);
    tcase_add_test(tests, size_is_fixed);
    tcase_add_test(tests, owner_cannot_seal);
    tcase_add_test(tests, master_is_sealed);
    tcase_add_test(tests, frames_that_are_taken);
    tcase_add_test(tests, any_other_file_is_refused);
}

int main(void)
{
    return unit_run("board", fill);
}
