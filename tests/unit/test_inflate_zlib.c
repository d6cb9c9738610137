/* test_inflate_zlib.c: takes what zlib's inflate takes, with the same bytes, and nothing else: over streams by zlib that
 * were damaged, blocks made of random codes, and noise. ROUNDS in the environment: how many, for a long run. */
#include "unit.h"

#include "inflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define OUT_MAX 8192
#define PACKED_MAX 1024
static uint8_t packed[PACKED_MAX + 8];
static size_t packed_len;
static size_t taken, refused; /* by zlib, so that a run is seen to have tried both */

/* zlib's own verdict: one whole stream with nothing after it. */
static bool by_zlib(uint8_t *out, size_t *out_len, size_t out_size)
{
    z_stream z = {
        .next_in = packed, .avail_in = (uInt)packed_len, .next_out = out, .avail_out = (uInt)out_size
    };
    unit_assert(inflateInit(&z) == Z_OK, "zlib");
    bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0;
    *out_len = whole ? out_size - z.avail_out : 0;
    unit_assert(inflateEnd(&z) == Z_OK, "zlib");
    return whole;
}

static void tell_stream(void)
{
    for (size_t i = 0; i < packed_len; i++)
        printf("%02x", packed[i]);
    printf("\n");
}

static void same(const char *what)
{
    static uint8_t expected[OUT_MAX], got[OUT_MAX];
    size_t expected_len, got_len, out_size = unit_below(16) ? OUT_MAX : unit_below(300);
    bool zlibs = by_zlib(expected, &expected_len, out_size);
    /* from the heap, to the byte: the sanitizer sees what is read or written beyond */
    uint8_t *in = malloc(packed_len ? packed_len : 1), *out = malloc(out_size ? out_size : 1);
    ck_assert(in && out);
    memcpy(in, packed, packed_len);
    bool ours = inflate_stream(out, out_size, &got_len, in, packed_len);
    if (ours)
        memcpy(got, out, got_len);
    free(in);
    free(out);
    zlibs ? taken++ : refused++;
    if (zlibs == ours && got_len == expected_len && (!zlibs || memcmp(expected, got, got_len) == 0))
        return;
    tell_stream();
    ck_abort_msg("%s: zlib says %d with %zu bytes, libsig %d with %zu", what, zlibs, expected_len, ours,
                 got_len);
}

/* Gives what is in packed after its two bytes of header, bits of any kind, the end that it would need: what follows the
 * last block goes, the check sum comes. Without it hardly any damage would get past the sum. */
static void mend(void)
{
    static uint8_t out[OUT_MAX];
    z_stream z = {
        .next_in = packed + 2, .avail_in = (uInt)(packed_len - 2), .next_out = out, .avail_out = OUT_MAX
    };
    unit_assert(inflateInit2(&z, -15) == Z_OK, "zlib");
    if (inflate(&z, Z_FINISH) == Z_STREAM_END) {
        uLong sum = adler32(adler32(0, NULL, 0), out, (uInt)(OUT_MAX - z.avail_out));
        packed_len -= z.avail_in;
        for (int i = 0; i < 4; i++)
            packed[packed_len++] = (uint8_t)(sum >> (24 - 8 * i));
    }
    inflateEnd(&z);
}

