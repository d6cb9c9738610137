/* textfault.c: what is wrong with a text that decode refuses. Undoes the layers one by one, from the outside to the
 * inside, each more leniently than decode; what had to be undone last is the fault. */
#include "textfault.h"

#include "base64.h"
#include "flatjson.h"
#include "zstream.h"

#include <stdbool.h>
#include <string.h>

#define JSON_MAX 8192
#define PERCENT_ROUNDS 3 /* more than three encodings over each other is nobody's mistake */

/* The text as far as it has been undone. */
struct layers {
    uint32_t cause;
    size_t len;
    char text[USERSIG_TEXT_MAX];
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* ---- around the base64 --------------------------------------------------------------------------- */

/* What a space within the text is. */
enum spaces { ARE_NOTHING, WERE_PLUS };

/* Drops quotes around the text and white space anywhere; or spaces become the '+' that a form's decoding took. */
static void strip(struct layers *l, enum spaces spaces)
{
    size_t n = 0, end = l->len;
    while (end > 0 && is_space(l->text[end - 1]))
        end--;
    for (size_t i = 0; i < end; i++)
        if (!is_space(l->text[i]))
            l->text[n++] = l->text[i];
        else if (spaces == WERE_PLUS && l->text[i] == ' ' && n > 0)
            l->text[n++] = '+';
    if (n >= 2 && is_one_of(l->text[0], "\"'") && l->text[n - 1] == l->text[0]) {
        n -= 2;
        memmove(l->text, l->text + 1, n);
    }
    if (n != l->len)
        l->cause = USERSIG_CAUSE_WHITE_SPACE;
    l->len = n;
}

/* The value of a hex digit, -1 for none. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* Undoes one percent-encoding. What a cut has left of the last %XX goes. */
static bool percent_decode(struct layers *l)
{
    size_t n = 0;
    bool any = false;
    for (size_t i = 0; i < l->len; i++) {
        char c = l->text[i];
        if (c == '%' && l->len - i <= 2)
            break;
        if (c == '%') {
            int high = hex_value(l->text[i + 1]), low = hex_value(l->text[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
            any = true;
        }
        l->text[n++] = c;
    }
    l->len = n;
    return any;
}

/* ---- the two base64 of RFC 4648 and ours --------------------------------------------------------- */

enum reading { AS_OURS, AS_BASE64URL };

/* A digit in our alphabet, 0 for what is none. */
static char digit(char c, enum reading reading)
{
    if (is_one_of(c, reading == AS_OURS ? "+*" : "-"))
        return '*';
    if (is_one_of(c, reading == AS_OURS ? "/-" : "_"))
        return '-';
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return plain ? c : 0;
}

/* The bytes of the text, read so; the fault that had to be forgiven in *cause, NONE for none. False: not base64. */
static bool unbase64(const struct layers *l, enum reading reading, uint8_t out[static USERSIG_TEXT_MAX],
                     size_t *out_len, uint32_t *cause)
{
    char ours[USERSIG_TEXT_MAX + 4];
    size_t n = l->len, padding, due;
    bool rfc4648 = false;
    *cause = USERSIG_CAUSE_NONE;
    while (n > 0 && is_one_of(l->text[n - 1], reading == AS_OURS ? "_=" : "="))
        n--;
    padding = l->len - n;
    for (size_t i = 0; i < n; i++) {
        ours[i] = digit(l->text[i], reading);
        if (!ours[i])
            return false;
    }
    for (size_t i = 0; i < l->len; i++)
        rfc4648 = rfc4648 || is_one_of(l->text[i], "+/=");
    if (n % 4 == 1) /* no number of bytes is so long: cut */
        n--;
    due = (4 - n % 4) % 4;
    if (padding != due)
        *cause = USERSIG_CAUSE_PADDING;
    if (rfc4648)
        *cause = USERSIG_CAUSE_BASE64;
    if (reading == AS_BASE64URL)
        *cause = USERSIG_CAUSE_BASE64URL;
    memset(ours + n, '_', due);
    if (base64_decode(&base64_outer, out, USERSIG_TEXT_MAX, out_len, ours, n + due))
        return true;
    /* bits beyond the last byte: the whole groups are left of what was longer once */
    return base64_decode(&base64_outer, out, USERSIG_TEXT_MAX, out_len, ours, n - n % 4);
}

/* ---- the compression ----------------------------------------------------------------------------- */

struct json {
    size_t len;
    char text[JSON_MAX];
};

/* Inflates bytes in whatever form they are: NONE for zlib, else the fault. UNKNOWN: no form fits. */
static uint32_t unpack(struct json *json, const uint8_t *bytes, size_t len)
{
    uint8_t *out = (uint8_t *)json->text;
    enum zstream_end end = zstream_probe(ZSTREAM_ZLIB, out, JSON_MAX, &json->len, bytes, len);
    if (end == ZSTREAM_WHOLE)
        return USERSIG_CAUSE_NONE;
    if (end == ZSTREAM_CUT && len >= 2) /* two bytes of header at least */
        return USERSIG_CAUSE_CUT;
    if (len >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B &&
        zstream_probe(ZSTREAM_GZIP, out, JSON_MAX, &json->len, bytes, len) != ZSTREAM_BAD)
        return USERSIG_CAUSE_GZIP;
    if (len > 0 && bytes[0] == '{' && len <= JSON_MAX) {
        memcpy(json->text, bytes, len);
        json->len = len;
        return USERSIG_CAUSE_PLAIN_JSON;
    }
    end = zstream_probe(ZSTREAM_RAW, out, JSON_MAX, &json->len, bytes, len);
    if (end == ZSTREAM_WHOLE && json->len > 0 && json->text[0] == '{')
        return USERSIG_CAUSE_RAW_DEFLATE;
    json->len = 0;
    return USERSIG_CAUSE_UNKNOWN;
}

/* ---- the JSON ------------------------------------------------------------------------------------ */

static bool named(const struct flatjson_member *member, const char *name)
{
    return member->name.len == strlen(name) && memcmp(member->name.bytes, name, member->name.len) == 0;
}

static bool has_control(const struct flatjson_text *text)
{
    for (size_t i = 0; i < text->len; i++)
        if ((unsigned char)text->bytes[i] < 0x20 || text->bytes[i] == 0x7F)
            return true;
    return false;
}

/* Some makers write control characters as they are, which no JSON reader takes: they become spaces. */
static bool blank_raw_controls(struct json *json)
{
    bool inside = false, any = false;
    for (size_t i = 0; i < json->len; i++) {
        if (inside && json->text[i] == '\\')
            i++;
        else if (json->text[i] == '"')
            inside = !inside;
        else if (inside && (unsigned char)json->text[i] < 0x20) {
            json->text[i] = ' ';
            any = true;
        }
    }
    return any;
}

/* A fault of the JSON; V1_TICKET; NONE: a ticket without a fault that is known here; UNKNOWN: not a ticket. */
static uint32_t read_json(struct json *json)
{
    struct flatjson reader;
    struct flatjson_member member;
    int more;
    bool control = blank_raw_controls(json), proof = false, v1 = false, v2 = false, date = false;
    flatjson_begin(&reader, json->text, json->len);
    while ((more = flatjson_next(&reader, &member)) == 1) {
        bool string = member.type == FLATJSON_STRING;
        proof = proof || named(&member, "TLS.sig");
        v2 = v2 || named(&member, "TLS.ver");
        v1 = v1 || named(&member, "TLS.sdk_appid") || named(&member, "TLS.account_type");
        control = control || (string && named(&member, "TLS.identifier") && has_control(&member.value));
        date = date || (string && named(&member, "TLS.time") && member.value.len > 0 &&
                        memchr(member.value.bytes, ':', member.value.len));
    }
    if (more < 0 || !proof)
        return USERSIG_CAUSE_UNKNOWN;
    if (control)
        return USERSIG_CAUSE_CONTROL;
    if (date)
        return USERSIG_CAUSE_TEXT_TIME;
    return v1 && !v2 ? USERSIG_CAUSE_V1_TICKET : USERSIG_CAUSE_NONE;
}

/* ---- all together -------------------------------------------------------------------------------- */

/* What the inside says about a fault outside of it. */
static uint32_t innermost(uint32_t outside, uint32_t inside)
{
    if (inside == USERSIG_CAUSE_NONE || inside == USERSIG_CAUSE_V1_TICKET)
        return outside == USERSIG_CAUSE_NONE ? inside : outside;
    return inside;
}

/* The fault under one reading of the base64. */
static uint32_t look_inside(const struct layers *l, enum reading reading)
{
    uint8_t bytes[USERSIG_TEXT_MAX];
    struct json json;
    size_t len;
    uint32_t alphabet;
    if (!unbase64(l, reading, bytes, &len, &alphabet))
        return USERSIG_CAUSE_UNKNOWN;
    uint32_t packing = unpack(&json, bytes, len);
    if (packing == USERSIG_CAUSE_UNKNOWN || packing == USERSIG_CAUSE_CUT)
        return packing;
    uint32_t outside = innermost(innermost(l->cause, alphabet), packing);
    return innermost(outside, read_json(&json));
}

static uint32_t look_at_json_itself(const struct layers *l)
{
    struct json json;
    if (l->len > JSON_MAX)
        return USERSIG_CAUSE_UNKNOWN;
    memcpy(json.text, l->text, l->len);
    json.len = l->len;
    return innermost(USERSIG_CAUSE_PLAIN_JSON, read_json(&json));
}

/* As textfault_find, and NONE for a ticket without a fault that is known here. */
static uint32_t find(const char *text, size_t len, enum spaces spaces)
{
    struct layers l = { .cause = USERSIG_CAUSE_NONE, .len = len };
    if (len > USERSIG_TEXT_MAX)
        return USERSIG_CAUSE_TOO_LONG;
    memcpy(l.text, text, len);
    if (len > 0 && text[0] == '{')
        return look_at_json_itself(&l);
    strip(&l, spaces);
    for (int round = 0; round < PERCENT_ROUNDS && percent_decode(&l); round++) {
        strip(&l, spaces);
        l.cause = round == 0 ? USERSIG_CAUSE_PERCENT : USERSIG_CAUSE_PERCENT_TWICE;
    }
    if (l.len == 0)
        return USERSIG_CAUSE_EMPTY;
    uint32_t ours = look_inside(&l, AS_OURS);
    if (ours != USERSIG_CAUSE_UNKNOWN && ours != USERSIG_CAUSE_CUT)
        return ours;
    uint32_t base64url = look_inside(&l, AS_BASE64URL);
    bool whole = base64url != USERSIG_CAUSE_UNKNOWN && base64url != USERSIG_CAUSE_CUT;
    return whole || ours == USERSIG_CAUSE_UNKNOWN ? base64url : ours;
}

uint32_t textfault_find(const char *text, size_t len)
{
    uint32_t cause = find(text, len, ARE_NOTHING);
    if ((cause == USERSIG_CAUSE_UNKNOWN || cause == USERSIG_CAUSE_CUT) && memchr(text, ' ', len) &&
        find(text, len, WERE_PLUS) == USERSIG_CAUSE_BASE64)
        return USERSIG_CAUSE_BASE64;
    return cause == USERSIG_CAUSE_NONE ? USERSIG_CAUSE_UNKNOWN : cause;
}
