/* template.c: writes and reads the one form of JSON, see gen_template.py for how the tables come about. */
#include "template.h"

#include "adler.h"
#include "base64.h"
#include "decimal.h"
#include "inflate.h"
#include "scratch.h"

#include <string.h>

/* Bits in two parts of at most 56, then a match, whose distance depends on the values that lie between. */
struct template_piece {
    uint64_t head[2], tail[2];
    uint8_t head_bits[2], tail_bits[2];
    uint8_t distance; /* 0: no match; else to its source, without the values from field `since` on */
    uint8_t since;
    uint8_t len; /* of its JSON, with the sum of the bytes and of their sums, for Adler-32 */
    uint16_t sum;
    uint32_t weighted;
};
#include "template_tables.h"

#define SIG_DIGITS 43 /* of 32 bytes; the = after them is in the JSON */
#define VALUES_MAX (USERSIG_IDENTIFIER_MAX + 3 * DECIMAL_MAX + SIG_DIGITS)
#define PACKED_MAX \
    ((VALUES_MAX * TEMPLATE_CODE_MAX + 8 * 112) / 8 + 16) /* bytes after the start, with room for a word */
#define TEXT_MAX 1024 /* characters that decode looks at; encode makes no more */
_Static_assert(TEMPLATE_START_LEN + BASE64_LENGTH(PACKED_MAX) <= TEXT_MAX, "TEXT_MAX");
_Static_assert(5 * TEMPLATE_CODE_MAX <= 56, "five codes fit between two flushes");

struct writer {
    uint8_t *at;
    uint64_t hold;
    unsigned held;
    uint64_t a, b; /* Adler-32, without its modulus: the JSON is short */
};

static inline void put(struct writer *w, uint64_t bits, unsigned n)
{
    w->hold |= bits << w->held;
    w->held += n;
}

/* Leaves at most 7 bits, so that 57 more fit. */
static inline void flush(struct writer *w)
{
    uint64_t word = w->hold;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(w->at, &word, sizeof word);
    w->at += w->held / 8;
    w->hold >>= w->held & ~7u;
    w->held &= 7;
}

/* A character of a value by its code << 4 | length. */
static inline void put_code(struct writer *w, unsigned code, unsigned char c)
{
    put(w, code >> 4, code & 15);
    w->a += c;
    w->b += w->a;
}

/* False when one of them has no code. */
static bool put_text(struct writer *writer, const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    struct writer w = *writer; /* a copy stays in registers */
    for (size_t i = 0; i < len; i++) {
        unsigned code = s[i] < 128 ? template_codes[s[i]] : 0;
        if (!code)
            return false;
        put_code(&w, code, s[i]);
        if (i % 4 == 3)
            flush(&w);
    }
    flush(&w);
    *writer = w;
    return true;
}

static inline void put_digit(struct writer *w, unsigned value)
{
    put_code(w, template_digits[value], (unsigned char)base64_standard.digits[value]);
}

/* 43 digits of base64. */
static void put_proof(struct writer *writer, const uint8_t *proof)
{
    struct writer w = *writer;
    for (size_t i = 0; i < 30; i += 3) {
        uint32_t group = (uint32_t)proof[i] << 16 | (uint32_t)proof[i + 1] << 8 | proof[i + 2];
        put_digit(&w, group >> 18);
        put_digit(&w, group >> 12 & 63);
        put_digit(&w, group >> 6 & 63);
        put_digit(&w, group & 63);
        flush(&w);
    }
    uint32_t last = (uint32_t)proof[30] << 16 | (uint32_t)proof[31] << 8;
    put_digit(&w, last >> 18);
    put_digit(&w, last >> 12 & 63);
    put_digit(&w, last >> 6 & 63);
    flush(&w);
    *writer = w;
}

/* RFC 1951, section 3.2.5: a distance's symbol has its two highest bits, the rest follow. False: it has no code. */
static inline bool put_distance(struct writer *w, unsigned distance)
{
    unsigned value = distance - 1; /* 4 or more in all pieces */
    unsigned extra = 30 - (unsigned)__builtin_clz(value);
    unsigned symbol = 2 * extra + (value >> extra);
    unsigned code = symbol < TEMPLATE_DISTANCES ? template_distances[symbol] : 0;
    put(w, code >> 4, code & 15);
    put(w, value & ((1u << extra) - 1), extra);
    return code != 0;
}

