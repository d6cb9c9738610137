/* http.c: the strict subset of HTTP/1.1 (RFC 9112) that sigd speaks: reads a request's head. */
#include "http.h"

#include <string.h>

/* What http_parse is at. Of several refusals the first stays, but a broken form outranks a head that is only unwelcome. */
struct parser {
    struct http_request *request;
    enum problem problem;
    const char *detail;
    bool has_host, http_10, keeps_alive, closes;
};

static bool refuse(struct parser *p, enum problem problem, const char *detail)
{
    if (!p->problem || problem == PROBLEM_BAD_REQUEST) {
        p->problem = problem;
        p->detail = detail;
    }
    return false;
}

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same_folded(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (folded(a[i]) != folded(b[i]))
            return false;
    return true;
}

bool http_is(const struct http_text *text, const char *literal)
{
    return text->len == strlen(literal) && same_folded(text->bytes, literal, text->len);
}

static bool starts_with(const struct http_text *text, const char *literal)
{
    size_t n = strlen(literal);
    return text->len >= n && same_folded(text->bytes, literal, n);
}

/* RFC 9110, section 5.6.2. */
static bool is_token(const struct http_text *text)
{
    for (size_t i = 0; i < text->len; i++) {
        char c = text->bytes[i];
        bool alnum = (c >= '0' && c <= '9') || (folded(c) >= 'a' && folded(c) <= 'z');
        if (!alnum && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return text->len > 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct http_text trimmed(struct http_text text)
{
    while (text.len && is_space(text.bytes[0])) {
        text.bytes++;
        text.len--;
    }
    while (text.len && is_space(text.bytes[text.len - 1]))
        text.len--;
    return text;
}

/* Cuts what stands before the first c off *rest; all of it where there is none. */
static struct http_text cut(struct http_text *rest, char c)
{
    if (!rest->len) /* a header that was not sent has no bytes to count from */
        return *rest;
    const char *at = memchr(rest->bytes, c, rest->len);
    struct http_text before = { rest->bytes, at ? (size_t)(at - rest->bytes) : rest->len };
    size_t used = before.len + (at != NULL);
    rest->bytes += used;
    rest->len -= used;
    return before;
}

bool http_is_type(const struct http_text *header, const char *type)
{
    struct http_text rest = *header;
    struct http_text name = trimmed(cut(&rest, ';'));
    return http_is(&name, type);
}

/* Does ";q=0" say that a type is not wanted? */
static bool is_unwanted(struct http_text params)
{
    while (params.len) {
        struct http_text value = trimmed(cut(&params, ';'));
        struct http_text name = cut(&value, '=');
        size_t zeros = 0;
        while (zeros < value.len && (value.bytes[zeros] == '0' || value.bytes[zeros] == '.'))
            zeros++;
        if (http_is(&name, "q") && value.len && zeros == value.len)
            return true;
    }
    return false;
}

bool http_has_type(const struct http_text *header, const char *type)
{
    struct http_text rest = *header;
    while (rest.len) {
        struct http_text element = cut(&rest, ',');
        struct http_text name = trimmed(cut(&element, ';'));
        if (http_is(&name, type) && !is_unwanted(element))
            return true;
    }
    return false;
}

static bool read_target(struct parser *p, struct http_text target)
{
    if (target.len == 0 || target.bytes[0] != '/')
        return refuse(p, PROBLEM_BAD_REQUEST, "the request target must be a path that starts with /");
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.bytes[i];
        if (c <= 0x20 || c >= 0x7F || c == '#')
            return refuse(p, PROBLEM_BAD_REQUEST,
                          "the request target holds a character that must be percent-encoded");
    }
    p->request->path = cut(&target, '?');
    p->request->query = target;
    return true;
}

static bool read_request_line(struct parser *p, struct http_text line)
{
    struct http_text method = cut(&line, ' ');
    struct http_text target = cut(&line, ' ');
    if (!is_token(&method) || line.len == 0)
        return refuse(p, PROBLEM_BAD_REQUEST,
                      "the request line is not: method, space, path, space, HTTP/1.1");
    if (line.len != 8 || memcmp(line.bytes, "HTTP/", 5) != 0)
        return refuse(p, PROBLEM_BAD_REQUEST, "the request line does not end in HTTP/1.1");
    p->http_10 = memcmp(line.bytes, "HTTP/1.0", 8) == 0;
    if (!p->http_10 && memcmp(line.bytes, "HTTP/1.1", 8) != 0)
        return refuse(p, PROBLEM_VERSION, "use HTTP/1.1");
    /* methods are case-sensitive */
    p->request->method = method.len == 3 && memcmp(method.bytes, "GET", 3) == 0    ? HTTP_GET
                         : method.len == 4 && memcmp(method.bytes, "POST", 4) == 0 ? HTTP_POST
                         : method.len == 4 && memcmp(method.bytes, "HEAD", 4) == 0 ? HTTP_HEAD
                                                                                   : HTTP_OTHER;
    return read_target(p, target);
}

static bool read_length(struct parser *p, const struct http_text *value)
{
    uint64_t length = 0;
    if (p->request->has_length)
        return refuse(p, PROBLEM_BAD_REQUEST, "two Content-Length headers");
    if (value->len == 0 || value->len > 18)
        return refuse(p, PROBLEM_BAD_REQUEST, "Content-Length is not a number");
    for (size_t i = 0; i < value->len; i++) {
        if (value->bytes[i] < '0' || value->bytes[i] > '9')
            return refuse(p, PROBLEM_BAD_REQUEST, "Content-Length is not a number");
        length = length * 10 + (uint64_t)(value->bytes[i] - '0');
    }
    p->request->has_length = true;
    p->request->content_length = length;
    return true;
}

static bool read_host(struct parser *p, const struct http_text *value)
{
    if (p->has_host)
        return refuse(p, PROBLEM_BAD_REQUEST, "two Host headers");
    p->has_host = true;
    if (value->len && !http_is(value, "sigd") && !http_is(value, "localhost"))
        refuse(p, PROBLEM_MISDIRECTED, "Host must be sigd, localhost or empty");
    return true;
}

static void read_connection(struct parser *p, struct http_text value)
{
    while (value.len) {
        struct http_text option = trimmed(cut(&value, ','));
        if (http_is(&option, "close"))
            p->closes = true;
        else if (http_is(&option, "keep-alive"))
            p->keeps_alive = true;
    }
}

/* What browsers and proxies add: a request that carries one of these was not meant for this socket by its sender. */
static bool is_foreign(const struct http_text *name)
{
    return http_is(name, "origin") || http_is(name, "referer") || http_is(name, "forwarded") ||
           http_is(name, "via") || starts_with(name, "sec-fetch-") || starts_with(name, "x-forwarded-");
}

static bool read_header(struct parser *p, struct http_text line)
{
    struct http_request *request = p->request;
    if (is_space(line.bytes[0]))
        return refuse(p, PROBLEM_BAD_REQUEST, "a folded header");
    if (!memchr(line.bytes, ':', line.len))
        return refuse(p, PROBLEM_BAD_REQUEST, "a header without a colon");
    struct http_text name = cut(&line, ':');
    struct http_text value = trimmed(line);
    if (!is_token(&name))
        return refuse(p, PROBLEM_BAD_REQUEST,
                      "a header's name is not a token, or a space stands before its colon");
    for (size_t i = 0; i < value.len; i++)
        if (((unsigned char)value.bytes[i] < 0x20 && value.bytes[i] != '\t') || value.bytes[i] == 0x7F)
            return refuse(p, PROBLEM_BAD_REQUEST, "a control character in a header");
    if (http_is(&name, "content-length"))
        return read_length(p, &value);
    if (http_is(&name, "transfer-encoding"))
        return refuse(p, PROBLEM_BAD_REQUEST, "Transfer-Encoding is not taken: send Content-Length");
    if (http_is(&name, "host"))
        return read_host(p, &value);
    if (is_foreign(&name)) {
        refuse(p, PROBLEM_PROXIED,
               "Origin, Referer, Sec-Fetch-*, Forwarded, X-Forwarded-* and Via are not for local backends");
        return true;
    }
    if (http_is(&name, "connection"))
        read_connection(p, value);
    else if (http_is(&name, "content-type"))
        request->content_type = value;
    else if (http_is(&name, "accept"))
        request->accept = value;
    else if (http_is(&name, "expect")) {
        request->expects_continue = http_is(&value, "100-continue");
        if (!request->expects_continue)
            refuse(p, PROBLEM_EXPECTATION, "the one known expectation is 100-continue");
    }
    return true;
}

/* Bytes that no head may hold, found before its end has come. */
static bool is_clean(struct parser *p, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\0')
            return refuse(p, PROBLEM_BAD_REQUEST, "a NUL byte in the header");
        if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
            return refuse(p, PROBLEM_BAD_REQUEST, "a line that ends in LF without CR");
        if (bytes[i] == '\r' && i + 1 < len && bytes[i + 1] != '\n')
            return refuse(p, PROBLEM_BAD_REQUEST, "a CR without LF");
    }
    return true;
}

/* All lines of a head. false: its form is broken; a refusal of its content lets the rest be read first, so that what
 * is broken further on is still seen. */
static bool read_lines(struct parser *p, struct http_text head)
{
    struct http_text line = cut(&head, '\n');
    line.len--; /* the CR that is_clean saw */
    if (!read_request_line(p, line))
        return false;
    while (head.len > 2) { /* the empty line */
        line = cut(&head, '\n');
        line.len--;
        if (!read_header(p, line))
            return false;
    }
    if (!p->has_host && !p->http_10)
        return refuse(p, PROBLEM_BAD_REQUEST, "HTTP/1.1 needs a Host header");
    return !p->problem;
}

int http_parse(struct http_request *request, const char *bytes, size_t len, enum problem *problem,
               const char **detail)
{
    struct parser p = { .request = request };
    size_t seen = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
    const char *end = seen ? memmem(bytes, seen, "\r\n\r\n", 4) : NULL;
    int result = -1;

    *request = (struct http_request){ 0 };
    if (end)
        request->head_len = (size_t)(end - bytes) + 4;
    if (is_clean(&p, bytes, end ? request->head_len : seen)) {
        if (end)
            result = read_lines(&p, (struct http_text){ bytes, request->head_len }) ? 1 : -1;
        else if (seen == HTTP_HEAD_MAX)
            refuse(&p, PROBLEM_HEADER_SIZE, "request line and headers are over 8 KiB");
        else
            result = 0;
    }
    request->http_10 = p.http_10;
    request->keep_alive = p.http_10 ? p.keeps_alive && !p.closes : !p.closes;
    *problem = p.problem;
    *detail = p.detail;
    return result;
}
