/* inflate.c: reads one short, whole zlib stream. Takes what zlib's inflate takes, and nothing else: which codes may be
 * incomplete, how far back a match may reach and what a header may say are its rules (inftrees.c, inflate.c). */
#include "inflate.h"

#include "adler.h"
#include "inflate_tables.h"
#include "prefix.h"
#include "scratch.h"

#include <string.h>

#define NEAR_MAX PREFIX_SYMBOLS_MAX /* symbols for literals and lengths */
#define FAR_MAX 30                  /* symbols for distances */
#define END_OF_BLOCK 256
#define INVALID (-1)

struct input {
    const uint8_t *start, *at, *end;
    uint64_t hold; /* the next bits, the next one lowest; above held: nothing, or the bits to come */
    unsigned held;
};

struct output {
    uint8_t *start, *at, *end;
};

/* What decodes: a table, and the code that it was made of where the table may lack some. */
struct lookup {
    const uint16_t *table;
    uint64_t mask;
    const struct prefix_code *code;
};

static struct lookup lookup_of(const struct prefix_code *code)
{
    return (struct lookup){ code->table, (1u << code->bits) - 1, code };
}

/* At least 56 bits, or all that are left. */
static inline void refill(struct input *in)
{
    if (in->end - in->at >= 8) {
        uint64_t word;
        memcpy(&word, in->at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        in->hold |= word << in->held;
        in->at += (63 - in->held) >> 3;
        in->held |= 56;
        return;
    }
    while (in->held <= 56 && in->at < in->end) {
        in->hold |= (uint64_t)*in->at++ << in->held;
        in->held += 8;
    }
}

/* The next n bits, which refill has brought; false when the stream ends before. */
static inline bool take(struct input *in, unsigned n, unsigned *value)
{
    if (n > in->held)
        return false;
    *value = (unsigned)(in->hold & ((1u << n) - 1));
    in->hold >>= n;
    in->held -= n;
    return true;
}

/* Back to the bytes that no bit was taken of. */
static bool to_bytes(struct input *in)
{
    size_t whole = in->held / 8;
    if (whole > (size_t)(in->at - in->start))
        return false;
    in->at -= whole;
    in->hold = 0;
    in->held = 0;
    return true;
}

static inline int symbol(struct input *in, const struct lookup *lookup)
{
    unsigned entry = lookup->table[in->hold & lookup->mask];
    if (__builtin_expect(!entry && lookup->code, 0))
        entry = prefix_long(lookup->code, in->hold);
    unsigned length = entry & 63; /* what a shift looks at anyway */
    if (!entry || length > in->held)
        return INVALID;
    in->hold >>= length;
    in->held -= length;
    return (int)(entry >> 6);
}

static bool copy_match(struct output *out, size_t distance, size_t length)
{
    if (distance > (size_t)(out->at - out->start) || length > (size_t)(out->end - out->at))
        return false;
    const uint8_t *from = out->at - distance;
    if (distance >= 8 && length <= 8 &&
        out->end - out->at >= 8) { /* most: what stands after it is written over */
        memcpy(out->at, from, 8);
        out->at += length;
        return true;
    }
    while (length-- > 0)
        *out->at++ = *from++;
    return true;
}

/* What follows a length's symbol. */
static bool match(struct input *in, struct output *out, const struct lookup *far, unsigned nth)
{
    unsigned extra, more;
    if (nth >= sizeof inflate_length_base / sizeof inflate_length_base[0])
        return false;
    refill(in);
    if (!take(in, inflate_length_extra[nth], &extra))
        return false;
    int back = symbol(in, far);
    if (back < 0 || back >= FAR_MAX || !take(in, inflate_distance_extra[back], &more))
        return false;
    return copy_match(out, inflate_distance_base[back] + more, inflate_length_base[nth] + extra);
}

/* Symbols up to the end of the block. */
static bool coded(struct input *input, struct output *output, const struct lookup *near_codes,
                  const struct lookup *far)
{
    struct input in = *input; /* copies stay in registers */
    struct output out = *output;
    const struct lookup near = *near_codes;
    for (;;) {
        int s = INVALID;
        refill(&in);
        for (int literals = 0; literals < 3; literals++) { /* as many as 56 bits surely hold */
            s = symbol(&in, &near);
            if (s < 0 || s >= END_OF_BLOCK)
                break;
            if (out.at == out.end)
                return false;
            *out.at++ = (uint8_t)s;
        }
        if (s < 0)
            return false;
        if (s < END_OF_BLOCK)
            continue;
        if (s == END_OF_BLOCK)
            break;
        if (!match(&in, &out, far, (unsigned)s - END_OF_BLOCK - 1))
            return false;
    }
    *input = in;
    *output = out;
    return true;
}

/* The code lengths of both codes as symbols << 4 | length, without those that have none; a distance's symbol is its own
 * plus how many lengths the first code has. */
struct lengths {
    uint16_t of[NEAR_MAX + FAR_MAX];
    size_t n, n_near;
};

/* Finds where the second code begins. False: the first one has no code for the end of the block. */
static bool split(struct lengths *lengths, unsigned near)
{
    size_t n = lengths->n;
    while (n > 0 && lengths->of[n - 1] >> 4 >= near)
        n--;
    lengths->n_near = n;
    for (size_t i = n; i < lengths->n; i++)
        lengths->of[i] = (uint16_t)(lengths->of[i] - (near << 4));
    while (n > 0 && lengths->of[n - 1] >> 4 > END_OF_BLOCK)
        n--;
    return n > 0 && lengths->of[n - 1] >> 4 == END_OF_BLOCK;
}

/* Counts them too, while the next one is on its way. */
static bool read_lengths(struct lengths *lengths, struct input *input, const struct lookup *code,
                         struct prefix_code *near, struct prefix_code *far, unsigned n_near, unsigned total)
{
    static const uint8_t extra[] = { 2, 3, 7 }, base[] = { 3, 3, 11 };
    const struct lookup lookup = *code;
    struct input in = *input;
    unsigned before = 0;
    size_t n = 0;
    for (unsigned at = 0; at < total;) {
        unsigned more;
        if (in.held < 14)
            refill(&in);
        int s = symbol(&in, &lookup);
        if (s < 0)
            return false;
        if (s < 16) { /* without a branch on whether it is 0: that comes as it likes */
            before = (unsigned)s;
            (at < n_near ? near : far)->count[before]++;
            lengths->of[n] = (uint16_t)(at++ << 4 | before);
            n += before != 0;
            continue;
        }
        if ((s == 16 && at == 0) || !take(&in, extra[s - 16], &more))
            return false;
        more += base[s - 16];
        if (more > total - at)
            return false;
        if (s != 16)
            before = 0;
        for (unsigned i = 0; before && i < more; i++) {
            (at + i < n_near ? near : far)->count[before]++;
            lengths->of[n++] = (uint16_t)((at + i) << 4 | before);
        }
        at += more;
    }
    lengths->n = n;
    *input = in;
    return true;
}

static bool dynamic(struct input *in, struct output *out)
{
    static const uint8_t order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
    struct prefix_code first SCRATCH, near SCRATCH, far SCRATCH;
    struct lengths lengths SCRATCH;
    uint8_t of[19] = { 0 };
    uint16_t symbols[19];
    size_t n = 0;
    unsigned n_near, n_far, n_lengths, length;

    if (!take(in, 5, &n_near) || !take(in, 5, &n_far) || !take(in, 4, &n_lengths))
        return false;
    n_near += 257;
    n_far += 1;
    n_lengths += 4;
    if (n_near > NEAR_MAX || n_far > FAR_MAX)
        return false;
    for (unsigned i = 0; i < n_lengths; i++) {
        if (in->held < 3)
            refill(in);
        if (!take(in, 3, &length))
            return false;
        of[order[i]] = (uint8_t)length;
    }
    memset(first.count, 0, sizeof first.count);
    memset(near.count, 0, sizeof near.count);
    memset(far.count, 0, sizeof far.count);
    for (unsigned i = 0; i < 19; i++) {
        first.count[of[i]]++;
        symbols[n] = (uint16_t)(i << 4 | of[i]);
        n += of[i] != 0;
    }
    if (prefix_make(&first, symbols, n) != 0) /* no incomplete code here */
        return false;
    const struct lookup by_length = lookup_of(&first);
    if (!read_lengths(&lengths, in, &by_length, &near, &far, n_near, n_near + n_far) ||
        !split(&lengths, n_near))
        return false;
    const uint16_t *fars = lengths.of + lengths.n_near;
    size_t far_len = lengths.n - lengths.n_near;
    if (!prefix_is_usable(&near, prefix_make(&near, lengths.of, lengths.n_near), lengths.n_near) ||
        !prefix_is_usable(&far, prefix_make(&far, fars, far_len), far_len))
        return false;
    const struct lookup by_near = lookup_of(&near), by_far = lookup_of(&far);
    return coded(in, out, &by_near, &by_far);
}

static bool fixed(struct input *in, struct output *out)
{
    static const struct lookup near = { inflate_fixed_near, (1u << INFLATE_FIXED_NEAR_BITS) - 1, NULL };
    static const struct lookup far = { inflate_fixed_far, (1u << INFLATE_FIXED_FAR_BITS) - 1, NULL };
    return coded(in, out, &near, &far);
}

static bool stored(struct input *in, struct output *out)
{
    if (!to_bytes(in) || in->end - in->at < 4)
        return false;
    size_t len = (size_t)(in->at[0] | in->at[1] << 8), inverse = (size_t)(in->at[2] | in->at[3] << 8);
    in->at += 4;
    if (len != (inverse ^ 0xFFFF) || len > (size_t)(in->end - in->at) || len > (size_t)(out->end - out->at))
        return false;
    if (len)
        memcpy(out->at, in->at, len);
    in->at += len;
    out->at += len;
    return true;
}

/* The check sum, and nothing after it. */
static bool trailer(struct input *in, const struct output *out)
{
    if (!to_bytes(in) || in->end - in->at != 4)
        return false;
    uint32_t sum =
        (uint32_t)in->at[0] << 24 | (uint32_t)in->at[1] << 16 | (uint32_t)in->at[2] << 8 | in->at[3];
    return adler_sum(ADLER_START, out->start, (size_t)(out->at - out->start)) == sum;
}

static bool blocks(struct input *in, struct output *out)
{
    unsigned last, type;
    do {
        refill(in);
        if (!take(in, 1, &last) || !take(in, 2, &type))
            return false;
        if (!(type == 0 ? stored(in, out) : type == 1 ? fixed(in, out) : type == 2 && dynamic(in, out)))
            return false;
    } while (!last);
    return trailer(in, out);
}

bool inflate_stream(uint8_t *out, size_t out_size, size_t *out_len, const uint8_t *in, size_t len)
{
    struct input input = { .start = in, .at = in, .end = in + len };
    struct output output = { out, out, out + out_size };
    *out_len = 0;
    /* deflate, a window up to 32 KiB, no preset dictionary, the header's own check; zlib takes no notice of how small
     * a window is promised */
    if (len < 2 || (in[0] & 15) != 8 || in[0] >> 4 > 7 || in[1] & 0x20 || (in[0] << 8 | in[1]) % 31)
        return false;
    input.at += 2;
    if (!blocks(&input, &output))
        return false;
    *out_len = (size_t)(output.at - out);
    return true;
}

bool inflate_rest(uint8_t *out, size_t out_size, size_t *out_len, const uint8_t *in, size_t len,
                  const struct inflate_codes *codes, const struct inflate_entry *entry)
{
    struct input input = { in, in, in + len, entry->hold, entry->held };
    struct output output = { out, out + entry->done, out + out_size };
    const struct lookup near = { codes->near, (1u << codes->near_bits) - 1, NULL };
    const struct lookup far = { codes->far, (1u << codes->far_bits) - 1, NULL };
    *out_len = 0;
    if (!coded(&input, &output, &near, &far) || !trailer(&input, &output))
        return false;
    *out_len = (size_t)(output.at - out);
    return true;
}
