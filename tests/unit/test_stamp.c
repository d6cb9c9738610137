/* test_stamp.c: clocks that leap, fall back, start in 1970, and what is signed under them. */
#include "unit.h"

#include "../../sigd/signer/stamp.h"

#define T 2000000000 /* a day in 2033; sigd was built a million seconds before */
#define BUILT (T - 1000000)
#define UP 5000 /* seconds since boot then */
#define H 3600
#define DAY 86400
#define Y2038 2147483648
#define Y2106 4294967296

enum { GOOD, WAITING, UNSYNCED, LEAPT, BUILD, AUDIT }; /* enum proto_clock_verdict */
enum { NO, YES, ACCEPT }; /* of the kernel's sync; the operator's word after the look */

static const struct scene {
    const char *name;
    enum stamp_unsynced unsynced;
    uint64_t built, audited;
    struct look {
        uint64_t real, up;
        int synced, verdict;
        int64_t stepped;
    } looks[8]; /* up to the first without any time */
} scenes[] = {
    { "time goes by",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 1, UP + 1, YES, GOOD, 0 },
        { T + 40 * DAY, UP + 40 * DAY, YES, GOOD, 0 } } },
    { "seconds are cut differently",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 }, { T + 1, UP, YES, GOOD, 0 }, { T + 6, UP + 1, YES, GOOD, 0 } } },
    { "a clock that is slewed for a night",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 10 * H + 18, UP + 10 * H, YES, GOOD, 0 },
        { T + 20 * H, UP + 20 * H, YES, GOOD, 0 } } },
    { "back a day",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 }, { T - DAY, UP, YES, GOOD, -DAY }, { T - DAY + 9, UP + 9, YES, GOOD, 0 } } },
    { "back a day and repaired",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T - DAY, UP + 1, YES, GOOD, -DAY - 1 },
        { T + 60, UP + 60, NO, GOOD, DAY + 1 } } },
    { "back a day, and forward when that has been believed for an hour",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T - DAY, UP, YES, GOOD, -DAY },
        { T - DAY + H, UP + H, YES, GOOD, 0 },
        { T + H, UP + H, NO, LEAPT, DAY } } },
    { "forward an hour is believed",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 }, { T + H, UP, NO, GOOD, H }, { T + H + 10, UP + 10, NO, GOOD, 0 } } },
    { "forward more than an hour is not",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + H + 1, UP, NO, LEAPT, H + 1 },
        { T + 99 * H + 1, UP + 98 * H, NO, LEAPT, 0 } } },
    { "two steps of forty minutes are a leap",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 2400, UP, NO, GOOD, 2400 },
        { T + 2400 + 3000, UP + 3000, NO, GOOD, 0 },
        { T + 4800 + 3000, UP + 3000, NO, LEAPT, 2400 } } },
    { "two such steps more than an hour apart are not",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 2400, UP, NO, GOOD, 2400 },
        { T + 2400 + H, UP + H, NO, GOOD, 0 },
        { T + 4800 + 2 * H, UP + 2 * H, NO, GOOD, 2400 } } },
    { "forward a year and back again",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 365 * DAY, UP, NO, LEAPT, 365 * DAY },
        { T + 100, UP + 100, NO, GOOD, -365 * DAY } } },
    { "a leap that the kernel stands by for a minute",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 2 * H, UP, YES, LEAPT, 2 * H }, /* what it says of the time before counts for nothing */
        { T + 2 * H + 59, UP + 59, YES, LEAPT, 0 },
        { T + 2 * H + 60, UP + 60, YES, GOOD, 0 },
        { T + 3 * H, UP + H, YES, GOOD, 0 } } },
    { "a minute with a break is none",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 2 * H, UP, NO, LEAPT, 2 * H },
        { T + 2 * H + 1, UP + 1, YES, LEAPT, 0 },
        { T + 2 * H + 40, UP + 40, NO, LEAPT, 0 },
        { T + 2 * H + 41, UP + 41, YES, LEAPT, 0 },
        { T + 2 * H + 100, UP + 100, YES, LEAPT, 0 },
        { T + 2 * H + 101, UP + 101, YES, GOOD, 0 } } },
    { "the operator stands by a leap",
      STAMP_REFUSE,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 },
        { T + 2 * H, UP, ACCEPT, LEAPT, 2 * H },
        { T + 2 * H, UP, NO, GOOD, 0 },
        { T + 3 * H + 1, UP + H, NO, GOOD, 0 },
        { T + 9 * H, UP + H, NO, LEAPT, 5 * H + H - 1 } } },
    { "a machine that slept",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 }, { T + 8 * H, UP + 8 * H, NO, GOOD, 0 } } },
    { "a machine that slept and woke in the wrong zone",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 }, { T + 16 * H, UP + 8 * H, NO, LEAPT, 8 * H } } },
    { "boot in 1970, set by hand",
      STAMP_WAIT,
      BUILT,
      0,
      { { 0, 9, NO, BUILD, 0 },
        { 100, 109, NO, BUILD, 0 },
        { 1000, 1009, NO, BUILD, 0 },
        { T, 1010, NO, GOOD, T - 1001 } } },
    { "boot in 1970, set and disciplined soon",
      STAMP_WAIT,
      BUILT,
      0,
      { { 9, 9, NO, BUILD, 0 }, { T, 20, NO, WAITING, T - 20 }, { T + 10, 30, YES, GOOD, 0 } } },
    { "the kernel's word does not make 1970 true",
      STAMP_SERVE,
      BUILT,
      0,
      { { 9, 9, YES, BUILD, 0 }, { 100, 100, YES, BUILD, 0 } } },
    { "the operator's does",
      STAMP_WAIT,
      BUILT,
      0,
      { { 9, 9, ACCEPT, BUILD, 0 }, { 10, 10, NO, GOOD, 0 }, { 3, 11, NO, BUILD, -8 } } },
    { "to 1970 and back while it runs",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, UP, YES, GOOD, 0 }, { 0, UP, NO, BUILD, -T }, { T + DAY, UP + DAY, NO, GOOD, T } } },
    { "the second of the build",
      STAMP_SERVE,
      BUILT,
      0,
      { { BUILT - 1, UP, YES, BUILD, 0 }, { BUILT, UP + 1, YES, GOOD, 0 } } },
    { "no clock for two minutes",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, 10, NO, WAITING, 0 }, { T + 109, 119, NO, WAITING, 0 }, { T + 110, 120, NO, GOOD, 0 } } },
    { "a clock within two minutes",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, 10, NO, WAITING, 0 }, { T + 1, 11, YES, GOOD, 0 }, { T + 2, 12, NO, GOOD, 0 } } },
    { "a start on a machine that runs", STAMP_WAIT, BUILT, 0, { { T, 120, NO, GOOD, 0 } } },
    { "NTP sets the clock while it is waited for",
      STAMP_WAIT,
      BUILT,
      0,
      { { T, 10, NO, WAITING, 0 }, { T + DAY, 20, YES, GOOD, DAY - 10 } } },
    { "refuse",
      STAMP_REFUSE,
      BUILT,
      0,
      { { T, 10, NO, UNSYNCED, 0 },
        { T + DAY, 10 + DAY, NO, UNSYNCED, 0 },
        { T + DAY, 10 + DAY, YES, GOOD, 0 } } },
    { "refuse, but for the operator",
      STAMP_REFUSE,
      BUILT,
      0,
      { { T, 10, ACCEPT, UNSYNCED, 0 }, { T + 1, 11, NO, GOOD, 0 } } },
    { "serve", STAMP_SERVE, BUILT, 0, { { T, 1, NO, GOOD, 0 } } },
    { "before the audit log's end",
      STAMP_WAIT,
      BUILT,
      T + DAY,
      { { T, UP, NO, AUDIT, 0 },
        { T + DAY - 6, UP + DAY - 6, NO, AUDIT, 0 },
        { T + DAY - 5, UP + DAY - 5, NO, GOOD, 0 },
        { T, UP + DAY, NO, GOOD, -DAY } } }, /* a step while it runs is followed */
    { "before the audit log's end, and right",
      STAMP_WAIT,
      BUILT,
      T + 365 * DAY,
      { { T, UP, YES, AUDIT, 0 }, { T + 59, UP + 59, YES, AUDIT, 0 }, { T + 60, UP + 60, YES, GOOD, 0 } } },
    { "before the audit log's end, and right by the operator's word",
      STAMP_WAIT,
      BUILT,
      T + 365 * DAY,
      { { T, UP, ACCEPT, AUDIT, 0 }, { T + 1, UP + 1, NO, GOOD, 0 } } },
    { "2038 and 2106",
      STAMP_WAIT,
      BUILT,
      0,
      { { Y2038 - 1, UP, YES, GOOD, 0 },
        { Y2038, UP + 1, YES, GOOD, 0 },
        { Y2106 - 1, UP + Y2106 - Y2038, YES, GOOD, 0 },
        { Y2106, UP + 1 + Y2106 - Y2038, YES, GOOD, 0 } } },
};

