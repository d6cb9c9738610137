/* fuzz_http.c: a request's head, by http_parse and then the query: what is taken has the promised form and a reader that
 * shares no code with it finds the same lines; what comes in pieces is judged as what comes whole; what is decoded is
 * what a plain decoder makes of it. */
#include "fuzz.h"

#include "http.h"
#include "query.h"

#include <strings.h>

struct judged {
    struct http_request request;
    enum problem problem;
    const char *detail;
    int result;
};

static struct judged judge(const char *bytes, size_t len)
{
    struct judged j;
    j.result = http_parse(&j.request, bytes, len, &j.problem, &j.detail);
    FUZZ_MUST(j.result >= -1 && j.result <= 1);
    FUZZ_MUST((j.result < 0) == (j.problem != PROBLEM_NONE) && (j.result < 0) == (j.detail != NULL));
    FUZZ_MUST(j.request.head_len <= len && j.request.head_len <= HTTP_HEAD_MAX);
    return j;
}

static bool inside(const struct http_text *text, const char *bytes, size_t len)
{
    return !text->len || (text->bytes >= bytes && text->bytes <= bytes + len &&
                          text->len <= (size_t)(bytes + len - text->bytes));
}

/* The value of the first header of that name in a head that was taken, cut at the blanks around it. NULL: none. */
static const char *header_of(const char *head, size_t len, const char *name, size_t *value_len, unsigned *n)
{
    const char *found = NULL, *end = head + len;
    *n = 0;
    for (const char *line = memchr(head, '\n', len); line && ++line < end;
         line = memchr(line, '\n', (size_t)(end - line))) {
        size_t name_len = strlen(name);
        if ((size_t)(end - line) <= name_len || strncasecmp(line, name, name_len) != 0 ||
            line[name_len] != ':')
            continue;
        const char *stop = memchr(line, '\r', (size_t)(end - line));
        const char *from = line + name_len + 1;
        while (from < stop && (*from == ' ' || *from == '\t'))
            from++;
        while (stop > from && (stop[-1] == ' ' || stop[-1] == '\t'))
            stop--;
        if (!(*n)++) {
            found = from;
            *value_len = (size_t)(stop - from);
        }
    }
    return found;
}

static void check_taken(const struct judged *j, const char *bytes)
{
    const struct http_request *r = &j->request;
    size_t len = r->head_len, value_len = 0;
    unsigned n;
    FUZZ_MUST(len >= 4 && memcmp(bytes + len - 4, "\r\n\r\n", 4) == 0);
    FUZZ_MUST(memmem(bytes, len - 1, "\r\n\r\n", 4) == NULL && memchr(bytes, '\0', len) == NULL);
    for (size_t i = 0; i < len; i++)
        FUZZ_MUST((bytes[i] == '\n') == (i > 0 && bytes[i - 1] == '\r'));
    FUZZ_MUST(r->path.len && r->path.bytes[0] == '/' && inside(&r->path, bytes, len));
    FUZZ_MUST(inside(&r->query, bytes, len) && !memchr(r->path.bytes, '?', r->path.len));
    FUZZ_MUST(inside(&r->content_type, bytes, len) && inside(&r->accept, bytes, len));
    const char *length = header_of(bytes, len, "content-length", &value_len, &n);
    FUZZ_MUST(n <= 1 && (length != NULL) == r->has_length);
    uint64_t number = 0;
    for (size_t i = 0; length && i < value_len; i++) {
        FUZZ_MUST(length[i] >= '0' && length[i] <= '9');
        number = number * 10 + (uint64_t)(length[i] - '0');
    }
    FUZZ_MUST(r->content_length == number);
    static const char *const never[] = { "transfer-encoding", "origin", "referer",
                                         "forwarded",         "via",    "x-forwarded-for" };
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        header_of(bytes, len, never[i], &value_len, &n);
        FUZZ_MUST(n == 0);
    }
    header_of(bytes, len, "host", &value_len, &n);
    FUZZ_MUST(n == 1 || (n == 0 && r->http_10));
}

