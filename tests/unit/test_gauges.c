/* test_gauges.c: until when an app's keys follow each other. */
#include "unit.h"

#include "../../sigd/master/gauges.h"

#define NOW 1000
#define ENDS UINT64_C(0) /* a key without not_after */

struct window {
    uint64_t not_before, not_after;
    bool revoked;
};
static const struct {
    const char *name;
    size_t n;
    struct window keys[4];
    uint64_t until;
} rows[] = {
    { "no key", 0, { { 0 } }, 0 },
    { "one without an end", 1, { { 0, ENDS, false } }, BOARD_FOREVER },
    { "one with an end", 1, { { 0, 2000, false } }, 2000 },
    { "ended now", 1, { { 0, NOW, false } }, 0 },
    { "begins now", 1, { { NOW, 1001, false } }, 1001 },
    { "not begun", 1, { { 1001, ENDS, false } }, 0 },
    { "revoked", 1, { { 0, ENDS, true } }, 0 },
    { "overlap", 2, { { 0, 2000, false }, { 1500, 3000, false } }, 3000 },
    { "seam without overlap", 2, { { 0, 2000, false }, { 2000, 3000, false } }, 3000 },
    { "gap of a second", 2, { { 0, 2000, false }, { 2001, 3000, false } }, 2000 },
    { "order of the file",
      3,
      { { 3000, ENDS, false }, { 2000, 3000, false }, { 0, 2000, false } },
      BOARD_FOREVER },
    { "a revoked link", 3, { { 0, 2000, false }, { 2000, 3000, true }, { 3000, ENDS, false } }, 2000 },
    { "the newer one ends first", 2, { { 0, 5000, false }, { 900, 1100, false } }, 5000 },
    { "four in a row",
      4,
      { { 0, 1100, false }, { 1100, 1200, false }, { 1200, 1300, false }, { 1300, 1400, false } },
      1400 },
};

START_TEST(windows)
{
    struct config_app app = { .n_keys = rows[_i].n };
    for (size_t k = 0; k < rows[_i].n; k++) {
        app.keys[k].not_before = rows[_i].keys[k].not_before;
        app.keys[k].not_after = rows[_i].keys[k].not_after;
        app.keys[k].revoked = rows[_i].keys[k].revoked;
    }
    uint64_t until = gauges_signs_until(&app, NOW);
    ck_assert_msg(until == rows[_i].until, "%s: expected %llu, got %llu", rows[_i].name,
                  (unsigned long long)rows[_i].until, (unsigned long long)until);
}
END_TEST

START_TEST(rows_of_the_board)
{
    static struct board_master board;
    struct config_app apps[2] = { { .n_keys = 1 }, { .n_keys = 0 } };
    struct config config = { .n_apps = 2, .apps = apps };
    apps[0].keys[0].not_after = 2000;
    gauges_load(&board, &config, 7, NOW);
    ck_assert_uint_eq(board_get(&board.generation), 7);
    ck_assert_uint_eq(board_get(&board.loaded_at), NOW);
    ck_assert_uint_eq(board_get(&board.apps[0].signs_until), 2000);
    ck_assert_uint_eq(board_get(&board.apps[0].hosted), 0);
    ck_assert_uint_eq(board_get(&board.apps[1].hosted), 1);
    gauges_turn(&board, &config, 2, 2000);
    ck_assert_uint_eq(board_get(&board.apps[0].signs_until), 0);
    ck_assert_uint_eq(board_get(&board.apps[0].frozen), 0);
    ck_assert_uint_eq(board_get(&board.apps[1].frozen), 1);
    ck_assert_uint_eq(board_get(&board.loaded_at), NOW);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, windows, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, rows_of_the_board);
}

int main(void)
{
    return unit_run("gauges", fill);
}