START_TEST(scenes_play)
{
    const struct scene *s = &scenes[_i];
    struct stamp stamp;
    stamp_open(&stamp, s->built);
    stamp.unsynced = s->unsynced;
    if (s->audited)
        stamp_audited(&stamp, s->audited);
    int before = -1;
    for (int i = 0; i < UNIT_ROWS(s->looks) && s->looks[i].up; i++) {
        const struct look *l = &s->looks[i];
        struct stamp_news news = stamp_look(&stamp, l->real, l->up * 1000, l->synced == YES);
        ck_assert_msg((int)stamp.verdict == l->verdict && news.stepped == l->stepped,
                      "%s, look %d: expected %s, stepped %lld, got %s, stepped %lld", s->name, i,
                      proto_clock_name((uint32_t)l->verdict), (long long)l->stepped,
                      proto_clock_name(stamp.verdict), (long long)news.stepped);
        ck_assert_msg(news.verdict == (l->verdict != before), "%s, look %d: news of the verdict", s->name, i);
        uint64_t at = stamp_issue(&stamp, 1);
        ck_assert_msg((at != 0) == (l->verdict == GOOD), "%s, look %d: signs at %llu", s->name, i,
                      (unsigned long long)at);
        ck_assert_uint_eq(stamp_next(&stamp),
                          l->up * 1000 + (l->verdict == GOOD ? STAMP_LOOK_MS : STAMP_LOOK_FAST_MS));
        if (l->synced == ACCEPT)
            stamp_accept(&stamp);
        before = l->verdict;
    }
    ck_assert_int_ne(before, -1);
}
END_TEST

