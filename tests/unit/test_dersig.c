/* test_dersig.c: ECDSA signatures in DER: the one form of each, and everything that is nearly it. */
#include "unit.h"

#include "dersig.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <stdlib.h>
#include <string.h>

#define R31                                                                                                \
    "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01" \
    "\x01\x01\x01\x01\x01\x01"
#define Z31 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ROW(name, der, ok)             \
    {                                  \
        name, der, sizeof(der) - 1, ok \
    }
static const struct {
    const char *name, *der;
    size_t len;
    bool ok;
} rows[] = {
    ROW("smallest", "\x30\x06\x02\x01\x01\x02\x01\x01", true),
    ROW("127 and 128", "\x30\x07\x02\x01\x7F\x02\x02\x00\x80", true),
    ROW("32 bytes, both", "\x30\x44\x02\x20\x7F" R31 "\x02\x20\x01" R31, true),
    ROW("33 bytes, both", "\x30\x46\x02\x21\x00\xFF" R31 "\x02\x21\x00\x80" R31, true),
    ROW("32 and 33 bytes", "\x30\x45\x02\x20\x7F" R31 "\x02\x21\x00\x80" R31, true),

    ROW("empty", "", false),
    ROW("a tag", "\x30", false),
    ROW("an empty sequence", "\x30\x00", false),
    ROW("one integer", "\x30\x03\x02\x01\x01", false),
    ROW("three integers", "\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01", false),
    ROW("byte after the sequence", "\x30\x06\x02\x01\x01\x02\x01\x01\x00", false),
    ROW("byte inside the sequence", "\x30\x07\x02\x01\x01\x02\x01\x01\x00", false),
    ROW("end of contents after it", "\x30\x06\x02\x01\x01\x02\x01\x01\x00\x00", false),
    ROW("cut", "\x30\x06\x02\x01\x01\x02\x01", false),
    ROW("cut, and the length with it", "\x30\x05\x02\x01\x01\x02\x01", false),
    ROW("sequence says more", "\x30\x07\x02\x01\x01\x02\x01\x01", false),
    ROW("sequence says less", "\x30\x05\x02\x01\x01\x02\x01\x01", false),
    ROW("integer says more", "\x30\x06\x02\x01\x01\x02\x02\x01", false),
    ROW("first integer swallows the second", "\x30\x06\x02\x04\x01\x02\x01\x01", false),
    ROW("set", "\x31\x06\x02\x01\x01\x02\x01\x01", false),
    ROW("primitive sequence", "\x10\x06\x02\x01\x01\x02\x01\x01", false),
    ROW("bit string first", "\x30\x06\x03\x01\x01\x02\x01\x01", false),
    ROW("enumerated second", "\x30\x06\x02\x01\x01\x0A\x01\x01", false),
    ROW("empty integer", "\x30\x05\x02\x00\x02\x01\x01", false),
    ROW("empty second integer", "\x30\x05\x02\x01\x01\x02\x00", false),
    ROW("long form of the sequence", "\x30\x81\x06\x02\x01\x01\x02\x01\x01", false),
    ROW("longer form of the sequence", "\x30\x82\x00\x06\x02\x01\x01\x02\x01\x01", false),
    ROW("indefinite length", "\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00", false),
    ROW("long form of an integer", "\x30\x07\x02\x81\x01\x01\x02\x01\x01", false),
    ROW("long form of the second", "\x30\x07\x02\x01\x01\x02\x81\x01\x01", false),
    ROW("length of 2^32", "\x30\x85\x01\x00\x00\x00\x00\x02\x01\x01\x02\x01\x01", false),
    ROW("r zero", "\x30\x06\x02\x01\x00\x02\x01\x01", false),
    ROW("s zero", "\x30\x06\x02\x01\x01\x02\x01\x00", false),
    ROW("both zero", "\x30\x06\x02\x01\x00\x02\x01\x00", false),
    ROW("long zero", "\x30\x25\x02\x20\x00" Z31 "\x02\x01\x01", false),
    ROW("r negative", "\x30\x06\x02\x01\x80\x02\x01\x01", false),
    ROW("s minus one", "\x30\x06\x02\x01\x01\x02\x01\xFF", false),
    ROW("r of 32 bytes, negative for want of a zero", "\x30\x25\x02\x20\xFF" R31 "\x02\x01\x01", false),
    ROW("leading zero without need", "\x30\x07\x02\x02\x00\x01\x02\x01\x01", false),
    ROW("leading zero without need, s", "\x30\x07\x02\x01\x01\x02\x02\x00\x7F", false),
    ROW("two leading zeros", "\x30\x08\x02\x03\x00\x00\x80\x02\x01\x01", false),
    ROW("r 2^256", "\x30\x26\x02\x21\x01\x00" Z31 "\x02\x01\x01", false),
    ROW("s of 33 bytes without a zero", "\x30\x26\x02\x01\x01\x02\x21\x7F\x01" R31, false),
    ROW("r of 34 bytes", "\x30\x27\x02\x22\x00\xFF\x01" R31 "\x02\x01\x01", false),
};

