/* test_models.c: one model after the other in the signer: what is asked of the one before, whose rights count. */
#include "rig.h"
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct chan front;
static uint32_t handle;

static void set_up(void)
{
    rig_start();
    rig_front(&front, 0);
    handle = rig_client(&front);
}

static void tear_down(void)
{
    chan_close(&front);
    rig_stop();
}

/* Everything that has been written to the audit log. */
static const char *audit(void)
{
    static char text[65536];
    ssize_t n = pread(rig.audit, text, sizeof text - 1, 0);
    ck_assert_int_ge(n, 0);
    text[n] = '\0';
    return text;
}

static struct proto_signed ask(uint32_t generation, uint32_t app)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_signed answer;
    sign.generation = generation;
    sign.app = app;
    ck_assert(rig_ask(&front, PROTO_SIGN, &sign, -1, PROTO_SIGNED, &answer));
    return answer;
}

/* A front that has not heard of the new model yet names apps by the places of the old one. */
START_TEST(stale_questions)
{
    uint32_t before = rig.generation;
    ck_assert_uint_eq(ask(before, 0).status, PROTO_DONE);
    rig_reload(SIGD_MAY_SIGN);
    struct proto_signed answer = ask(before, 0);
    ck_assert_uint_eq(answer.status, PROTO_STALE);
    ck_assert_uint_eq(answer.generation, rig.generation);
    ck_assert_uint_eq(ask(before, 1).status, PROTO_STALE);
    ck_assert_uint_eq(ask(rig.generation, 0).status, PROTO_FORBIDDEN);
    ck_assert_uint_eq(ask(rig.generation, 1).status, PROTO_DONE);
    struct proto_verify verify = { .id = 7, .handle = handle, .generation = before };
    struct proto_verdict verdict;
    ck_assert(rig_ask(&front, PROTO_VERIFY, &verify, -1, PROTO_VERDICT, &verdict));
    ck_assert_uint_eq(verdict.status, PROTO_STALE);
}
END_TEST

/* Who is connected has the rights of the new model at once, without being shown again. */
START_TEST(rights_of_the_connected)
{
    ck_assert_uint_eq(ask(rig.generation, 0).status, PROTO_DONE);
    rig_reload(SIGD_MAY_VERIFY);
    ck_assert_uint_eq(ask(rig.generation, 1).status, PROTO_FORBIDDEN);
    rig_reload(SIGD_MAY_SIGN);
    ck_assert_uint_eq(ask(rig.generation, 1).status, PROTO_DONE);
}
END_TEST

/* What was handed out before the front heard of the new model is told by the places of the old one, once. */
START_TEST(served_of_before)
{
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_issued issued;
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    struct proto_served served = { issued.issued_at, handle, 0, 0, PROTO_KIND_ADMIN, rig.generation, 0 };
    rig_reload(SIGD_MAY_ADMIN);
    ck_assert(chan_send(&front, PROTO_SERVED, &served, -1));
    ck_assert_uint_eq(ask(rig.generation, 1).status, PROTO_FORBIDDEN);
    const char *line = strstr(audit(), "\"event\":\"served\"");
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_nonnull(strstr(line, "\"app\":\"chat\""));
    /* the same by the new places: not the first time any more */
    served.generation = rig.generation;
    served.app = 1;
    ck_assert(chan_send(&front, PROTO_SERVED, &served, -1));
    ck_assert_uint_eq(ask(rig.generation, 1).status, PROTO_FORBIDDEN);
    ck_assert_ptr_null(strstr(strstr(audit(), "\"event\":\"served\"") + 1, "\"event\":\"served\""));
}
END_TEST

/* A few models later it may still be told, later nobody may speak of it. */
START_TEST(served_of_long_ago)
{
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_issued issued;
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    struct proto_served served = { issued.issued_at, handle, 0, 0, PROTO_KIND_ADMIN, rig.generation, 0 };
    for (int i = 0; i < 4; i++)
        rig_reload(SIGD_MAY_ADMIN);
    ck_assert(chan_send(&front, PROTO_SERVED, &served, -1));
    ck_assert_uint_eq(ask(rig.generation, 1).status, PROTO_FORBIDDEN);
    ck_assert_ptr_nonnull(strstr(audit(), "\"event\":\"served\""));
    rig_reload(SIGD_MAY_ADMIN);
    ck_assert(chan_send(&front, PROTO_SERVED, &served, -1));
    ck_assert(rig_is_cut(&front));
}
END_TEST

