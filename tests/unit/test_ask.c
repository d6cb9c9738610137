/* test_ask.c: questions to the signer: an answer meets who asked, once, or nobody. */
#include "unit.h"

#include "../../sigd/front/ask.h"

#define QUESTION 100 /* the op of an answer, whichever */
#define PLACE 0xFFFFFFu

struct conn {
    unsigned answers;
};

static struct ask_table table;
static struct conn first, second;
static struct share crowd;

/* What share.c does of it here: counts. */
void share_asked(struct share *share)
{
    share->asked++;
}

void share_answered(struct share *share)
{
    share->asked--;
}

static void done(struct conn *conn, uint16_t op, const void *body)
{
    ck_assert_uint_eq(op, QUESTION);
    ck_assert_ptr_eq(body, &table);
    conn->answers++;
}

static void set_up(void)
{
    first = second = (struct conn){ 0 };
    crowd = (struct share){ 0 };
}

static void tear_down(void)
{
    ck_assert_uint_eq(table.n_used, 0);
    ck_assert_uint_eq(crowd.asked, 0);
    ask_free(&table);
}

static uint32_t ask(struct conn *conn)
{
    uint32_t id = ask_new(&table, conn, &crowd, QUESTION, done);
    ck_assert_uint_ne(id, UINT32_MAX);
    return id;
}

/* Is it taken? *orphan: by nobody. */
static bool answer(uint32_t id, bool *orphan)
{
    *orphan = false;
    return ask_answer(&table, id, QUESTION, &table, orphan);
}

/* The place of a question is the next one's as soon as it has been answered; its answer is not. */
START_TEST(an_answer_that_comes_twice)
{
    bool orphan;
    uint32_t id = ask(&first);
    ck_assert(answer(id, &orphan) && !orphan);
    ck_assert(!answer(id, &orphan));
    uint32_t next = ask(&second);
    ck_assert_uint_eq(next & PLACE, id & PLACE);
    ck_assert_uint_ne(next, id);
    ck_assert(!answer(id, &orphan));
    ck_assert_uint_eq(second.answers, 0);
    ck_assert(answer(next, &orphan) && !orphan);
    ck_assert_uint_eq(first.answers, 1);
    ck_assert_uint_eq(second.answers, 1);
}
END_TEST

START_TEST(who_left_is_not_met)
{
    bool orphan;
    uint32_t id = ask(&first), other;
    ask_abandon(&table, id);
    other = ask(&second);
    ck_assert_uint_ne(other & PLACE, id & PLACE); /* still taken */
    ck_assert_uint_eq(crowd.asked, 2);
    ck_assert(answer(id, &orphan) && orphan);
    ck_assert(answer(other, &orphan) && !orphan);
    ck_assert_uint_eq(first.answers, 0);
    ck_assert_uint_eq(second.answers, 1);
}
END_TEST

START_TEST(no_such_question)
{
    bool orphan;
    ck_assert(!answer(0, &orphan)); /* there is no place at all */
    uint32_t id = ask(&first);
    ck_assert(!ask_answer(&table, id, QUESTION + 1, &table, &orphan));
    ck_assert(!answer(id + 1, &orphan));
    ck_assert(!answer(id | PLACE, &orphan));
    ck_assert(!answer(id ^ 1u << 31, &orphan));
    ck_assert(!answer(UINT32_MAX, &orphan));
    ck_assert(answer(id, &orphan));
}
END_TEST

/* Serials begin again after 256: no id is that of no question, and who waits keeps its own. */
START_TEST(a_place_that_is_used_for_long)
{
    bool orphan;
    uint32_t kept = ask(&first), before = UINT32_MAX;
    for (int i = 0; i < 1000; i++) {
        uint32_t id = ask(&second);
        unit_assert(id != kept && id != before, "round %d: id %u again", i, id);
        unit_assert((id & PLACE) == 1, "round %d: place %u", i, id & PLACE);
        unit_assert(answer(id, &orphan) && !orphan, "round %d", i);
        before = id;
    }
    ask_cancel(&table, ask(&second)); /* was not sent */
    ck_assert(answer(kept, &orphan) && !orphan);
    ck_assert_uint_eq(first.answers, 1);
    ck_assert_uint_eq(second.answers, 1000);
}
END_TEST

START_TEST(many_at_once)
{
    static uint32_t ids[1000];
    bool orphan;
    for (size_t i = 0; i < 1000; i++)
        ids[i] = ask(&first);
    for (size_t i = 0; i < 1000; i += 2)
        unit_assert(answer(ids[i], &orphan), "question %zu", i);
    for (size_t i = 0; i < 500; i++)
        unit_assert((ask(&second) & PLACE) < 1000, "a free place is not used");
    ck_assert_uint_eq(table.n_used, 1000);
    for (size_t i = 0; i < 1000; i++)
        unit_assert(answer(ids[i], &orphan) == (i % 2 == 1), "question %zu", i);
    for (uint32_t i = 0; i < 1000; i += 2) /* the new ones have the next serial */
        unit_assert(answer(ids[i] + (1u << 24), &orphan), "the new question at place %u", i);
    ck_assert_uint_eq(first.answers, 1000);
    ck_assert_uint_eq(second.answers, 500);
}
END_TEST

/* Nobody's window stays taken up by questions that there are no more. */
START_TEST(freed_while_they_wait)
{
    for (int i = 0; i < 100; i++)
        ask(&first);
    ask_abandon(&table, ask(&second));
    ck_assert_uint_eq(crowd.asked, 101);
    ask_free(&table);
    ck_assert_uint_eq(crowd.asked, 0);
    ck_assert_uint_eq(first.answers + second.answers, 0);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_answer_that_comes_twice);
    tcase_add_test(tests, who_left_is_not_met);
    tcase_add_test(tests, no_such_question);
    tcase_add_test(tests, a_place_that_is_used_for_long);
    tcase_add_test(tests, many_at_once);
    tcase_add_test(tests, freed_while_they_wait);
}

int main(void)
{
    return unit_run("ask", fill);
}
