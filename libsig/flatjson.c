/* flatjson.c: a strict reader of one flat JSON object (RFC 8259) that works in place and allocates nothing. */
#include "flatjson.h"

#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void flatjson_begin(struct flatjson *json, char *text, size_t len)
{
    json->at = text;
    json->end = text + len;
    json->n = 0;
}

static void skip_space(struct flatjson *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
        json->at++;
}

static bool take(struct flatjson *json, char c)
{
    if (json->at == json->end || *json->at != c)
        return false;
    json->at++;
    return true;
}

/* Four hex digits. */
static bool read_hex(struct flatjson *json, uint32_t *code)
{
    *code = 0;
    if (json->end - json->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)*json->at++;
        if (c - '0' <= 9)
            *code = *code << 4 | (c - '0');
        else if ((c | 0x20) - 'a' <= 5)
            *code = *code << 4 | ((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* What follows \u, a second \u included where the first is a high surrogate. */
static bool read_code(struct flatjson *json, uint32_t *code)
{
    uint32_t low;
    if (!read_hex(json, code) || (*code >= 0xDC00 && *code <= 0xDFFF))
        return false;
    if (*code < 0xD800 || *code > 0xDBFF)
        return true;
    if (!take(json, '\\') || !take(json, 'u') || !read_hex(json, &low) || low < 0xDC00 || low > 0xDFFF)
        return false;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

/* The byte that a one-letter escape stands for, 0 for none. */
static char escaped(char letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

/* Goes over characters of a string that stand for themselves, eight at a time; what it stops at need not be special. */
static void skip_plain(struct flatjson *json)
{
    const uint64_t each = 0x0101010101010101u, high = 0x80 * each;
    while (json->end - json->at >= 8) {
        uint64_t word, quote, backslash;
        memcpy(&word, json->at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        quote = word ^ ('"' * each);
        backslash = word ^ ('\\' * each);
        /* the lowest high bit set is that of the first byte that is one of these, a control character or not ASCII */
        uint64_t special =
            (((quote - each) & ~quote) | ((backslash - each) & ~backslash) | (word - 0x20 * each) | word) &
            high;
        if (special) {
            json->at += (unsigned)__builtin_ctzll(special) / 8;
            return;
        }
        json->at += 8;
    }
}

/* A string, from its first quote. Escapes are resolved where they stand: the result is never longer. */
static bool read_string(struct flatjson *json, struct flatjson_text *text)
{
    if (!take(json, '"'))
        return false;
    text->bytes = json->at;
    skip_plain(json);
    char *out = json->at;
    if (json->at < json->end && *json->at == '"') { /* most: ASCII without escapes */
        text->len = (size_t)(json->at++ - text->bytes);
        return true;
    }
    while (json->at < json->end) {
        char c = *json->at++;
        if (c == '"') {
            text->len = (size_t)(out - text->bytes);
            return utf8_valid(text->bytes, text->len);
        }
        if ((unsigned char)c < 0x20)
            return false;
        if (c == '\\') {
            if (json->at == json->end)
                return false;
            char letter = *json->at++;
            if (letter == 'u') {
                uint32_t code;
                char bytes[4];
                if (!read_code(json, &code))
                    return false;
                size_t n = utf8_write(bytes, code);
                memcpy(out, bytes, n);
                out += n;
                continue;
            }
            c = escaped(letter);
            if (!c)
                return false;
        }
        *out++ = c;
    }
    return false;
}

static bool take_digits(struct flatjson *json)
{
    const char *start = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return json->at > start;
}

static bool read_number(struct flatjson *json, struct flatjson_text *text)
{
    text->bytes = json->at;
    take(json, '-');
    if (!take(json, '0') && !take_digits(json))
        return false;
    if (take(json, '.') && !take_digits(json))
        return false;
    if (take(json, 'e') || take(json, 'E')) {
        if (!take(json, '+'))
            take(json, '-');
        if (!take_digits(json))
            return false;
    }
    text->len = (size_t)(json->at - text->bytes);
    return true;
}

static bool read_word(struct flatjson *json, struct flatjson_text *text)
{
    static const char *const words[] = { "true", "false", "null" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(json->end - json->at) >= len && memcmp(json->at, words[i], len) == 0) {
            *text = (struct flatjson_text){ json->at, len };
            json->at += len;
            return true;
        }
    }
    return false;
}

static bool read_value(struct flatjson *json, struct flatjson_member *member)
{
    if (json->at == json->end)
        return false;
    char c = *json->at;
    if (c == '"') {
        member->type = FLATJSON_STRING;
        return read_string(json, &member->value);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        member->type = FLATJSON_NUMBER;
        return read_number(json, &member->value);
    }
    member->type = FLATJSON_WORD;
    return read_word(json, &member->value); /* an object or array is none: flat only */
}

static bool is_new(struct flatjson *json, const struct flatjson_text *name)
{
    if (json->n == FLATJSON_MEMBERS_MAX)
        return false;
    for (size_t i = 0; i < json->n; i++)
        if (json->names[i].len == name->len && memcmp(json->names[i].bytes, name->bytes, name->len) == 0)
            return false;
    json->names[json->n++] = *name;
    return true;
}

int flatjson_next(struct flatjson *json, struct flatjson_member *member)
{
    bool first = json->n == 0;
    skip_space(json);
    if (first) {
        if (!take(json, '{'))
            return -1;
        skip_space(json);
    }
    if (take(json, '}')) {
        skip_space(json);
        return json->at == json->end ? 0 : -1;
    }
    if (!first) {
        if (!take(json, ','))
            return -1;
        skip_space(json);
    }
    if (!read_string(json, &member->name) || !is_new(json, &member->name))
        return -1;
    skip_space(json);
    if (!take(json, ':'))
        return -1;
    skip_space(json);
    return read_value(json, member) ? 1 : -1;
}
