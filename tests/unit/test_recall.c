/* test_recall.c: heads that came before, and what callers may do: what is kept, shared, and goes. */
#include "unit.h"

#include "../../sigd/front/grants.h"
#include "../../sigd/front/recall.h"

#include <stdio.h>
#include <string.h>

static const char text[] = "GET / HTTP/1.1\r\n\r\n";

START_TEST(only_the_same_bytes_are_the_same)
{
    static struct recall recall;
    struct recall_head head = { .app = 7 };
    char bytes[sizeof text + 1];
    ck_assert(!recall_is(&recall.heads[0], text, sizeof text)); /* nothing was kept */
    const struct recall_head *kept = &recall.heads[recall_keep(&recall, &head, text, sizeof text - 1)];
    ck_assert_uint_eq(kept->app, 7);
    ck_assert(recall_is(kept, text, sizeof text - 1));
    memcpy(bytes, text, sizeof text);
    ck_assert(recall_is(kept, bytes, sizeof bytes)); /* more follows */
    for (size_t len = 0; len < sizeof text - 1; len++)
        unit_assert(!recall_is(kept, text, len), "%zu bytes", len);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        bytes[i] ^= 1;
        unit_assert(!recall_is(kept, bytes, sizeof text - 1), "another byte at %zu", i);
        bytes[i] ^= 1;
    }
}
END_TEST

START_TEST(the_oldest_goes)
{
    static struct recall recall;
    struct recall_head head = { 0 };
    char bytes[32], *first = bytes;
    uint8_t places[RECALL_HEADS];
    for (uint32_t i = 0; i < RECALL_HEADS; i++) {
        head.app = i;
        snprintf(bytes, sizeof bytes, "head %u", i);
        places[i] = recall_keep(&recall, &head, bytes, strlen(bytes));
        for (uint32_t j = 0; j < i; j++)
            unit_assert(places[i] != places[j], "%u and %u have one place", i, j);
    }
    strcpy(bytes, "head 3");
    head.app = 100;
    ck_assert_uint_eq(recall_keep(&recall, &head, bytes, strlen(bytes)), places[3]); /* the same again */
    ck_assert_uint_eq(recall.heads[places[3]].app, 100);
    ck_assert_uint_eq(recall_keep(&recall, &head, "another", 7), places[0]);
    strcpy(bytes, "head 0");
    ck_assert(!recall_is(&recall.heads[places[0]], first, strlen(first)));
    strcpy(bytes, "head 1");
    ck_assert(recall_is(&recall.heads[places[1]], first, strlen(first)));
}
END_TEST

START_TEST(what_is_too_long_is_not_kept)
{
    static struct recall recall;
    static char bytes[RECALL_SIZE + 1];
    struct recall_head head = { 0 };
    memset(bytes, 'a', sizeof bytes);
    recall_keep(&recall, &head, bytes, sizeof bytes);
    for (size_t i = 0; i < RECALL_HEADS; i++)
        ck_assert_uint_eq(recall.heads[i].len, 0);
    ck_assert(recall_is(&recall.heads[recall_keep(&recall, &head, bytes, RECALL_SIZE)], bytes, RECALL_SIZE));
}
END_TEST

START_TEST(grants_are_shared)
{
    struct grants *all = NULL;
    struct proto_grant one[SIGD_APPS_MAX] = { { .may = 1 } }, other[SIGD_APPS_MAX] = { { .may = 1 } };
    other[SIGD_APPS_MAX - 1].admins = 1;
    const struct proto_grant *first = grants_hold(&all, one), *second = grants_hold(&all, other);
    ck_assert_ptr_ne(first, second);
    ck_assert_ptr_eq(grants_hold(&all, one), first);
    ck_assert_uint_eq(second[SIGD_APPS_MAX - 1].admins, 1);
    grants_drop(&all, first);
    ck_assert_ptr_eq(grants_hold(&all, one), first); /* it was held twice */
    grants_drop(&all, first);
    grants_drop(&all, first);
    ck_assert_ptr_eq(all->of, second);
    ck_assert_ptr_null(all->next);
    grants_drop(&all, NULL);
    grants_drop(&all, second);
    ck_assert_ptr_null(all);
}
END_TEST

START_TEST(a_post_is_kept_without_its_texts)
{
    static struct recall recall;
    const char asked[] = "POST /v1/apps/demo/usersig HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
    const size_t len = sizeof asked - 3;
    struct recall_post post = { .request = {
                                    .path = { asked + 5, 21 }, .head_len = len, .content_length = 2 } };
    ck_assert(!recall_is_post(&recall.posts[0], asked, sizeof asked)); /* nothing was kept */
    const struct recall_post *kept = &recall.posts[recall_keep_post(&recall, &post, asked)];
    ck_assert(recall_is_post(kept, asked, len));
    ck_assert(recall_is_post(kept, asked, len + 2));
    ck_assert(!recall_is_post(kept, asked, len - 1));
    ck_assert(!recall_is_post(kept, asked + 1, len));
    ck_assert_ptr_null(kept->request.path.bytes);
    ck_assert_uint_eq(kept->request.content_length, 2);
    ck_assert_uint_eq(recall_keep_post(&recall, &post, asked), 0); /* once is enough */
    ck_assert_uint_eq(recall.next_post, 1);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, only_the_same_bytes_are_the_same);
    tcase_add_test(tests, the_oldest_goes);
    tcase_add_test(tests, what_is_too_long_is_not_kept);
    tcase_add_test(tests, a_post_is_kept_without_its_texts);
    tcase_add_test(tests, grants_are_shared);
}

int main(void)
{
    return unit_run("recall", fill);
}