/* A stream as makers of usersigs write them, or of few different bytes, so that matches overlap. */
static void make_stream(void)
{
    char text[400];
    uint8_t mac[33];
    size_t len = 0;
    unit_fill(mac, sizeof mac);
    len = (size_t)snprintf(
        text, sizeof text,
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"user%u\",\"TLS.sdkappid\":%u,\"TLS.expire\":%u,"
        "\"TLS.time\":%u,\"TLS.sig\":\"",
        (unsigned)unit_below(100000), (unsigned)unit_random(), (unsigned)unit_below(10000000),
        (unsigned)unit_random());
    for (size_t i = 0; i < 43; i++)
        text[len++] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[unit_below(64)];
    text[len++] = '"';
    text[len++] = '}';
    if (unit_below(4) == 0) {
        len = unit_below(sizeof text);
        for (size_t i = 0, kinds = 1 + unit_below(5); i < len; i++)
            text[i] = (char)('a' + unit_below(kinds));
    }
    z_stream z = {
        .next_in = (Bytef *)text, .avail_in = (uInt)len, .next_out = packed, .avail_out = PACKED_MAX
    };
    unit_assert(deflateInit2(&z, (int)unit_below(10), Z_DEFLATED, 9 + (int)unit_below(7),
                             1 + (int)unit_below(9), (int)unit_below(5)) == Z_OK,
                "zlib");
    while (unit_below(8) == 0 && z.avail_in > 20) { /* several blocks, empty ones among them */
        uInt rest = (uInt)(z.avail_in - unit_below(20));
        z.avail_in -= rest;
        deflate(&z, unit_below(2) ? Z_FULL_FLUSH : Z_PARTIAL_FLUSH);
        z.avail_in += rest;
    }
    unit_assert(deflate(&z, Z_FINISH) == Z_STREAM_END, "zlib");
    packed_len = PACKED_MAX - z.avail_out;
    deflateEnd(&z);
}

static void damage(void)
{
    for (size_t n = 1 + unit_below(3); n > 0 && packed_len > 0; n--)
        switch (unit_below(5)) {
        case 0: packed[unit_below(packed_len)] = (uint8_t)unit_random(); break;
        case 1: packed_len = unit_below(packed_len + 1); break;
        case 2: packed[packed_len++] = (uint8_t)unit_random(); break;
        default: packed[unit_below(packed_len)] ^= (uint8_t)(1u << unit_below(8)); break;
        }
}

static size_t bit;

static void put(unsigned value, unsigned n)
{
    for (; n > 0 && bit < 8 * PACKED_MAX; n--, value >>= 1, bit++)
        packed[bit / 8] = (uint8_t)((packed[bit / 8] & ~(1u << bit % 8)) | (value & 1) << bit % 8);
}

/* Lengths of a complete code for `used` of the `n` symbols: splits a leaf until there are enough. Then now and then one is
 * changed: codes that are over-subscribed, incomplete, or allowed to be. */
static void random_lengths(uint8_t *lengths, size_t n, size_t used, unsigned max)
{
    uint8_t leaves[288] = { 0 };
    size_t have = 1;
    if (used == 1)
        leaves[0] = (uint8_t)(1 + (unit_below(4) == 0));
    for (int tries = 0; have < used && tries < 10000; tries++) {
        size_t at = unit_below(have);
        if (leaves[at] < max) {
            leaves[at]++;
            leaves[have++] = leaves[at];
        }
    }
    memset(lengths, 0, n);
    for (size_t i = 0; i < have; i++)
        for (size_t at = unit_below(n);; at = (at + 1) % n)
            if (lengths[at] == 0) {
                lengths[at] = leaves[i];
                break;
            }
    if (unit_below(6) == 0)
        lengths[unit_below(n)] = (uint8_t)unit_below(max + 1);
}

