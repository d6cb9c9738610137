/* test_url.c: request URLs of the REST API: the documentation's example, encoding, every refused part. */
#include "unit.h"

#include "usersig_rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct usersig_request example(void)
{
    return (struct usersig_request){ .service = "group_open_http_svc",
                                     .command = "get_appid_group_list",
                                     .identifier = "group_root",
                                     .usersig = "eAGr*-_",
                                     .usersig_len = 7,
                                     .sdkappid = 88888888,
                                     .random = 99999999 };
}
#define PATH "/v4/group_open_http_svc/get_appid_group_list"
#define QUERY "?sdkappid=88888888&identifier=group_root&usersig=eAGr*-_&random=99999999&contenttype=json"

static void composes(const struct usersig_request *request, const char *expected)
{
    char out[16384];
    size_t len;
    int got = usersig_url(request, out, sizeof out, &len);
    ck_assert_msg(got == USERSIG_OK, "expected %s, got %s", expected, usersig_error_name(got));
    ck_assert_msg(strcmp(out, expected) == 0, "expected %s, got %s", expected, out);
    ck_assert_uint_eq(len, strlen(expected));
}

START_TEST(documented_example)
{
    struct usersig_request request = example();
    composes(&request, "https://console.tim.qq.com" PATH QUERY);
}
END_TEST

START_TEST(extremes)
{
    struct usersig_request request = example();
    request.sdkappid = 1;
    request.random = 0;
    composes(&request, "https://console.tim.qq.com" PATH
                       "?sdkappid=1&identifier=group_root&usersig=eAGr*-_&random=0&contenttype=json");
    request.sdkappid = request.random = UINT32_MAX;
    composes(&request, "https://console.tim.qq.com" PATH "?sdkappid=4294967295&identifier=group_root"
                       "&usersig=eAGr*-_&random=4294967295&contenttype=json");
}
END_TEST

START_TEST(parameters)
{
    const struct usersig_param params[] = {
        { "a", "1" }, { "empty", "" }, { "b-._", "x y&z=\xC3\xA9" }, { "a", "2" }
    };
    struct usersig_request request = example();
    request.params = params;
    request.n_params = 4;
    composes(&request, "https://console.tim.qq.com" PATH QUERY "&a=1&empty=&b-._=x%20y%26z%3D%C3%A9&a=2");
}
END_TEST

/* RFC 3986, section 2.3. */
START_TEST(every_byte_of_a_value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (int c = 1; c < 256; c++) {
        char value[2] = { (char)c, 0 }, expected[512];
        struct usersig_param param = { "v", value };
        struct usersig_request request = example();
        request.params = &param;
        request.n_params = 1;
        snprintf(expected, sizeof expected,
                 strchr(plain, c) ? "https://console.tim.qq.com" PATH QUERY "&v=%c"
                                  : "https://console.tim.qq.com" PATH QUERY "&v=%%%02X",
                 c);
        composes(&request, expected);
    }
}
END_TEST

START_TEST(identifier_is_encoded)
{
    struct usersig_request request = example();
    request.identifier = "@TIM#a b*\xE5\xB0\x8F";
    composes(&request,
             "https://console.tim.qq.com" PATH "?sdkappid=88888888&identifier=%40TIM%23a%20b%2A%E5%B0%8F"
             "&usersig=eAGr*-_&random=99999999&contenttype=json");
}
END_TEST

#define S64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789_-"
#define S256 S64 S64 S64 S64
enum part { HOST, SERVICE, COMMAND, IDENTIFIER, USERSIG, NAME };
static const char *const part_names[] = { "host", "service", "command", "identifier", "usersig", "name" };
static const struct {
    enum part part;
    const char *text;
    int taken;
} parts[] = {
    { HOST, "adminapisgp.im.qcloud.com", 1 },
    { HOST, "localhost:8443", 1 },
    { HOST, "127.0.0.1:1", 1 },
    { HOST, "[::1]:8443", 1 },
    { HOST, "", 0 },
    { HOST, ".example.com", 0 },
    { HOST, "-example.com", 0 },
    { HOST, ":443", 0 },
    { HOST, "https://example.com", 0 },
    { HOST, "example.com/", 0 },
    { HOST, "example.com?", 0 },
    { HOST, "example.com#", 0 },
    { HOST, "user@example.com", 0 },
    { HOST, "example com", 0 },
    { HOST, "example.com\n", 0 },
    { HOST, "ex\xC3\xA4mple.com", 0 },
    { HOST, "example.com%00", 0 },
    { HOST, S256, 0 },
    { SERVICE, "v-1_x", 1 },
    { SERVICE, S64, 1 },
    { SERVICE, S64 "x", 0 },
    { SERVICE, "", 0 },
    { SERVICE, "..", 0 },
    { SERVICE, "a/b", 0 },
    { SERVICE, "a?b", 0 },
    { SERVICE, "a b", 0 },
    { SERVICE, "a%2Fb", 0 },
    { COMMAND, "a.b", 0 },
    { COMMAND, "", 0 },
    { COMMAND, "a#b", 0 },
    { COMMAND, "a\n", 0 },
    { COMMAND, S64, 1 },
    { COMMAND, S64 "x", 0 },
    { IDENTIFIER, "", 0 },
    { IDENTIFIER, "a\nb", 0 },
    { IDENTIFIER, "a\x7F", 0 },
    { IDENTIFIER, "\xFF", 0 },
    { IDENTIFIER, S256, 0 },
    { IDENTIFIER, "a b", 1 },
    { USERSIG, "", 0 },
    { USERSIG, "eAGr+A__", 0 },
    { USERSIG, "eAGr/A__", 0 },
    { USERSIG, "eAGrAA==", 0 },
    { USERSIG, "eAGr%2A", 0 },
    { USERSIG, "eAGr&random=1", 0 },
    { USERSIG, "eAGr\n", 0 },
    { NAME, "", 0 },
    { NAME, "a b", 0 },
    { NAME, "a&b", 0 },
    { NAME, "a=b", 0 },
    { NAME, "a[]", 0 },
    { NAME, "sdkappid", 0 },
    { NAME, "identifier", 0 },
    { NAME, "usersig", 0 },
    { NAME, "random", 0 },
    { NAME, "contenttype", 0 },
    { NAME, "sdkappid2", 1 },
    { NAME, "sdkappi", 1 },
    { NAME, S64, 1 },
    { NAME, S64 "x", 0 },
};