/* Issue times of one app under a clock that goes its way, without a second going by on the boot clock. */
static const struct {
    const char *name;
    int64_t clock[6], issued[6]; /* seconds from T */
} marks[] = {
    { "forward", { 0, 1, 2, 2, 3, 100 }, { 0, 1, 2, 2, 3, 100 } },
    { "back five seconds", { 0, -1, -5, -3, 0, 1 }, { 0, 0, 0, 0, 0, 1 } },
    { "back six", { 0, -6, -5, 0, 1, 1 }, { 0, -6, -5, 0, 1, 1 } },
    { "back in two steps", { 0, -4, -8, -10, -12, -14 }, { 0, 0, -8, -8, -8, -14 } },
    { "back a day and again",
      { 0, -DAY, -DAY - 2, -DAY, -2 * DAY, -DAY },
      { 0, -DAY, -DAY, -DAY, -2 * DAY, -DAY } },
};

START_TEST(issue_times_do_not_jump_back_by_little)
{
    struct stamp stamp;
    stamp_open(&stamp, BUILT);
    stamp.unsynced = STAMP_SERVE;
    for (int i = 0; i < UNIT_ROWS(marks[0].clock); i++) {
        uint64_t now = (uint64_t)(T + marks[_i].clock[i]);
        stamp_look(&stamp, now, UP * 1000, true);
        uint64_t peeked = stamp_peek(&stamp, 7);
        uint64_t at = stamp_issue(&stamp, 7);
        ck_assert_msg(at == (uint64_t)(T + marks[_i].issued[i]), "%s, %d: expected %lld, got %lld",
                      marks[_i].name, i, (long long)marks[_i].issued[i], (long long)at - T);
        ck_assert_uint_eq(peeked, at);
        ck_assert_uint_eq(stamp_peek(&stamp, 8), now); /* another app has its own mark */
    }
}
END_TEST