START_TEST(row)
{
    uint8_t proof[DERSIG_PROOF_LEN], der[DERSIG_MAX];
    uint8_t *exact = malloc(rows[_i].len ? rows[_i].len : 1); /* the sanitizer sees a byte too far */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, rows[_i].der, rows[_i].len);
    bool got = dersig_read(proof, exact, rows[_i].len);
    ck_assert_msg(got == rows[_i].ok, "%s: expected %d, got %d", rows[_i].name, rows[_i].ok, got);
    if (got) {
        ck_assert_uint_eq(dersig_write(der, proof), rows[_i].len);
        ck_assert_mem_eq(der, exact, rows[_i].len);
    }
    free(exact);
}
END_TEST

/* What OpenSSL writes is what we write, and comes back; every damaged byte changes the values or is refused. */
START_TEST(against_openssl)
{
    unit_seed();
    for (int round = 0; round < 5000; round++) {
        uint8_t proof[64], back[64], ours[DERSIG_MAX], *theirs = NULL;
        unit_fill(proof, sizeof proof);
        memset(proof, 0, unit_below(4) ? 0 : unit_below(32));
        memset(proof + 32, 0, unit_below(4) ? 0 : unit_below(32));
        proof[31] |= 1;
        proof[63] |= 1;
        ECDSA_SIG *signature = ECDSA_SIG_new();
        ck_assert(signature &&
                  ECDSA_SIG_set0(signature, BN_bin2bn(proof, 32, NULL), BN_bin2bn(proof + 32, 32, NULL)));
        int len = i2d_ECDSA_SIG(signature, &theirs);
        ck_assert_uint_eq(dersig_write(ours, proof), (size_t)len);
        ck_assert_mem_eq(ours, theirs, (size_t)len);
        ck_assert(dersig_read(back, ours, (size_t)len));
        ck_assert_mem_eq(back, proof, sizeof proof);
        ours[unit_below((uint64_t)len)] ^= (uint8_t)(1 + unit_below(255));
        ck_assert(!dersig_read(back, ours, (size_t)len) || memcmp(back, proof, sizeof proof) != 0);
        OPENSSL_free(theirs);
        ECDSA_SIG_free(signature);
    }
}
END_TEST

START_TEST(zeros_are_not_written)
{
    uint8_t proof[64] = { 0 }, der[DERSIG_MAX];
    ck_assert_uint_eq(dersig_write(der, proof), 0);
    proof[31] = 1;
    ck_assert_uint_eq(dersig_write(der, proof), 0);
    proof[31] = 0;
    proof[63] = 1;
    ck_assert_uint_eq(dersig_write(der, proof), 0);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, against_openssl);
    tcase_add_test(tests, zeros_are_not_written);
}

int main(void)
{
    return unit_run("dersig", fill);
}