START_TEST(part)
{
    struct usersig_param param = { "name", "value" };
    struct usersig_request request = example();
    char out[1024];
    size_t len = 99;
    const char *text = parts[_i].text;
    request.params = &param;
    request.n_params = 1;
    switch (parts[_i].part) {
    case HOST: request.host = text; break;
    case SERVICE: request.service = text; break;
    case COMMAND: request.command = text; break;
    case IDENTIFIER: request.identifier = text; break;
    case USERSIG: request.usersig = text, request.usersig_len = strlen(text); break;
    case NAME: param.name = text; break;
    default: ck_abort();
    }
    int expected = parts[_i].taken ? USERSIG_OK : USERSIG_ERR_REQUEST;
    int got = usersig_url(&request, out, sizeof out, &len);
    ck_assert_msg(got == expected, "%s \"%s\": expected %s, got %s", part_names[parts[_i].part], text,
                  usersig_error_name(expected), usersig_error_name(got));
    ck_assert_msg(!expected || len == 0, "%s \"%s\": refused with length %zu", part_names[parts[_i].part],
                  text, len);
}
END_TEST

START_TEST(limits)
{
    static char usersig[USERSIG_TEXT_MAX + 1], host[USERSIG_URL_HOST_MAX + 1], out[16384];
    struct usersig_request request = example();
    size_t len;
    memset(usersig, 'A', sizeof usersig);
    memset(host, 'h', sizeof host - 1);
    request.usersig = usersig;
    request.usersig_len = USERSIG_TEXT_MAX;
    request.host = host;
    ck_assert_int_eq(usersig_url(&request, out, sizeof out, &len), USERSIG_OK);
    request.usersig_len++;
    ck_assert_int_eq(usersig_url(&request, out, sizeof out, &len), USERSIG_ERR_REQUEST);
    request = example();
    request.usersig = "eA\0r";
    request.usersig_len = 4;
    ck_assert_int_eq(usersig_url(&request, out, sizeof out, &len), USERSIG_ERR_REQUEST);
    request = example();
    request.sdkappid = 0;
    ck_assert_int_eq(usersig_url(&request, out, sizeof out, &len), USERSIG_ERR_REQUEST);
}
END_TEST

START_TEST(space)
{
    const struct usersig_param param = { "x", "\xFF y" };
    struct usersig_request request = example();
    char out[512];
    size_t len, needed;
    request.params = &param;
    request.n_params = 1;
    ck_assert_int_eq(usersig_url(&request, out, sizeof out, &len), USERSIG_OK);
    ck_assert_int_eq(usersig_url(&request, NULL, 0, &needed), USERSIG_ERR_SPACE);
    ck_assert_uint_eq(needed, len);
    for (size_t size = 0; size <= len + 1; size++) {
        int expected = size <= len ? USERSIG_ERR_SPACE : USERSIG_OK;
        char *exact = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(exact);
        int got = usersig_url(&request, exact, size, &needed);
        ck_assert_msg(got == expected && needed == len, "%zu bytes: expected %s, got %s, %zu needed", size,
                      usersig_error_name(expected), usersig_error_name(got), needed);
        if (!got)
            ck_assert_str_eq(exact, out);
        free(exact);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, documented_example);
    tcase_add_test(tests, extremes);
    tcase_add_test(tests, parameters);
    tcase_add_test(tests, every_byte_of_a_value);
    tcase_add_test(tests, identifier_is_encoded);
    tcase_add_loop_test(tests, part, 0, UNIT_ROWS(parts));
    tcase_add_test(tests, limits);
    tcase_add_test(tests, space);
}

int main(void)
{
    return unit_run("url", fill);
}
