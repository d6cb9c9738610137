/* test_paging.c: each rule by which a page follows another. */
#include "unit.h"

#include "paging.h"

#include <stdlib.h>
#include <usersig_rest.h>

/* Rules of the catalogue, at the endpoint that has it: request, answer, and what follows. */
static const struct {
    const char *service, *command, *request, *answer;
    enum paging_state state;
    const char *next; /* NULL: the pages end */
} rows[] = {
    { "group_open_http_svc", "get_appid_group_list", "{}", "{\"GroupIdList\":[1],\"Next\":5}", PAGING_MORE,
      "{\"Next\":5}" },
    { "group_open_http_svc", "get_appid_group_list", "{\"Next\":5}", "{\"GroupIdList\":[1],\"Next\":0}",
      PAGING_END, NULL },
    { "group_open_http_svc", "get_appid_group_list", "{\"Next\":5}", "{\"GroupIdList\":[1]}", PAGING_END,
      NULL },
    { "group_open_http_svc", "get_appid_group_list", "{\"Next\":5}", "{\"GroupIdList\":[1],\"Next\":5}",
      PAGING_STUCK, NULL },
    { "group_open_http_svc", "get_appid_group_list", "{}", "{\"GroupIdList\":[],\"Next\":5}", PAGING_END,
      NULL },
    { "group_open_http_svc", "get_appid_group_list", "{}", "{}", PAGING_END, NULL },
    { "group_open_http_svc", "get_joined_group_list", "{\"Member_Account\":\"a\"}",
      "{\"GroupIdList\":[1,2],\"TotalCount\":3}", PAGING_MORE, "{\"Member_Account\":\"a\",\"Offset\":2}" },
    { "group_open_http_svc", "get_joined_group_list", "{\"Offset\":2}",
      "{\"GroupIdList\":[1],\"TotalCount\":3}", PAGING_END, NULL },
    { "group_open_http_svc", "group_msg_get_simple", "{\"ReqMsgNumber\":2}",
      "{\"RspMsgList\":[{\"MsgSeq\":9},{\"MsgSeq\":8}],\"IsFinished\":0}", PAGING_MORE,
      "{\"ReqMsgNumber\":2,\"ReqMsgSeq\":7}" },
    { "group_open_http_svc", "group_msg_get_simple", "{\"ReqMsgSeq\":7}",
      "{\"RspMsgList\":[{\"MsgSeq\":7}],\"IsFinished\":1}", PAGING_END, NULL },
    { "openim", "admin_getroammsg", "{\"MaxTime\":9}",
      "{\"MsgList\":[1],\"Complete\":0,\"LastMsgTime\":7,\"LastMsgKey\":\"k\"}", PAGING_MORE,
      "{\"MaxTime\":7,\"LastMsgKey\":\"k\"}" },
    { "openim", "admin_getroammsg", "{\"MaxTime\":9}",
      "{\"MsgList\":[1],\"Complete\":1,\"LastMsgTime\":7,\"LastMsgKey\":\"k\"}", PAGING_END, NULL },
    { "sns", "friend_get", "{\"StartIndex\":0}",
      "{\"UserDataItem\":[1],\"NextStartIndex\":1,\"StandardSequence\":4,\"CustomSequence\":5,\"CompleteFlag\":0}",
      PAGING_MORE, "{\"StartIndex\":1,\"StandardSequence\":4,\"CustomSequence\":5}" },
    { "sns", "friend_get", "{\"StartIndex\":1}", "{\"UserDataItem\":[1],\"CompleteFlag\":1}", PAGING_END,
      NULL },
    { "sns", "black_list_get", "{\"StartIndex\":0}",
      "{\"BlackListItem\":[1],\"StartIndex\":30,\"CurruentSequence\":2}", PAGING_MORE,
      "{\"StartIndex\":30,\"LastSequence\":2}" },
    { "sns", "black_list_get", "{\"StartIndex\":30}",
      "{\"BlackListItem\":[1],\"StartIndex\":0,\"CurruentSequence\":2}", PAGING_END, NULL },
    { "group_open_http_svc", "get_group_msg_receipt_detail", "{\"Cursor\":\"\"}",
      "{\"UnreadList\":[1],\"Cursor\":\"c\",\"IsFinished\":0}", PAGING_MORE, "{\"Cursor\":\"c\"}" },
    { "live_engine_http_srv", "get_room_list", "{\"Next\":\"\"}",
      "{\"Response\":{\"RoomList\":[1],\"Next\":\"n\"}}", PAGING_MORE, "{\"Next\":\"n\"}" },
    { "live_engine_http_srv", "get_room_list", "{\"Next\":\"n\"}",
      "{\"Response\":{\"RoomList\":[1],\"Next\":\"\"}}", PAGING_END, NULL },
    { "group_open_avchatroom_http_svc", "get_members", "{\"Timestamp\":0}",
      "{\"MemberList\":[1],\"NextTimestamp\":6}", PAGING_MORE, "{\"Timestamp\":6}" },
};

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    ck_assert_msg(value != NULL, "the test's JSON: %s", text);
    return value;
}