/* A decoder of percent-encoding without bounds to keep. -1: broken. */
static long decoded(const char *text, size_t len, char *out)
{
    long n = 0;
    for (size_t i = 0; i < len; i++) {
        char two[3] = { 0 }, *stop;
        if (text[i] != '%') {
            out[n++] = text[i];
            continue;
        }
        if (len - i < 3)
            return -1;
        memcpy(two, text + i + 1, 2);
        unsigned long c = strspn(two, "0123456789abcdefABCDEF") == 2 ? strtoul(two, &stop, 16) : 0;
        if (!c)
            return -1;
        out[n++] = (char)c;
        i += 2;
    }
    return n;
}

static bool is_decoded(const struct http_text *got, const char *text, size_t len, const char *room,
                       size_t room_len)
{
    char *plain = fuzz_room(len);
    long n = decoded(text, len, plain);
    bool same = n == (long)got->len && memcmp(plain, got->bytes, got->len) == 0;
    free(plain);
    return same && inside(got, room, room_len);
}

static void check_path(const struct http_text *path)
{
    struct http_text segments[QUERY_SEGMENTS_MAX];
    char *room = fuzz_room(path->len);
    int n = query_segments(path, room, segments);
    const char *at = path->bytes, *end = at + path->len;
    FUZZ_MUST(n >= -1 && n <= QUERY_SEGMENTS_MAX + 1 && n != 0);
    for (int i = 0; n <= QUERY_SEGMENTS_MAX && i < n; i++) {
        FUZZ_MUST(at < end && *at == '/');
        const char *stop = memchr(at + 1, '/', (size_t)(end - at - 1));
        if (!stop)
            stop = end;
        FUZZ_MUST(is_decoded(&segments[i], at + 1, (size_t)(stop - at - 1), room, path->len));
        at = stop;
    }
    FUZZ_MUST(n < 0 || n > QUERY_SEGMENTS_MAX || at == end);
    free(room);
}

static void check_query(const struct http_text *query)
{
    struct query_param params[QUERY_PARAMS_MAX];
    char *room = fuzz_room(query->len);
    int n = query_params(query, room, params);
    const char *at = query->bytes;
    FUZZ_MUST(n >= -1 && n <= QUERY_PARAMS_MAX);
    for (int i = 0; i < n; i++) {
        size_t left = (size_t)(query->bytes + query->len - at);
        const char *stop = memchr(at, '&', left), *equals = memchr(at, '=', left);
        if (!stop)
            stop = at + left;
        FUZZ_MUST(equals && equals < stop);
        FUZZ_MUST(is_decoded(&params[i].name, at, (size_t)(equals - at), room, query->len));
        FUZZ_MUST(is_decoded(&params[i].value, equals + 1, (size_t)(stop - equals - 1), room, query->len));
        at = stop + 1;
    }
    FUZZ_MUST(n < 0 || at >= query->bytes + query->len);
    free(room);
}

/* A head that comes in two pieces: of the first one no more is said than what the whole says. */
static void check_piece(const struct judged *whole, const char *bytes, size_t len)
{
    char *piece = fuzz_copy(bytes, len);
    struct judged j = judge(piece, len);
    if (j.result == 1)
        FUZZ_MUST(whole->result == 1 && whole->request.head_len == j.request.head_len);
    if (j.result == -1)
        FUZZ_MUST(whole->result == -1);
    if (whole->result == 1)
        FUZZ_MUST(j.result == (len >= whole->request.head_len));
    free(piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    size_t cut = fuzz_two(&in);
    /* runs of one byte reach the limits of the head's size */
    size_t fill = (cut & 0xE000) == 0xE000 ? HTTP_HEAD_MAX - (cut & 15) : 0, len = in.left + fill;
    char *bytes = fuzz_room(len);
    memcpy(bytes, in.at, in.left);
    memset(bytes + in.left, 'a', fill);
    struct judged whole = judge(bytes, len);
    check_piece(&whole, bytes, len ? cut % len : 0);
    if (whole.result == 1) {
        check_taken(&whole, bytes);
        check_path(&whole.request.path);
        check_query(&whole.request.query);
        FUZZ_MUST(http_is_type(&whole.request.content_type, "application/json") <=
                  (int)(whole.request.content_type.len >= 16));
        if (http_has_type(&whole.request.accept, "text/plain"))
            FUZZ_MUST(whole.request.accept.len >= 10);
    }
    free(bytes);
    return 0;
}
