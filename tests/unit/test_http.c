/* test_http.c: heads of requests, good and bad, whole and cut at every byte. Each lies at the end of an allocation of
 * its size, so that ASan and valgrind see a read beyond it. */
#include "unit.h"

#include "../../sigd/front/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) literal, sizeof(literal) - 1
#define HOST "Host: sigd\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define GET10 "GET / HTTP/1.0\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define END "\r\n"

static const struct good {
    const char *name, *text;
    size_t len;
    const char *expected; /* as describe writes it */
} good[] = {
    { "shortest", TEXT(GET END), "GET / ? length=- keep" },
    { "query", TEXT("GET /v1/apps?a=b&c=%20 HTTP/1.1\r\n" HOST END),
      "GET /v1/apps ?a=b&c=%20 length=- keep" },
    { "empty query", TEXT("GET /a? HTTP/1.1\r\n" HOST END), "GET /a ? length=- keep" },
    { "two question marks", TEXT("GET /a?b?c HTTP/1.1\r\n" HOST END), "GET /a ?b?c length=- keep" },
    { "POST", TEXT(POST "Content-Length: 5\r\n" END "{...}"), "POST / ? length=5 keep rest=5" },
    { "HEAD", TEXT("HEAD / HTTP/1.1\r\n" HOST END), "HEAD / ? length=- keep" },
    { "lower-case method is another", TEXT("get / HTTP/1.1\r\n" HOST END), "OTHER / ? length=- keep" },
    { "DELETE", TEXT("DELETE / HTTP/1.1\r\n" HOST END), "OTHER / ? length=- keep" },
    { "GETS", TEXT("GETS / HTTP/1.1\r\n" HOST END), "OTHER / ? length=- keep" },
    { "a second request behind", TEXT(GET END GET END), "GET / ? length=- keep rest=30" },
    { "bare LF behind the head", TEXT(GET END "\n\0\r"), "GET / ? length=- keep rest=3" },
    { "1.1 close", TEXT(GET "Connection: close\r\n" END), "GET / ? length=- close" },
    { "1.1 keep-alive", TEXT(GET "Connection: keep-alive\r\n" END), "GET / ? length=- keep" },
    { "1.1 list with close", TEXT(GET "connection: x,\t CLOSE ,y\r\n" END), "GET / ? length=- close" },
    { "1.1 two Connection", TEXT(GET "Connection: close\r\nConnection: keep-alive\r\n" END),
      "GET / ? length=- close" },
    { "1.1 no word close", TEXT(GET "Connection: closed, not-close, \r\n" END), "GET / ? length=- keep" },
    { "1.1 empty Connection", TEXT(GET "Connection:\r\n" END), "GET / ? length=- keep" },
    { "upgrade is ignored", TEXT(GET "Connection: Upgrade\r\nUpgrade: websocket\r\n" END),
      "GET / ? length=- keep" },
    { "1.0", TEXT(GET10 END), "GET / ? length=- close" },
    { "1.0 keep-alive", TEXT(GET10 "Connection: Keep-Alive\r\n" END), "GET / ? length=- keep" },
    { "1.0 both", TEXT(GET10 "Connection: keep-alive, close\r\n" END), "GET / ? length=- close" },
    { "Host localhost", TEXT("GET / HTTP/1.1\r\nHost: localhost\r\n" END), "GET / ? length=- keep" },
    { "Host in capitals", TEXT("GET / HTTP/1.1\r\nHOST:SIGD\r\n" END), "GET / ? length=- keep" },
    { "Host empty", TEXT("GET / HTTP/1.1\r\nHost:\r\n" END), "GET / ? length=- keep" },
    { "Host blank", TEXT("GET / HTTP/1.1\r\nHost: \t \r\n" END), "GET / ? length=- keep" },
    { "Expect", TEXT(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n" END),
      "POST / ? length=1 keep continue" },
    { "Content-Length 0", TEXT(POST "Content-Length: 0\r\n" END), "POST / ? length=0 keep" },
    { "Content-Length with zeros", TEXT(POST "content-length:\t007 \r\n" END), "POST / ? length=7 keep" },
    { "Content-Length, 18 digits", TEXT(POST "Content-Length: 999999999999999999\r\n" END),
      "POST / ? length=999999999999999999 keep" },
    { "types", TEXT(GET "Content-Type: a/b; c=d\r\nAccept: */*\r\n" END),
      "GET / ? length=- keep type=a/b; c=d accept=*/*" },
    { "no space behind the colon", TEXT(GET "Accept:text/plain\r\n" END),
      "GET / ? length=- keep accept=text/plain" },
    { "a colon in a value", TEXT(GET "Accept: a:b\r\n" END), "GET / ? length=- keep accept=a:b" },
    { "bytes beyond ASCII in a value", TEXT(GET "X: \xC3\xA9\x80\xFF\r\n" END), "GET / ? length=- keep" },
    { "a tab in a value", TEXT(GET "Accept: a\tb\r\n" END), "GET / ? length=- keep accept=a\tb" },
    { "every token character", TEXT(GET "!#$%&'*+-.^_`|~09azAZ: x\r\n" END), "GET / ? length=- keep" },
    { "names that only begin like proxies'",
      TEXT(GET "Originally: 1\r\nX-Forwarded: 1\r\nViaduct: 1\r\n" END), "GET / ? length=- keep" },
    { "names that only end like proxies'",
      TEXT(GET "X-Origin: 1\r\nNo-Via: 1\r\nX-Sec-Fetch-Site: 1\r\n" END), "GET / ? length=- keep" },
};

static const struct bad {
    const char *name, *text;
    size_t len;
    enum problem problem;
} bad[] = {
    { "LF alone ends the request line", TEXT("GET / HTTP/1.1\n" HOST END), PROBLEM_BAD_REQUEST },
    { "LF alone ends a header", TEXT(GET "A: b\nC: d\r\n" END), PROBLEM_BAD_REQUEST },
    { "LF alone ends the head", TEXT("GET / HTTP/1.1\r\nHost: sigd\n\n"), PROBLEM_BAD_REQUEST },
    { "LF first", TEXT("\nGET / HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "LF LF", TEXT("GET / HTTP/1.1\r\n" HOST "\n\r\n"), PROBLEM_BAD_REQUEST },
    { "CR without LF", TEXT("GET / HTTP/1.1\rHost: sigd\r\n" END), PROBLEM_BAD_REQUEST },
    { "CR in a value", TEXT(GET "A: b\rc\r\n" END), PROBLEM_BAD_REQUEST },
    { "CR CR LF", TEXT(GET "A: b\r\r\n" END), PROBLEM_BAD_REQUEST },
    { "empty line first", TEXT("\r\nGET / HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "nothing but an end", TEXT("\r\n\r\n"), PROBLEM_BAD_REQUEST },
    { "NUL in the method", TEXT("G\0T / HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "NUL in the path", TEXT("GET /\0 HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "NUL in a name", TEXT(GET "A\0: b\r\n" END), PROBLEM_BAD_REQUEST },
    { "NUL in a value", TEXT(GET "A: b\0\r\n" END), PROBLEM_BAD_REQUEST },
    { "chunked", TEXT(POST "Transfer-Encoding: chunked\r\n" END), PROBLEM_BAD_REQUEST },
    { "chunked, any case", TEXT(POST "tRANSFER-eNCODING:\tChunked\r\n" END), PROBLEM_BAD_REQUEST },
    { "identity", TEXT(POST "Transfer-Encoding: identity\r\n" END), PROBLEM_BAD_REQUEST },
    { "empty Transfer-Encoding", TEXT(POST "Transfer-Encoding:\r\n" END), PROBLEM_BAD_REQUEST },
    { "length, then chunked", TEXT(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" END),
      PROBLEM_BAD_REQUEST },
    { "chunked, then length", TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n" END),
      PROBLEM_BAD_REQUEST },
    { "two lengths", TEXT(POST "Content-Length: 3\r\nContent-Length: 4\r\n" END), PROBLEM_BAD_REQUEST },
    { "the same length twice", TEXT(POST "Content-Length: 3\r\ncontent-length: 3\r\n" END),
      PROBLEM_BAD_REQUEST },
    { "the length 0 twice", TEXT(POST "Content-Length: 0\r\nContent-Length: 0\r\n" END),
      PROBLEM_BAD_REQUEST },
    { "lengths in one", TEXT(POST "Content-Length: 3, 3\r\n" END), PROBLEM_BAD_REQUEST },
    { "no length", TEXT(POST "Content-Length:\r\n" END), PROBLEM_BAD_REQUEST },
    { "+", TEXT(POST "Content-Length: +3\r\n" END), PROBLEM_BAD_REQUEST },
    { "-", TEXT(POST "Content-Length: -3\r\n" END), PROBLEM_BAD_REQUEST },
    { "hexadecimal", TEXT(POST "Content-Length: 0x3\r\n" END), PROBLEM_BAD_REQUEST },
    { "a fraction", TEXT(POST "Content-Length: 3.0\r\n" END), PROBLEM_BAD_REQUEST },
    { "a space between digits", TEXT(POST "Content-Length: 3 3\r\n" END), PROBLEM_BAD_REQUEST },
    { "19 digits", TEXT(POST "Content-Length: 1000000000000000000\r\n" END), PROBLEM_BAD_REQUEST },
    { "2^64", TEXT(POST "Content-Length: 18446744073709551616\r\n" END), PROBLEM_BAD_REQUEST },
    { "2^64 + 3", TEXT(POST "Content-Length: 18446744073709551619\r\n" END), PROBLEM_BAD_REQUEST },
    { "folded by a space", TEXT(GET "A: b\r\n c\r\n" END), PROBLEM_BAD_REQUEST },
    { "folded by a tab", TEXT(GET "A: b\r\n\tc: d\r\n" END), PROBLEM_BAD_REQUEST },
    { "folded at once", TEXT("GET / HTTP/1.1\r\n " HOST END), PROBLEM_BAD_REQUEST },
    { "a space before the colon", TEXT(GET "A : b\r\n" END), PROBLEM_BAD_REQUEST },
    { "a tab before the colon", TEXT(GET "A\t: b\r\n" END), PROBLEM_BAD_REQUEST },
    { "a space before the length's colon", TEXT(POST "Content-Length : 3\r\n" END), PROBLEM_BAD_REQUEST },
    { "a space before the Host's colon", TEXT("GET / HTTP/1.1\r\nHost : sigd\r\n" END), PROBLEM_BAD_REQUEST },
    { "no colon", TEXT(GET "Accept\r\n" END), PROBLEM_BAD_REQUEST },
    { "no name", TEXT(GET ": b\r\n" END), PROBLEM_BAD_REQUEST },
    { "a name that is no token", TEXT(GET "A(b): c\r\n" END), PROBLEM_BAD_REQUEST },
    { "a name beyond ASCII", TEXT(GET "\xC3\xA9: c\r\n" END), PROBLEM_BAD_REQUEST },
    { "SOH in a value",
      TEXT(GET "A: b\x01"
               "c\r\n" END),
      PROBLEM_BAD_REQUEST },
    { "ESC in a value", TEXT(GET "A: \x1B[0m\r\n" END), PROBLEM_BAD_REQUEST },
    { "DEL in a value", TEXT(GET "A: \x7F\r\n" END), PROBLEM_BAD_REQUEST },
    { "a control character in Host", TEXT("GET / HTTP/1.1\r\nHost: \x0Bsigd\r\n" END), PROBLEM_BAD_REQUEST },
    { "0.9", TEXT("GET /\r\n\r\n"), PROBLEM_BAD_REQUEST },
    { "0.9 by name", TEXT("GET / HTTP/0.9\r\n" HOST END), PROBLEM_VERSION },
    { "1.2", TEXT("GET / HTTP/1.2\r\n" HOST END), PROBLEM_VERSION },
    { "2.0", TEXT("GET / HTTP/2.0\r\n" HOST END), PROBLEM_VERSION },
    { "the preface of HTTP/2", TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), PROBLEM_VERSION },
    { "2", TEXT("GET / HTTP/2\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "1.10", TEXT("GET / HTTP/1.10\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "http in lower case", TEXT("GET / http/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "TLS", TEXT("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"), PROBLEM_BAD_REQUEST },
    { "no method", TEXT(" / HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "a method that is no token", TEXT("G(T / HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "two spaces", TEXT("GET  / HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "a tab", TEXT("GET\t/\tHTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "a space at the end", TEXT("GET / HTTP/1.1 \r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "a space in the path", TEXT("GET /a b HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "no path", TEXT("GET HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "absolute form", TEXT("GET http://sigd/ HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "authority form", TEXT("CONNECT sigd:80 HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "asterisk form", TEXT("OPTIONS * HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "a fragment", TEXT("GET /a#b HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "a path beyond ASCII", TEXT("GET /\xC3\xA9 HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "DEL in the path", TEXT("GET /\x7F HTTP/1.1\r\n" HOST END), PROBLEM_BAD_REQUEST },
    { "1.1 without Host", TEXT("GET / HTTP/1.1\r\n\r\n"), PROBLEM_BAD_REQUEST },
    { "two Hosts", TEXT(GET "host: sigd\r\n" END), PROBLEM_BAD_REQUEST },
    { "two Hosts, one empty", TEXT("GET / HTTP/1.1\r\nHost:\r\nHost:\r\n" END), PROBLEM_BAD_REQUEST },
    { "another Host", TEXT("GET / HTTP/1.1\r\nHost: evil.example\r\n" END), PROBLEM_MISDIRECTED },
    { "Host with a port", TEXT("GET / HTTP/1.1\r\nHost: localhost:80\r\n" END), PROBLEM_MISDIRECTED },
    { "Host that begins so", TEXT("GET / HTTP/1.1\r\nHost: sigd.evil\r\n" END), PROBLEM_MISDIRECTED },
    { "another Host under 1.0", TEXT(GET10 "Host: evil.example\r\n" END), PROBLEM_MISDIRECTED },
    { "Origin", TEXT(GET "Origin: null\r\n" END), PROBLEM_PROXIED },
    { "Referer", TEXT(GET "referer:\r\n" END), PROBLEM_PROXIED },
    { "Sec-Fetch-Site", TEXT(GET "Sec-Fetch-Site: none\r\n" END), PROBLEM_PROXIED },
    { "Sec-Fetch-", TEXT(GET "SEC-FETCH-: x\r\n" END), PROBLEM_PROXIED },
    { "Forwarded", TEXT(GET "Forwarded: for=1\r\n" END), PROBLEM_PROXIED },
    { "X-Forwarded-For", TEXT(GET "X-FORWARDED-FOR: 1\r\n" END), PROBLEM_PROXIED },
    { "X-Forwarded-Anything", TEXT(GET "x-forwarded-anything: 1\r\n" END), PROBLEM_PROXIED },
    { "Via", TEXT(GET10 "via: 1.1 x\r\n" END), PROBLEM_PROXIED },
    { "Expect something", TEXT(POST "Expect: 200-ok\r\n" END), PROBLEM_EXPECTATION },
    { "Expect nothing", TEXT(POST "Expect:\r\n" END), PROBLEM_EXPECTATION },
    { "Expect two", TEXT(POST "Expect: 100-continue, x\r\n" END), PROBLEM_EXPECTATION },
    { "Expect something, then 100", TEXT(POST "Expect: x\r\nExpect: 100-continue\r\n" END),
      PROBLEM_EXPECTATION },
    { "proxied and two lengths", TEXT(POST "Via: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n" END),
      PROBLEM_BAD_REQUEST },
    { "another Host and folded", TEXT("GET / HTTP/1.1\r\nHost: evil\r\n x\r\n" END), PROBLEM_BAD_REQUEST },
    { "proxied without Host", TEXT("GET / HTTP/1.1\r\nOrigin: null\r\n" END), PROBLEM_BAD_REQUEST },
};

static void describe(char *out, size_t size, const struct http_request *r, size_t len)
{
    static const char *const methods[] = { "GET", "POST", "HEAD", "OTHER" };
    size_t n = (size_t)snprintf(out, size, "%s %.*s ?%.*s length=", methods[r->method], (int)r->path.len,
                                r->path.bytes, (int)r->query.len, r->query.len ? r->query.bytes : "");
    n += (size_t)(r->has_length ? snprintf(out + n, size - n, "%llu", (unsigned long long)r->content_length)
                                : snprintf(out + n, size - n, "-"));
    n += (size_t)snprintf(out + n, size - n, "%s%s", r->keep_alive ? " keep" : " close",
                          r->expects_continue ? " continue" : "");
    if (r->content_type.len)
        n += (size_t)snprintf(out + n, size - n, " type=%.*s", (int)r->content_type.len,
                              r->content_type.bytes);
    if (r->accept.len)
        n += (size_t)snprintf(out + n, size - n, " accept=%.*s", (int)r->accept.len, r->accept.bytes);
    if (len > r->head_len)
        snprintf(out + n, size - n, " rest=%zu", len - r->head_len);
}

/* Parses a copy of len bytes that ends where its allocation ends. *out: the description, or "" when not parsed. */
static int parse(const char *bytes, size_t len, enum problem *problem, char out[static 512])
{
    struct http_request request;
    const char *detail = NULL;
    char *copy = malloc(len);
    ck_assert(copy || !len);
    if (len)
        memcpy(copy, bytes, len);
    *problem = PROBLEM_LAST;
    int result = http_parse(&request, copy, len, problem, &detail);
    *out = '\0';
    if (result == 1)
        describe(out, 512, &request, len);
    ck_assert_msg((result < 0) == (*problem != PROBLEM_NONE) && (result < 0) == (detail != NULL),
                  "result %d, problem %d, detail %s", result, *problem, detail ? detail : "none");
    free(copy);
    return result;
}

START_TEST(good_row)
{
    enum problem problem;
    char actual[512];
    int result = parse(good[_i].text, good[_i].len, &problem, actual);
    ck_assert_msg(result == 1, "%s: expected 1, got %d, problem %d", good[_i].name, result, problem);
    ck_assert_msg(strcmp(actual, good[_i].expected) == 0, "%s: expected '%s', got '%s'", good[_i].name,
                  good[_i].expected, actual);
}
END_TEST

/* A head that is not whole is never taken for a whole one, nor refused. */
START_TEST(good_cut)
{
    const char *end = memmem(good[_i].text, good[_i].len, "\r\n\r\n", 4);
    size_t head = (size_t)(end - good[_i].text) + 4;
    for (size_t len = 0; len <= good[_i].len; len++) {
        enum problem problem;
        char actual[512];
        int result = parse(good[_i].text, len, &problem, actual);
        ck_assert_msg(result == (len >= head), "%s: %zu of %zu bytes: expected %d, got %d", good[_i].name,
                      len, good[_i].len, len >= head, result);
    }
}
END_TEST

START_TEST(bad_row)
{
    enum problem problem;
    char actual[512];
    int result = parse(bad[_i].text, bad[_i].len, &problem, actual);
    ck_assert_msg(result == -1 && problem == bad[_i].problem, "%s: expected -1, %s, got %d, %s", bad[_i].name,
                  problem_row(bad[_i].problem)->name, result,
                  result < 0 ? problem_row(problem)->name : actual);
}
END_TEST

START_TEST(bad_cut)
{
    for (size_t len = 0; len < bad[_i].len; len++) {
        enum problem problem;
        char actual[512];
        int result = parse(bad[_i].text, len, &problem, actual);
        ck_assert_msg(result == 0 || (result == -1 && problem == bad[_i].problem),
                      "%s: %zu of %zu bytes: expected 0 or -1 with problem %d, got %d with %d", bad[_i].name,
                      len, bad[_i].len, bad[_i].problem, result, problem);
    }
}
END_TEST

/* Another byte in any place: no read beyond the end (ASan), and what is taken is still clean. */
START_TEST(good_damaged)
{
    static const char bytes[] = "\0\t\n\r ,/0:?Az\x7F\x80\xFF";
    char copy[512], actual[512];
    enum problem problem;
    for (size_t at = 0; at < good[_i].len; at++)
        for (size_t byte = 0; byte < sizeof bytes - 1; byte++) {
            memcpy(copy, good[_i].text, good[_i].len);
            copy[at] = bytes[byte];
            int result = parse(copy, good[_i].len, &problem, actual);
            ck_assert_msg(result >= -1 && result <= 1, "%s: byte %zu at %zu: got %d", good[_i].name, byte, at,
                          result);
        }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, good_row, 0, UNIT_ROWS(good));
    tcase_add_loop_test(tests, good_cut, 0, UNIT_ROWS(good));
    tcase_add_loop_test(tests, good_damaged, 0, UNIT_ROWS(good));
    tcase_add_loop_test(tests, bad_row, 0, UNIT_ROWS(bad));
    tcase_add_loop_test(tests, bad_cut, 0, UNIT_ROWS(bad));
}

int main(void)
{
    return unit_run("http", fill);
}