/* A dynamic block: its lengths as they are or with repetitions, then noise for its symbols. */
static void make_dynamic(void)
{
    static const uint8_t order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
    uint8_t of_lengths[19], lengths[286 + 30], codes[19];
    unsigned n_near = 257 + (unsigned)unit_below(30), n_far = 1 + (unsigned)unit_below(30), next = 0;
    memset(packed, 0, sizeof packed);
    packed[0] = 0x78;
    packed[1] = 0xDA;
    bit = 16;
    put((unsigned)unit_below(4) > 0, 1);
    put(2, 2);
    put(n_near - 257 + (unit_below(100) ? 0u : 30u), 5);
    put(n_far - 1 + (unit_below(100) ? 0u : 30u), 5);
    put(15, 4);
    do
        random_lengths(of_lengths, 19, unit_below(8) ? 19 : 1 + unit_below(19), 7);
    while (unit_below(50) && !of_lengths[0]);
    for (int i = 0; i < 19; i++)
        put(of_lengths[order[i]], 3);
    for (unsigned length = 1; length <= 7; length++, next <<= 1) /* canonical, first bit lowest */
        for (int i = 0; i < 19; i++)
            if (of_lengths[i] == length) {
                codes[i] = 0;
                for (unsigned b = 0; b < length; b++)
                    codes[i] = (uint8_t)(codes[i] | (next >> b & 1) << (length - 1 - b));
                next++;
            }
    size_t near_used = 1 + unit_below(unit_below(3) ? 100 : 257);
    random_lengths(lengths, n_near, near_used, 15);
    if (!lengths[256] && unit_below(20)) /* the end of the block takes another's code */
        for (size_t i = 0; i < 256; i++)
            if (lengths[i]) {
                lengths[256] = lengths[i];
                lengths[i] = 0;
                break;
            }
    random_lengths(lengths + n_near, n_far, unit_below(n_far + 1), 15);
    for (unsigned i = 0; i < n_near + n_far;) {
        unsigned run = 1;
        while (i + run < n_near + n_far && lengths[i + run] == lengths[i])
            run++;
        if (lengths[i] == 0 && run >= 3 && of_lengths[17] && of_lengths[18] && unit_below(10)) {
            run = run > 138 ? 138 : run;
            put(codes[run < 11 ? 17 : 18], of_lengths[run < 11 ? 17 : 18]);
            put(run < 11 ? run - 3 : run - 11, run < 11 ? 3 : 7);
            i += run;
        } else if (i > 0 && lengths[i] == lengths[i - 1] && run >= 3 && of_lengths[16] && unit_below(10)) {
            run = run > 6 ? 6 : run;
            put(codes[16], of_lengths[16]);
            put(run - 3, 2);
            i += run;
        } else {
            put(codes[lengths[i]], of_lengths[lengths[i]]);
            i++;
        }
    }
    packed_len = bit / 8 + 1 + unit_below(60);
    while (bit < 8 * packed_len)
        put((unsigned)unit_random(), 1);
}

static void make_noise(void)
{
    packed_len = 2 + unit_below(100);
    unit_fill(packed, packed_len);
    packed[0] = 0x78;
    packed[1] = 0xDA;
    if (unit_below(4)) /* a stored or a fixed block, else any */
        packed[2] = (uint8_t)((packed[2] & ~7u) | (unsigned)unit_below(4));
}

START_TEST(like_zlib)
{
    const char *given = getenv("ROUNDS");
    unsigned long rounds = given ? strtoul(given, NULL, 10) : 200000;
    unit_seed();
    for (unsigned long round = 0; round < rounds; round++) {
        switch (unit_below(4)) {
        case 0:
            make_stream();
            same("by zlib");
            damage();
            break;
        case 1:
            make_stream();
            damage();
            if (packed_len > 2)
                mend();
            break;
        case 2:
            make_dynamic();
            mend();
            break;
        default: make_noise(); mend();
        }
        same("made");
    }
    printf("zlib takes %zu, refuses %zu\n", taken, refused);
    unit_assert(taken > rounds / 4 && refused > rounds / 4, "zlib takes %zu, refuses %zu of %lu", taken,
                refused, rounds);
}
END_TEST

/* Both bytes of the header, all of them. */
START_TEST(every_header)
{
    unit_seed();
    make_stream();
    for (unsigned n = 0; n < 65536; n++) {
        packed[0] = (uint8_t)(n >> 8);
        packed[1] = (uint8_t)n;
        same("header");
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_set_timeout(tests, 0); /* ROUNDS may be many */
    tcase_add_test(tests, like_zlib);
    tcase_add_test(tests, every_header);
}

int main(void)
{
    return unit_run("inflate_zlib", fill);
}