/* values: bytes of the values before it, without those before field since. */
static bool put_piece(struct writer *writer, const struct template_piece *piece, size_t values)
{
    struct writer w = *writer;
    bool covered = true;
    put(&w, piece->head[0], piece->head_bits[0]);
    flush(&w);
    if (piece->head_bits[1]) {
        put(&w, piece->head[1], piece->head_bits[1]);
        flush(&w);
    }
    if (piece->distance) {
        covered = put_distance(&w, piece->distance + (unsigned)values);
        flush(&w);
        put(&w, piece->tail[0], piece->tail_bits[0]);
        flush(&w);
        if (piece->tail_bits[1]) {
            put(&w, piece->tail[1], piece->tail_bits[1]);
            flush(&w);
        }
    }
    w.b += piece->len * w.a + piece->weighted;
    w.a += piece->sum;
    *writer = w;
    return covered;
}

static bool put_number(struct writer *w, uint64_t value, size_t *len)
{
    char digits[DECIMAL_MAX];
    *len = decimal_write(digits, value);
    return put_text(w, digits, *len);
}

static bool put_value(struct writer *w, const struct usersig_claims *claims, const uint8_t *proof,
                      enum template_field field, size_t *len)
{
    switch (field) {
    case TEMPLATE_SDKAPPID: return put_number(w, claims->sdkappid, len);
    case TEMPLATE_TIME: return put_number(w, claims->issued_at, len);
    case TEMPLATE_EXPIRE: return put_number(w, claims->lifetime, len);
    case TEMPLATE_IDENTIFIER:
        *len = claims->identifier_len;
        return put_text(w, claims->identifier, claims->identifier_len);
    case TEMPLATE_SIG:
        *len = SIG_DIGITS;
        put_proof(w, proof);
        return true;
    default: return false;
    }
}

/* The bytes after the start into packed; 0 when something has no code. */
static size_t pack(uint8_t packed[static PACKED_MAX], const struct usersig_claims *claims,
                   const uint8_t *proof)
{
    struct writer w = { packed, TEMPLATE_REST, TEMPLATE_REST_BITS, TEMPLATE_FIRST_A, TEMPLATE_FIRST_B };
    size_t before[TEMPLATE_FIELDS + 1]; /* bytes of the values before each field */
    before[0] = 0;
    flush(&w);
    for (size_t field = 0; field < TEMPLATE_FIELDS; field++) {
        size_t len;
        const struct template_piece *piece = &template_pieces[field];
        if (!put_value(&w, claims, proof, (enum template_field)field, &len))
            return 0;
        before[field + 1] = before[field] + len;
        if (!put_piece(&w, piece, before[field + 1] - before[piece->since]))
            return 0;
    }
    w.at += w.held > 0; /* the byte that flush has begun */
    uint64_t sum = (w.b % ADLER_MODULUS) << 16 | w.a % ADLER_MODULUS;
    for (int i = 0; i < 4; i++)
        *w.at++ = (uint8_t)(sum >> (24 - 8 * i));
    return (size_t)(w.at - packed);
}

bool template_encode(const struct usersig_claims *claims, const uint8_t *proof, char *out, size_t out_size,
                     size_t *out_len)
{
    uint8_t packed[PACKED_MAX] SCRATCH;
    size_t packed_len = claims->userbuf_len ? 0 : pack(packed, claims, proof);
    if (!packed_len)
        return false;
    *out_len = TEMPLATE_START_LEN + BASE64_LENGTH(packed_len);
    if (*out_len < out_size) {
        memcpy(out, template_start, TEMPLATE_START_LEN);
        base64_encode(&base64_outer, out + TEMPLATE_START_LEN, packed, packed_len);
        out[*out_len] = '\0';
    }
    return true;
}

bool template_decode(char *json, size_t json_size, size_t *json_len, const char *text, size_t len)
{
    static const struct inflate_codes codes = { template_near, template_far, TEMPLATE_NEAR_BITS,
                                                TEMPLATE_FAR_BITS };
    static const struct inflate_entry entry = { TEMPLATE_KNOWN_LEN, TEMPLATE_HOLD, TEMPLATE_HOLD_BITS };
    uint8_t packed[BASE64_BYTES(TEXT_MAX)] SCRATCH;
    size_t packed_len;
    if (len < TEMPLATE_START_LEN || len > TEXT_MAX || json_size < TEMPLATE_KNOWN_LEN ||
        memcmp(text, template_start, TEMPLATE_START_LEN) != 0 ||
        !base64_decode(&base64_outer, packed, sizeof packed, &packed_len, text + TEMPLATE_START_LEN,
                       len - TEMPLATE_START_LEN))
        return false;
    memcpy(json, template_known, TEMPLATE_KNOWN_LEN);
    return inflate_rest((uint8_t *)json, json_size, json_len, packed, packed_len, &codes, &entry);
}