START_TEST(each_app_has_its_mark)
{
    struct stamp stamp;
    stamp_open(&stamp, BUILT);
    stamp.unsynced = STAMP_SERVE;
    for (uint32_t i = 0; i < SIGD_APPS_MAX; i++) {
        stamp_look(&stamp, T + i, UP * 1000 + i * 1000, true);
        ck_assert_uint_eq(stamp_issue(&stamp, i + 1), T + i);
    }
    stamp_look(&stamp, T + SIGD_APPS_MAX - 4, UP * 1000 + 70000, true); /* back 3 */
    for (uint32_t i = 0; i < SIGD_APPS_MAX; i++) {
        uint64_t mark = T + i, now = T + SIGD_APPS_MAX - 4;
        ck_assert_uint_eq(stamp_peek(&stamp, i + 1), mark > now ? mark : now);
    }
    /* one app more: the one that was idle longest makes room */
    ck_assert_uint_eq(stamp_issue(&stamp, 1000), T + SIGD_APPS_MAX - 4);
    ck_assert_uint_eq(stamp_peek(&stamp, SIGD_APPS_MAX), T + SIGD_APPS_MAX - 1);
    stamp_look(&stamp, T + SIGD_APPS_MAX - 6, UP * 1000 + 70000, true);
    ck_assert_uint_eq(stamp_peek(&stamp, 1000), T + SIGD_APPS_MAX - 4);
}
END_TEST

START_TEST(nothing_is_signed_before_the_first_look)
{
    struct stamp stamp;
    stamp_open(&stamp, 0);
    ck_assert_uint_eq(stamp_issue(&stamp, 1), 0);
    ck_assert_uint_ne(stamp.verdict, PROTO_CLOCK_GOOD);
}
END_TEST

START_TEST(the_line_keeps_what_was_believed)
{
    struct stamp stamp;
    stamp_open(&stamp, BUILT);
    stamp_look(&stamp, T, UP * 1000 + 999, true);
    ck_assert_int_eq(stamp_line(&stamp), T - UP);
    stamp_look(&stamp, T + 365 * DAY, UP * 1000 + 999, true);
    ck_assert_uint_eq(stamp.verdict, PROTO_CLOCK_LEAPT);
    ck_assert_int_eq(stamp_line(&stamp), T - UP);
    ck_assert_uint_eq(stamp.since, T + 365 * DAY);
    stamp_accept(&stamp);
    ck_assert_int_eq(stamp_line(&stamp), T + 365 * DAY - UP);
}
END_TEST

START_TEST(the_kernels_word_is_news)
{
    struct stamp stamp;
    stamp_open(&stamp, BUILT);
    ck_assert(stamp_look(&stamp, T, UP * 1000, false).synced); /* the first is */
    ck_assert(!stamp_look(&stamp, T, UP * 1000, false).synced);
    ck_assert(stamp_look(&stamp, T, UP * 1000, true).synced);
    ck_assert(!stamp_look(&stamp, T, UP * 1000, true).synced);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, scenes_play, 0, UNIT_ROWS(scenes));
    tcase_add_loop_test(tests, issue_times_do_not_jump_back_by_little, 0, UNIT_ROWS(marks));
    tcase_add_test(tests, each_app_has_its_mark);
    tcase_add_test(tests, nothing_is_signed_before_the_first_look);
    tcase_add_test(tests, the_line_keeps_what_was_believed);
    tcase_add_test(tests, the_kernels_word_is_news);
}

int main(void)
{
    return unit_run("stamp", fill);
}