START_TEST(follows)
{
    const struct usersig_rest_api *api = usersig_rest_find(rows[_i].service, rows[_i].command);
    ck_assert_msg(api != NULL && api->items != NULL, "%s/%s has pages", rows[_i].service, rows[_i].command);
    json_t *request = json(rows[_i].request), *answer = json(rows[_i].answer);
    enum paging_state got = paging_next(api, request, answer);
    char *text = json_dumps(request, JSON_COMPACT);
    ck_assert_msg(got == rows[_i].state, "%s after %s: state %d, expected %d", rows[_i].command,
                  rows[_i].answer, (int)got, (int)rows[_i].state);
    if (rows[_i].next != NULL) {
        json_t *next = json(rows[_i].next);
        ck_assert_msg(json_equal(request, next), "%s: expected %s, got %s", rows[_i].command, rows[_i].next,
                      text);
        json_decref(next);
    }
    free(text);
    json_decref(request);
    json_decref(answer);
}
END_TEST

START_TEST(cursors_there_and_back)
{
    const struct usersig_rest_api *api = usersig_rest_find("sns", "friend_get");
    json_t *request = json("{\"From_Account\":\"a\",\"StartIndex\":3,\"CustomSequence\":5}");
    json_t *other = json("{\"From_Account\":\"a\",\"StartIndex\":0,\"StandardSequence\":1}");
    json_t *cursors = paging_cursors(api, request),
           *expected = json("{\"StartIndex\":3,\"CustomSequence\":5}");
    ck_assert(json_equal(cursors, expected));
    ck_assert_int_eq(paging_set(api, other, cursors), 0);
    ck_assert(json_equal(other, request)); /* what is no cursor of the other place is gone */
    json_t *foreign = json("{\"StartIndex\":3,\"Offset\":5}");
    ck_assert_int_eq(paging_set(api, other, foreign), -1);
    json_decref(foreign);
    json_decref(expected);
    json_decref(cursors);
    json_decref(other);
    json_decref(request);
}
END_TEST

START_TEST(the_largest_page_unless_another_is_said)
{
    const struct usersig_rest_api *api = usersig_rest_find("group_open_http_svc", "get_appid_group_list");
    json_t *request = json("{}");
    ck_assert_int_eq(paging_begin(api, request), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(request, "Limit")), 10000);
    ck_assert_int_eq(json_object_set_new(request, "Limit", json_integer(7)), 0);
    ck_assert_int_eq(paging_begin(api, request), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(request, "Limit")), 7);
    json_decref(request);
}
END_TEST

/* Whatever the rule: an answer that says nothing ends the pages, and none asks for the same page twice. */
START_TEST(every_rule_of_the_catalogue_ends)
{
    int n = 0;
    for (const struct usersig_rest_api *api = usersig_rest_next(NULL); api != NULL;
         api = usersig_rest_next(api)) {
        if (api->items == NULL)
            continue;
        json_t *request = json(api->min_body), *empty = json("{}");
        ck_assert_msg(paging_next(api, request, empty) == PAGING_END, "%s", api->command);
        json_decref(request);
        json_decref(empty);
        n++;
    }
    ck_assert_int_ge(n, 12);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, follows, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, cursors_there_and_back);
    tcase_add_test(tests, the_largest_page_unless_another_is_said);
    tcase_add_test(tests, every_rule_of_the_catalogue_ends);
}

int main(void)
{
    return unit_run("paging", fill);
}
