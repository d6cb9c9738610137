/* test_config_window.c: what is said of keys that end. */
#include "../../sigd/master/config_window.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1000000
#define HOUR 3600u
#define DAY 86400u

/* Keys stand in lines 10, 11, ...; the app, in line 1, has a lifetime of a day, its admin a min_remaining of 600 s. */
static const struct {
    const char *name;
    struct config_key keys[4]; /* one without a file ends the list */
    const char *said;          /* line and a part of what is said; "": nothing */
} rows[] = {
#define K(...)                                      \
    {                                               \
        .file = (char *)(uintptr_t) "", __VA_ARGS__ \
    }
    { "one for ever", { K(0) }, "" },
    { "one that begins now", { K(.not_before = NOW) }, "" },
    { "one that begins later", { K(.not_before = NOW + 1) }, "1 no key of app \"chat\" signs before " },
    { "the first of two that begin later",
      { K(.not_before = NOW + 9), K(.not_before = NOW + 5) },
      "1 1970-01-12T13:46:45Z, when key \"b\" begins" },
    { "revoked, and one that begins later",
      { K(.revoked = true), K(.not_before = NOW + 1) },
      "1 signs before " },
    { "one that ended", { K(.not_after = NOW) }, "1 all keys of app \"chat\" have ended" },
    { "ends in a long time", { K(.not_after = NOW + 30 * DAY) }, "" },
    { "ends in little more than a lifetime", { K(.not_after = NOW + DAY + 1) }, "" },
    { "ends within a lifetime",
      { K(.not_after = NOW + DAY) },
      "10 key \"a\" ends at 1970-01-13T13:46:40Z, before what it signs, with no key to follow" },
    { "a past that abuts", { K(.not_after = NOW - 5), K(.not_before = NOW - 5) }, "" },
    { "a past with a gap", { K(.not_after = NOW - 9), K(.not_before = NOW - 5) }, "" },
    { "abuts",
      { K(.not_after = NOW + DAY), K(.not_before = NOW + DAY) },
      "11 key \"b\" begins at 1970-01-13T13:46:40Z, too late for key \"a\"" },
    { "a gap",
      { K(.not_after = NOW + DAY), K(.not_before = NOW + 2 * DAY) },
      "11 no key of app \"chat\" signs from 1970-01-13T13:46:40Z, when key \"a\" ends, to 1970-01-14T13:46:40Z" },
    { "overlaps too little",
      { K(.not_after = NOW + DAY), K(.not_before = NOW + DAY - 599) },
      "11 at least 600 s" },
    { "overlaps", { K(.not_after = NOW + DAY), K(.not_before = NOW + DAY - 600) }, "" },
    { "has begun already", { K(.not_after = NOW + 5), K(.not_before = NOW - DAY) }, "" },
    { "the successor stands first",
      { K(.not_before = NOW + DAY), K(.not_after = NOW + DAY) },
      "10 key \"a\" begins at " },
    { "the successor is revoked",
      { K(.not_after = NOW + DAY), K(.not_before = NOW, .revoked = true) },
      "10 with no key to follow" },
    { "it is revoked itself", { K(.not_after = NOW + DAY, .revoked = true), K(.not_before = NOW) }, "" },
    { "a short one within",
      { K(0), K(.not_before = NOW - 5, .not_after = NOW + HOUR) },
      "11 key \"b\" ends at 1970-01-12T14:46:40Z with no newer key" },
    { "a short one within does not follow",
      { K(.not_after = NOW + DAY), K(.not_before = NOW + 5, .not_after = NOW + HOUR),
        K(.not_before = NOW + HOUR - 600) },
      "" },
    { "a chain",
      { K(.not_after = NOW + DAY), K(.not_before = NOW + HOUR, .not_after = NOW + 9 * DAY),
        K(.not_before = NOW + 8 * DAY) },
      "" },
    { "a chain that breaks",
      { K(.not_after = NOW + DAY), K(.not_before = NOW + HOUR, .not_after = NOW + 9 * DAY),
        K(.not_before = NOW + 9 * DAY) },
      "12 too late for key \"b\"" },
    { "at the same time, the later in the file", { K(.not_after = NOW + DAY), K(0) }, "" },
    { "at the same time, the earlier in the file",
      { K(0), K(.not_after = NOW + DAY) },
      "11 with no newer key" },
#undef K
};

static void load(struct config_app *app, const struct config_key *keys)
{
    *app = (struct config_app){ .name = "chat", .lifetime = DAY, .n_admins = 2 };
    app->admins[0] = (struct config_admin){ .lifetime = DAY, .min_remaining = 600 };
    app->admins[1] =
        (struct config_admin){ .min_remaining = 9 * DAY, .usersig_file = (char *)(uintptr_t) "/u" };
    for (size_t i = 0; i < 4 && keys[i].file != NULL; i++) {
        struct config_key *key = &app->keys[app->n_keys++];
        *key = keys[i];
        key->name[0] = (char)('a' + i);
        key->line = 10 + (int)i;
    }
}

START_TEST(warns)
{
    static struct config_app app;
    struct config_fault_list faults = { .path = "F" };
    char begin[32];
    load(&app, rows[_i].keys);
    config_window_judge(&app, 1, NOW, &faults);
    ck_assert(!faults.failed);
    if (rows[_i].said[0] == '\0') {
        ck_assert_msg(faults.n == 0, "%s: expected nothing, got %s", rows[_i].name,
                      faults.n == 0 ? "" : faults.faults[0].text);
    } else {
        snprintf(begin, sizeof begin, "F:%d: warning: ", atoi(rows[_i].said));
        ck_assert_msg(faults.n == 1, "%s: expected one warning, got %zu", rows[_i].name, faults.n);
        ck_assert_msg(strncmp(faults.faults[0].text, begin, strlen(begin)) == 0 &&
                          strstr(faults.faults[0].text, strchr(rows[_i].said, ' ') + 1) != NULL,
                      "%s: expected %s, got %s", rows[_i].name, rows[_i].said, faults.faults[0].text);
    }
    config_fault_free(&faults);
}
END_TEST

/* An app whose admins are all signed elsewhere, or that has none, still wants no second without a key. */
START_TEST(warns_without_admins)
{
    static const struct config_key keys[4] = { { .file = (char *)(uintptr_t) "", .not_after = NOW + DAY },
                                               { .file = (char *)(uintptr_t) "", .not_before = NOW + DAY } };
    static struct config_app app;
    struct config_fault_list faults = { .path = "F" };
    load(&app, keys);
    app.n_admins = 0;
    config_window_judge(&app, 1, NOW, &faults);
    ck_assert_uint_eq(faults.n, 1);
    ck_assert_ptr_nonnull(strstr(faults.faults[0].text, "at least 1 s before"));
    app.keys[1].not_before--;
    config_window_judge(&app, 1, NOW, &faults);
    ck_assert_uint_eq(faults.n, 1);
    config_fault_free(&faults);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, warns, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, warns_without_admins);
}

int main(void)
{
    return unit_run("config_window", fill);
}
