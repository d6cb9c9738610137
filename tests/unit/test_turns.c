/* test_turns.c: who is next where many wait. */
#include "unit.h"

#include "turns.h"

#include <string.h>

#define LINES 6
#define ITEMS 60

static struct turns turns;
static struct turns_line lines[LINES];
static struct item {
    struct turns_item is; /* first */
    char name;
} items[ITEMS];

static void set_up(void)
{
    turns = (struct turns){ 0 };
    memset(lines, 0, sizeof lines);
    memset(items, 0, sizeof items);
}

/* Item `name` begins to wait in a line. */
static void add(size_t line, char name)
{
    struct item *item = &items[name - 'A'];
    item->name = name;
    turns_add(&turns, &lines[line], &item->is);
}

static void leave(char name)
{
    turns_leave(&turns, &items[name - 'A'].is);
}

/* The names of the next n, '-' for nobody. */
static const char *take(size_t n)
{
    static char names[ITEMS + 1];
    ck_assert_uint_le(n, ITEMS);
    for (size_t i = 0; i < n; i++) {
        const struct item *item = (const struct item *)turns_take(&turns);
        names[i] = item ? item->name : '-';
        ck_assert(!item || !item->is.line);
    }
    names[n] = '\0';
    return names;
}

START_TEST(one_line_is_first_come_first_served)
{
    for (const char *name = "ABCDE"; *name; name++)
        add(0, *name);
    ck_assert_str_eq(take(6), "ABCDE-");
}
END_TEST

START_TEST(lines_take_turns)
{
    for (const char *name = "ABCDE"; *name; name++)
        add(0, *name);
    add(1, 'K');
    add(1, 'L');
    add(2, 'X');
    ck_assert_str_eq(take(9), "AKXBLCDE-");
}
END_TEST

/* Who comes while others wait waits for one of each line. */
START_TEST(a_new_line_waits_for_one_of_each)
{
    for (const char *name = "ABCDE"; *name; name++)
        add(0, *name);
    for (const char *name = "KLM"; *name; name++)
        add(1, *name);
    ck_assert_str_eq(take(1), "A");
    add(2, 'X');
    ck_assert_str_eq(take(8), "KBXLCMDE");
}
END_TEST

/* A line that was served and comes again does not come before one that waits. */
START_TEST(coming_again_gains_nothing)
{
    add(0, 'A');
    add(1, 'K');
    add(1, 'L');
    ck_assert_str_eq(take(1), "A");
    add(0, 'B');
    ck_assert_str_eq(take(1), "K");
    ck_assert_str_eq(take(3), "BL-");
}
END_TEST

static const struct {
    const char *leave, *then;
} leavers[] = {
    { "A", "BKCLM-" }, { "B", "AKCLM-" }, { "C", "AKBLM-" }, { "K", "ALBMC-" },  { "KLM", "ABC-" },
    { "ABC", "KLM-" }, { "ABCKLM", "-" }, { "CBA", "KLM-" }, { "AA", "BKCLM-" }, { "ABKL", "CM-" },
};

START_TEST(leaver)
{
    for (const char *name = "ABC"; *name; name++)
        add(0, *name);
    for (const char *name = "KLM"; *name; name++)
        add(1, *name);
    for (const char *name = leavers[_i].leave; *name; name++)
        leave(*name);
    ck_assert_str_eq(take(strlen(leavers[_i].then)), leavers[_i].then);
    add(0, 'D');
    ck_assert_str_eq(take(2), "D-");
}
END_TEST

/* Against lists that are kept the plain way. */
START_TEST(at_random)
{
    char plain[LINES][ITEMS + 1] = { "" };
    size_t order[LINES], n = 0; /* of lines, that whose turn it is first */
    for (int round = 0; round < 20000; round++) {
        size_t line = unit_below(LINES), which = unit_below(ITEMS);
        struct item *item = &items[which];
        char name = (char)('A' + which);
        if (unit_below(3) && !item->is.line) {
            if (!plain[line][0])
                order[n++] = line;
            plain[line][strlen(plain[line])] = name;
            add(line, name);
        } else if (unit_below(2) && item->is.line) {
            line = (size_t)(item->is.line - lines);
            char *at = strchr(plain[line], name);
            memmove(at, at + 1, strlen(at));
            leave(name);
            for (size_t i = 0; i < n && !plain[line][0]; i++)
                if (order[i] == line)
                    memmove(order + i, order + i + 1, (--n - i) * sizeof *order);
        } else {
            char expected[2] = { n ? plain[order[0]][0] : '-', '\0' };
            const char *got = take(1);
            unit_assert(strcmp(got, expected) == 0, "round %d: expected %s, got %s", round, expected, got);
            if (!n)
                continue;
            line = order[0];
            memmove(plain[line], plain[line] + 1, strlen(plain[line]));
            memmove(order, order + 1, --n * sizeof *order);
            if (plain[line][0])
                order[n++] = line;
        }
    }
}
END_TEST

static void fill(TCase *tests)
{
    unit_seed();
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, one_line_is_first_come_first_served);
    tcase_add_test(tests, lines_take_turns);
    tcase_add_test(tests, a_new_line_waits_for_one_of_each);
    tcase_add_test(tests, coming_again_gains_nothing);
    tcase_add_loop_test(tests, leaver, 0, UNIT_ROWS(leavers));
    tcase_add_test(tests, at_random);
}

int main(void)
{
    return unit_run("turns", fill);
}