/* What the master asked while the model was taken in is neither signed nor held, and no fault. */
START_TEST(issue_of_before)
{
    struct proto_issue issue = { .lifetime = 60, .app = 9, .generation = rig.generation };
    struct proto_hold hold = { .issued_at = 1, .lifetime = 60, .app = 9, .generation = rig.generation };
    struct proto_issued issued;
    rig_reload(SIGD_MAY_SIGN);
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    ck_assert_uint_eq(issued.status, PROTO_STALE);
    ck_assert_uint_eq(issued.generation, issue.generation);
    ck_assert_uint_eq(issued.app, 9);
    ck_assert_uint_eq(issued.proof_len, 0);
    ck_assert(rig_ask(&rig.master, PROTO_HOLD, &hold, -1, PROTO_ISSUED, &issued));
    ck_assert_uint_eq(issued.status, PROTO_STALE);
    ck_assert_ptr_null(strstr(audit(), "\"event\":\"admin\""));
    ck_assert_ptr_null(strstr(audit(), "\"event\":\"hosted\""));
}
END_TEST

/* A model that cannot be loaded leaves all as it was. */
START_TEST(refused_model)
{
    uint32_t before = rig.generation;
    struct proto_load_begin begin = { .generation = before + 7, .allow_swap = 1, .front_uid = UINT32_MAX };
    struct proto_load_app app = { 3600, 36000, 1, "third", 0, 0 };
    struct proto_load_key key = { .name = "k" };
    struct proto_load_end end = { before + 7 };
    struct proto_key_read read;
    struct proto_loaded loaded;
    int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert(chan_send(&rig.master, PROTO_LOAD_BEGIN, &begin, -1) &&
              chan_send(&rig.master, PROTO_LOAD_APP, &app, -1));
    ck_assert(rig_ask(&rig.master, PROTO_LOAD_KEY, &key, empty, PROTO_KEY_READ, &read));
    close(empty);
    ck_assert_uint_ne(read.failed, 0);
    ck_assert(rig_ask(&rig.master, PROTO_LOAD_END, &end, -1, PROTO_LOADED, &loaded));
    ck_assert_uint_ne(loaded.failed, 0);
    ck_assert_uint_eq(ask(before, 0).status, PROTO_DONE);
}
END_TEST

/* What was loaded does not count before the commit, and never after an abort. */
START_TEST(aborted_model)
{
    const struct proto_load_end end = { rig.generation + 7 };
    struct proto_load_begin begin = { .generation = end.generation,
                                      .allow_swap = 1,
                                      .front_uid = UINT32_MAX };
    struct proto_loaded loaded;
    for (int i = 0; i < 2; i++) {
        ck_assert(chan_send(&rig.master, PROTO_LOAD_BEGIN, &begin, -1));
        ck_assert(rig_ask(&rig.master, PROTO_LOAD_END, &end, -1, PROTO_LOADED, &loaded));
        ck_assert_uint_eq(loaded.failed, 0);
        ck_assert_uint_eq(ask(rig.generation, 0).status, PROTO_DONE);
        ck_assert(chan_send(&rig.master, PROTO_LOAD_ABORT, &end, -1));
    }
    rig_reload(SIGD_MAY_SIGN);
    ck_assert_uint_eq(ask(rig.generation, 1).status, PROTO_DONE);
}
END_TEST

/* A frozen app signs nothing, for nobody; thawed, it does. */
START_TEST(frozen)
{
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_issued issued;
    ck_assert(chan_send(&rig.master, PROTO_FREEZE, &(struct proto_freeze){ 0, 1 }, -1));
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    ck_assert_uint_eq(issued.status, PROTO_FROZEN);
    ck_assert_uint_eq(ask(rig.generation, 0).status, PROTO_FROZEN);
    ck_assert(chan_send(&rig.master, PROTO_FREEZE, &(struct proto_freeze){ 0, 0 }, -1));
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    ck_assert_uint_eq(issued.status, PROTO_DONE);
    ck_assert_uint_eq(ask(rig.generation, 0).status, PROTO_DONE);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, stale_questions);
    tcase_add_test(tests, rights_of_the_connected);
    tcase_add_test(tests, served_of_before);
    tcase_add_test(tests, served_of_long_ago);
    tcase_add_test(tests, issue_of_before);
    tcase_add_test(tests, refused_model);
    tcase_add_test(tests, aborted_model);
    tcase_add_test(tests, frozen);
}

int main(void)
{
    return unit_run("models", fill);
}
