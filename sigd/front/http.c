/* http.c: the strict subset of HTTP/1.1 (RFC 9112) that sigd speaks: reads a request's head. */
#include "http.h"

#include "httptext.h"

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

bool http_is(const struct http_text *text, const char *literal)
{
    return text->len == strlen(literal) && httptext_same_folded(text->bytes, literal, text->len);
}

bool http_is_type(const struct http_text *header, const char *type)
{
    struct http_text rest = *header;
    struct http_text name = httptext_trimmed(httptext_cut(&rest, ';'));
    return http_is(&name, type);
}

/* Does ";q=0" say that a type is not wanted? */
static bool is_unwanted(struct http_text params)
{
    while (params.len) {
        struct http_text value = httptext_trimmed(httptext_cut(&params, ';'));
        struct http_text name = httptext_cut(&value, '=');
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
        struct http_text element = httptext_cut(&rest, ',');
        struct http_text name = httptext_trimmed(httptext_cut(&element, ';'));
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
    p->request->path = httptext_cut(&target, '?');
    p->request->query = target;
    return true;
}

static bool read_request_line(struct parser *p, struct http_text line)
{
    struct http_text method = httptext_cut(&line, ' ');
    struct http_text target = httptext_cut(&line, ' ');
    if (!httptext_is_token(&method) || line.len == 0)
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
        struct http_text option = httptext_trimmed(httptext_cut(&value, ','));
        if (http_is(&option, "close"))
            p->closes = true;
        else if (http_is(&option, "keep-alive"))
            p->keeps_alive = true;
    }
}

/* The headers that mean something here. */
enum header {
    HEADER_OTHER,
    HEADER_ACCEPT,
    HEADER_CONNECTION,
    HEADER_CONTENT_LENGTH,
    HEADER_CONTENT_TYPE,
    HEADER_EXPECT,
    HEADER_HOST,
    HEADER_TRANSFER_ENCODING,
    /* what browsers and proxies add: a request that carries one was not meant for this socket by its sender */
    HEADER_FOREIGN
};

static enum header header_of(const struct http_text *name)
{
    static const struct {
        const char *name;
        uint8_t len;
        uint8_t is; /* enum header */
    } known[] = {
#define KNOWN(name, is) { name, sizeof name - 1, is }
        KNOWN("host", HEADER_HOST),
        KNOWN("content-length", HEADER_CONTENT_LENGTH),
        KNOWN("content-type", HEADER_CONTENT_TYPE),
        KNOWN("accept", HEADER_ACCEPT),
        KNOWN("connection", HEADER_CONNECTION),
        KNOWN("expect", HEADER_EXPECT),
        KNOWN("transfer-encoding", HEADER_TRANSFER_ENCODING),
        KNOWN("origin", HEADER_FOREIGN),
        KNOWN("referer", HEADER_FOREIGN),
        KNOWN("forwarded", HEADER_FOREIGN),
        KNOWN("via", HEADER_FOREIGN),
#undef KNOWN
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].len == name->len && httptext_same_folded(name->bytes, known[i].name, name->len))
            return (enum header)known[i].is;
    return httptext_starts_with(name, "sec-fetch-") || httptext_starts_with(name, "x-forwarded-")
               ? HEADER_FOREIGN
               : HEADER_OTHER;
}

static bool read_type(struct parser *p, const struct http_text *value)
{
    if (p->request->content_type.bytes)
        return refuse(p, PROBLEM_BAD_REQUEST, "two Content-Type headers");
    p->request->content_type = *value;
    return true;
}

static bool read_expect(struct parser *p, const struct http_text *value)
{
    p->request->expects_continue = http_is(value, "100-continue");
    if (!p->request->expects_continue)
        refuse(p, PROBLEM_EXPECTATION, "the one known expectation is 100-continue");
    return true;
}

static bool read_header(struct parser *p, struct http_text line)
{
    if (httptext_is_space(line.bytes[0]))
        return refuse(p, PROBLEM_BAD_REQUEST, "a folded header");
    const char *colon = memchr(line.bytes, ':', line.len);
    if (!colon)
        return refuse(p, PROBLEM_BAD_REQUEST, "a header without a colon");
    struct http_text name = { line.bytes, (size_t)(colon - line.bytes) };
    struct http_text value = httptext_trimmed((struct http_text){ colon + 1, line.len - name.len - 1 });
    if (!httptext_is_token(&name))
        return refuse(p, PROBLEM_BAD_REQUEST,
                      "a header's name is not a token, or a space stands before its colon");
    for (size_t i = 0; i < value.len; i++)
        if (httptext_kind_of(value.bytes[i]) & HTTPTEXT_CONTROL)
            return refuse(p, PROBLEM_BAD_REQUEST, "a control character in a header");
    switch (header_of(&name)) {
    case HEADER_ACCEPT: p->request->accept = value; return true;
    case HEADER_CONNECTION: read_connection(p, value); return true;
    case HEADER_CONTENT_LENGTH: return read_length(p, &value);
    case HEADER_CONTENT_TYPE: return read_type(p, &value);
    case HEADER_EXPECT: return read_expect(p, &value);
    case HEADER_HOST: return read_host(p, &value);
    case HEADER_TRANSFER_ENCODING:
        return refuse(p, PROBLEM_BAD_REQUEST, "Transfer-Encoding is not taken: send Content-Length");
    case HEADER_FOREIGN:
        refuse(p, PROBLEM_PROXIED,
               "Origin, Referer, Sec-Fetch-*, Forwarded, X-Forwarded-* and Via are not for local backends");
        return true;
    default: return true;
    }
}

/* Looks for the end of a head, and for bytes that no head may hold, before its end has come. false: there are such. */
static bool find_end(struct parser *p, const char *bytes, size_t len)
{
    size_t line = 0; /* where it begins */
    for (size_t i = 0; i < len; i++) {
        if (!(httptext_kind_of(bytes[i]) & HTTPTEXT_LINE))
            continue;
        if (bytes[i] == '\0')
            return refuse(p, PROBLEM_BAD_REQUEST, "a NUL byte in the header");
        if (bytes[i] == '\n')
            return refuse(p, PROBLEM_BAD_REQUEST, "a line that ends in LF without CR");
        if (i + 1 == len)
            return true;
        if (bytes[i + 1] != '\n')
            return refuse(p, PROBLEM_BAD_REQUEST, "a CR without LF");
        i++;
        if (line && line == i - 1) {
            p->request->head_len = i + 1;
            return true;
        }
        line = i + 1;
    }
    return true;
}

/* All lines of a head. false: its form is broken; a refusal of its content lets the rest be read first, so that what
 * is broken further on is still seen. */
static bool read_lines(struct parser *p, struct http_text head)
{
    struct http_text line = httptext_cut(&head, '\n');
    line.len--; /* the CR that is_clean saw */
    if (!read_request_line(p, line))
        return false;
    while (head.len > 2) { /* the empty line */
        line = httptext_cut(&head, '\n');
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
    int result = -1;

    *request = (struct http_request){ 0 };
    if (find_end(&p, bytes, seen)) {
        if (request->head_len)
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
