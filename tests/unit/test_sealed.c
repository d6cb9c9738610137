/* test_sealed.c: sealed files: whole ones open, and nothing else does; each fault by its own name. */
#include "unit.h"

#include "../../sigd/common/sealed.h"

#include "proto.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"

static int make_file(const void *bytes, size_t len)
{
    int fd = memfd_create("sealed", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    return fd;
}

/* The master key whose bytes are first, first + 1, ... */
static struct sealed_master *master_of(uint8_t first)
{
    uint8_t bytes[SEALED_LOCK_SIZE];
    const char *why;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(first + i);
    int fd = make_file(bytes, sizeof bytes); /* and its offset stands at its end: that must not count */
    struct sealed_master *master = sealed_master_read(fd, true, &why);
    ck_assert_ptr_nonnull(master);
    close(fd);
    return master;
}

static struct sealed_head head_of(const char *app, const char *key, const struct sealed_master *master)
{
    struct sealed_head head = { .lock = SEALED_BY_MASTER };
    memcpy(head.app, app, strlen(app) + 1);
    memcpy(head.key, key, strlen(key) + 1);
    memcpy(head.master_id, master->id, sizeof head.master_id);
    return head;
}

static char text[SEALED_FILE_MAX];
static size_t text_len;
static uint8_t content[SEALED_CONTENT_MAX];
static size_t content_len;

/* A sealed file for demo's k1 in text. */
static void seal(const struct sealed_master *master, const void *bytes, size_t len)
{
    struct sealed_head head = head_of("demo", "k1", master);
    ck_assert_int_eq(sealed_make(&head, master->key, bytes, len, text, &text_len), SEALED_OK);
    ck_assert_uint_le(text_len, SEALED_FILE_MAX);
}

static enum sealed_result reopen(const struct sealed_master *master)
{
    return sealed_open_for("demo", "k1", master, text, text_len, content, &content_len);
}

START_TEST(round_trip)
{
    static const size_t sizes[] = { 1, 2, 3, 64, 4096, SEALED_CONTENT_MAX };
    static uint8_t bytes[SEALED_CONTENT_MAX];
    struct sealed_master *master = master_of(1);
    unit_fill(bytes, sizeof bytes);
    for (int i = 0; i < UNIT_ROWS(sizes); i++) {
        seal(master, bytes, sizes[i]);
        ck_assert(sealed_is(text, text_len));
        ck_assert_int_eq(reopen(master), SEALED_OK);
        ck_assert_uint_eq(content_len, sizes[i]);
        ck_assert_mem_eq(content, bytes, sizes[i]);
        ck_assert(sizes[i] < 16 || !memmem(text, text_len, bytes, 16));
    }
    sealed_master_free(master);
}
END_TEST

/* The form, as another hand wrote it (tests/standin/unseal.py). */
START_TEST(known_file)
{
    static const char known[] = "sigd-sealed-key 1\napp demo\nkey k1\nmaster a4c5ceda390711cc\n"
                                "data AAECAwQFBgcICQoLDA0ODxAREhMUFRYXoEe2XvEoNyCRGs7ndms8DU1SSedD50U1fqZfPs"
                                "gB0uECCGHmWzdLvhkRN9ecuFdWQqEmmdzj+C0t1RwGVqwAzLPhEHG6nziygD3jZwVxrlE=\n";
    struct sealed_master *master = master_of(1);
    text_len = sizeof known - 1;
    memcpy(text, known, text_len);
    ck_assert_int_eq(reopen(master), SEALED_OK);
    ck_assert_uint_eq(content_len, sizeof KEY - 1);
    ck_assert_mem_eq(content, KEY, content_len);
    sealed_master_free(master);
}
END_TEST

START_TEST(two_files_of_one_key_differ)
{
    struct sealed_master *master = master_of(1);
    seal(master, KEY, sizeof KEY - 1);
    char *first = strndup(text, text_len);
    seal(master, KEY, sizeof KEY - 1);
    ck_assert(memcmp(first, text, text_len) != 0);
    free(first);
    sealed_master_free(master);
}
END_TEST

START_TEST(each_byte_changed)
{
    struct sealed_master *master = master_of(1);
    seal(master, KEY, sizeof KEY - 1);
    for (size_t i = 0; i < text_len; i++)
        for (int change = 1; change < 256; change <<= 1) {
            text[i] = (char)(text[i] ^ change);
            ck_assert_msg(reopen(master) != SEALED_OK, "byte %zu ^ %02x opens", i, (unsigned)change);
            ck_assert_uint_eq(content_len, 0);
            text[i] = (char)(text[i] ^ change);
        }
    ck_assert_int_eq(reopen(master), SEALED_OK);
    sealed_master_free(master);
}
END_TEST

START_TEST(cut_at_each_length)
{
    struct sealed_master *master = master_of(1);
    seal(master, KEY, sizeof KEY - 1);
    size_t whole = text_len;
    for (text_len = 0; text_len < whole; text_len++) {
        char *exact = malloc(text_len + 1); /* so that a reader beyond the end is seen */
        memcpy(exact, text, text_len);
        enum sealed_result got =
            sealed_open_for("demo", "k1", master, exact, text_len, content, &content_len);
        free(exact);
        ck_assert_msg(got == SEALED_FORM, "cut to %zu of %zu bytes: %d", text_len, whole, (int)got);
    }
    for (int c = 0; c < 256; c++) { /* and one byte too many */
        text_len = whole + 1;
        text[whole] = (char)c;
        ck_assert_msg(reopen(master) == SEALED_FORM, "byte %02x after the end", (unsigned)c);
    }
    sealed_master_free(master);
}
END_TEST

START_TEST(another_place)
{
    struct sealed_master *master = master_of(1), *other = master_of(2);
    seal(master, KEY, sizeof KEY - 1);
    ck_assert_int_eq(sealed_open_for("demo2", "k1", master, text, text_len, content, &content_len),
                     SEALED_OTHER_APP);
    ck_assert_int_eq(sealed_open_for("dem", "k1", master, text, text_len, content, &content_len),
                     SEALED_OTHER_APP);
    ck_assert_int_eq(sealed_open_for("demo", "k2", master, text, text_len, content, &content_len),
                     SEALED_OTHER_KEY);
    ck_assert_int_eq(sealed_open_for("k1", "demo", master, text, text_len, content, &content_len),
                     SEALED_OTHER_APP);
    ck_assert_int_eq(reopen(NULL), SEALED_NO_MASTER);
    ck_assert_int_eq(reopen(other), SEALED_OTHER_MASTER);

    /* whoever writes another name into the head of a file gets nothing */
    static const struct {
        const char *from, *to;
        const char *app, *key;
    } changes[] = { { "app demo", "app demp", "demp", "k1" }, { "key k1", "key k2", "demo", "k2" } };
    for (int i = 0; i < UNIT_ROWS(changes); i++) {
        seal(master, KEY, sizeof KEY - 1);
        char *at = memmem(text, text_len, changes[i].from, strlen(changes[i].from));
        ck_assert_ptr_nonnull(at);
        memcpy(at, changes[i].to, strlen(changes[i].to));
        ck_assert_int_eq(
            sealed_open_for(changes[i].app, changes[i].key, master, text, text_len, content, &content_len),
            SEALED_DAMAGED);
    }
    /* nor who writes another master key's number */
    struct sealed_head head = head_of("demo", "k1", other);
    ck_assert_int_eq(sealed_make(&head, master->key, (const uint8_t *)KEY, 64, text, &text_len), SEALED_OK);
    ck_assert_int_eq(reopen(other), SEALED_DAMAGED);
    ck_assert_int_eq(reopen(master), SEALED_OTHER_MASTER);
    sealed_master_free(master);
    sealed_master_free(other);
}
END_TEST

static void derive(uint8_t lock[static SEALED_LOCK_SIZE], const struct sealed_head *head,
                   const char *passphrase)
{
    ck_assert_int_eq(crypto_pwhash(lock, SEALED_LOCK_SIZE, passphrase, strlen(passphrase), head->salt,
                                   head->ops, (size_t)head->memory, crypto_pwhash_ALG_ARGON2ID13),
                     0);
}

START_TEST(passphrase)
{
    struct sealed_head head = { "demo", "k1", .lock = SEALED_BY_PASSPHRASE, .ops = 1, .memory = 8u << 20 },
                       read;
    struct sealed_master *master = master_of(1);
    uint8_t lock[SEALED_LOCK_SIZE];
    unit_fill(head.salt, sizeof head.salt);
    derive(lock, &head, "correct horse");
    ck_assert_int_eq(sealed_make(&head, lock, (const uint8_t *)KEY, 64, text, &text_len), SEALED_OK);
    ck_assert_int_eq(sealed_read_head(&read, text, text_len), SEALED_OK);
    ck_assert_int_eq(read.lock, SEALED_BY_PASSPHRASE);
    ck_assert_uint_eq(read.ops, 1);
    ck_assert_uint_eq(read.memory, 8u << 20);
    ck_assert_mem_eq(read.salt, head.salt, sizeof head.salt);
    ck_assert_int_eq(sealed_open(&read, lock, text, text_len, content, &content_len), SEALED_OK);
    ck_assert_mem_eq(content, KEY, 64);
    derive(lock, &head, "correct horsf");
    ck_assert_int_eq(sealed_open(&read, lock, text, text_len, content, &content_len), SEALED_DAMAGED);
    ck_assert_int_eq(reopen(master), SEALED_PASSPHRASE);
    ck_assert_int_eq(reopen(NULL), SEALED_PASSPHRASE);
    sealed_master_free(master);
}
END_TEST

#define SALT "000102030405060708090a0b0c0d0e0f"
#define NAME32 "abcdefghijklmnopqrstuvwxyz012345"
static const struct {
    const char *name, *text;
    enum sealed_result result;
} heads[] = {
    { "by master", "sigd-sealed-key 1\napp a\nkey k\nmaster 0123456789abcdef\n", SEALED_OK },
    { "by passphrase", "sigd-sealed-key 1\napp a\nkey k\nargon2id 3 268435456 " SALT "\n", SEALED_OK },
    { "the longest names", "sigd-sealed-key 1\napp " NAME32 "\nkey " NAME32 "\nmaster 0123456789abcdef\n",
      SEALED_OK },
    { "a name too long", "sigd-sealed-key 1\napp " NAME32 "x\nkey k\nmaster 0123456789abcdef\n",
      SEALED_FORM },
    { "no name", "sigd-sealed-key 1\napp \nkey k\nmaster 0123456789abcdef\n", SEALED_FORM },
    { "a name with a space", "sigd-sealed-key 1\napp a b\nkey k\nmaster 0123456789abcdef\n", SEALED_FORM },
    { "version 2", "sigd-sealed-key 2\napp a\nkey k\nmaster 0123456789abcdef\n", SEALED_VERSION },
    { "version 10", "sigd-sealed-key 10\n", SEALED_VERSION },
    { "version 01", "sigd-sealed-key 01\napp a\nkey k\nmaster 0123456789abcdef\n", SEALED_FORM },
    { "no version", "sigd-sealed-key \napp a\nkey k\nmaster 0123456789abcdef\n", SEALED_FORM },
    { "version x", "sigd-sealed-key x\napp a\n", SEALED_FORM },
    { "CR LF", "sigd-sealed-key 1\r\napp a\r\nkey k\r\nmaster 0123456789abcdef\r\n", SEALED_FORM },
    { "other order", "sigd-sealed-key 1\nkey k\napp a\nmaster 0123456789abcdef\n", SEALED_FORM },
    { "large digits", "sigd-sealed-key 1\napp a\nkey k\nmaster 0123456789ABCDEF\n", SEALED_FORM },
    { "a digit less", "sigd-sealed-key 1\napp a\nkey k\nmaster 0123456789abcde\n", SEALED_FORM },
    { "a digit more", "sigd-sealed-key 1\napp a\nkey k\nmaster 0123456789abcdef0\n", SEALED_FORM },
    { "no lock", "sigd-sealed-key 1\napp a\nkey k\ndata AAAA\n", SEALED_FORM },
    { "no work", "sigd-sealed-key 1\napp a\nkey k\nargon2id 0 268435456 " SALT "\n", SEALED_FORM },
    { "work without end", "sigd-sealed-key 1\napp a\nkey k\nargon2id 17 268435456 " SALT "\n", SEALED_FORM },
    { "too little memory", "sigd-sealed-key 1\napp a\nkey k\nargon2id 3 8388607 " SALT "\n", SEALED_FORM },
    { "too much memory", "sigd-sealed-key 1\napp a\nkey k\nargon2id 3 1073741825 " SALT "\n", SEALED_FORM },
    { "a sign", "sigd-sealed-key 1\napp a\nkey k\nargon2id +3 268435456 " SALT "\n", SEALED_FORM },
    { "a zero in front", "sigd-sealed-key 1\napp a\nkey k\nargon2id 03 268435456 " SALT "\n", SEALED_FORM },
    { "two spaces", "sigd-sealed-key 1\napp a\nkey k\nargon2id 3  268435456 " SALT "\n", SEALED_FORM },
    { "no salt", "sigd-sealed-key 1\napp a\nkey k\nargon2id 3 268435456 \n", SEALED_FORM },
    { "nothing", "", SEALED_FORM },
    { "something else", "-----BEGIN PRIVATE KEY-----\n", SEALED_FORM },
};

START_TEST(head)
{
    struct sealed_head read;
    enum sealed_result got = sealed_read_head(&read, heads[_i].text, strlen(heads[_i].text));
    ck_assert_msg(got == heads[_i].result, "%s: expected %d, got %d", heads[_i].name, (int)heads[_i].result,
                  (int)got);
}
END_TEST

START_TEST(nul_in_a_head)
{
    static const char nul[] = "sigd-sealed-key 1\napp a\0b\nkey k\nmaster 0123456789abcdef\n";
    struct sealed_head read;
    ck_assert_int_eq(sealed_read_head(&read, nul, sizeof nul - 1), SEALED_FORM);
}
END_TEST

START_TEST(master_files)
{
    static const struct {
        const char *name;
        size_t len;
        uint8_t filler;
        bool ok;
    } files[] = { { "empty", 0, 0, false },     { "31 bytes", 31, 7, false }, { "32 bytes", 32, 7, true },
                  { "33 bytes", 33, 7, false }, { "32 zeros", 32, 0, false }, { "64 KiB", 65536, 7, false } };
    for (int i = 0; i < UNIT_ROWS(files); i++) {
        uint8_t *bytes = malloc(files[i].len + 1);
        const char *why;
        memset(bytes, files[i].filler, files[i].len + 1);
        int fd = make_file(bytes, files[i].len);
        struct sealed_master *master = sealed_master_read(fd, true, &why);
        ck_assert_msg((master != NULL) == files[i].ok, "%s: %s", files[i].name, why ? why : "taken");
        ck_assert_msg(files[i].ok == (why == NULL), "%s: %s", files[i].name, why ? why : "no reason");
        if (!files[i].ok)
            ck_assert_ptr_nonnull(strstr(why, "sigctl keygen --master"));
        ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
        sealed_master_free(master);
        close(fd);
        free(bytes);
    }
    const char *why;
    int directory = open("/", O_RDONLY | O_DIRECTORY);
    ck_assert_ptr_null(sealed_master_read(directory, true, &why));
    ck_assert_ptr_nonnull(strstr(why, "cannot be read"));
    close(directory);
}
END_TEST

START_TEST(sentences)
{
    for (int i = 0; i < SEALED_RESULTS; i++) {
        ck_assert_uint_gt(strlen(sealed_text((enum sealed_result)i)), 5);
        ck_assert_uint_lt(strlen(sealed_text((enum sealed_result)i)),
                          sizeof((struct proto_key_read *)NULL)->why);
    }
}
END_TEST

static void fill(TCase *tests)
{
    unit_seed();
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, known_file);
    tcase_add_test(tests, two_files_of_one_key_differ);
    tcase_add_test(tests, each_byte_changed);
    tcase_add_test(tests, cut_at_each_length);
    tcase_add_test(tests, another_place);
    tcase_add_test(tests, passphrase);
    tcase_add_loop_test(tests, head, 0, UNIT_ROWS(heads));
    tcase_add_test(tests, nul_in_a_head);
    tcase_add_test(tests, master_files);
    tcase_add_test(tests, sentences);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    return unit_run("sealed", fill);
}
