/* sealed.c: XChaCha20-Poly1305 over a key, its head in plain text and bound to it. */
#include "sealed.h"

#include "names.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define RAW_MAX (NONCE_SIZE + SEALED_CONTENT_MAX + TAG_SIZE)
#define BASE64_MAX ((RAW_MAX + 2) / 3 * 4)
#define HEAD_MAX 256
#define STACK_SIZE 8192 /* what the ciphers below may have used of it */

/* What a file may ask of our memory and time before its lock has been tried. */
#define OPS_MAX 16
#define MEMORY_MIN (8u << 20)
#define MEMORY_MAX (1u << 30)

static const char magic[] = "sigd-sealed-key ";
#define MAGIC_LEN (sizeof magic - 1)
static const char data_word[] = "data ";
#define DATA_WORD_LEN (sizeof data_word - 1)

_Static_assert(HEAD_MAX + DATA_WORD_LEN + BASE64_MAX + 2 <= SEALED_FILE_MAX, "a sealed file fits");
_Static_assert(SEALED_LOCK_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "the lock is the cipher's key");
_Static_assert(SEALED_SALT_SIZE == crypto_pwhash_SALTBYTES, "the salt is Argon2id's");

const char *sealed_text(enum sealed_result result)
{
    switch (result) {
    case SEALED_OK: return "it opens";
    case SEALED_FORM:
        return "the sealed file is damaged: it was cut or changed; seal the key again, or restore the file";
    case SEALED_VERSION:
        return "the sealed file has a form of a later release: install that, or seal the key with this one";
    case SEALED_OTHER_APP:
        return "sealed for another app (its second line): put the right file here, or seal the key for this app";
    case SEALED_OTHER_KEY:
        return "sealed for another key name (its third line): put the right file here, or seal it for this name";
    case SEALED_NO_MASTER:
        return "the key is sealed, and there is no master_key = \"FILE\" in the configuration: name the master key";
    case SEALED_OTHER_MASTER:
        return "sealed under another master key: set master_key to that one, or seal again with --from-master";
    case SEALED_PASSPHRASE:
        return "sealed with a passphrase, which is for backups and never asked here: sigctl unseal, then seal --master";
    case SEALED_DAMAGED:
        return "the sealed file is damaged: its content is not what was sealed; restore it, or seal the key again";
    case SEALED_MEMORY: return "memory to unseal the key cannot be had";
    case SEALED_RESULTS: break;
    }
    return "?";
}

bool sealed_is(const char *text, size_t len)
{
    return len >= MAGIC_LEN && memcmp(text, magic, MAGIC_LEN) == 0;
}

/* The head as it stands in the file; its length. */
static size_t write_head(char out[static HEAD_MAX], const struct sealed_head *head)
{
    char hex[2 * SEALED_SALT_SIZE + 1];
    int n = snprintf(out, HEAD_MAX, "%s1\napp %s\nkey %s\n", magic, head->app, head->key);
    if (head->lock == SEALED_BY_MASTER) {
        sodium_bin2hex(hex, sizeof hex, head->master_id, sizeof head->master_id);
        n += snprintf(out + n, HEAD_MAX - (size_t)n, "master %s\n", hex);
    } else {
        sodium_bin2hex(hex, sizeof hex, head->salt, sizeof head->salt);
        n += snprintf(out + n, HEAD_MAX - (size_t)n, "argon2id %" PRIu64 " %" PRIu64 " %s\n", head->ops,
                      head->memory, hex);
    }
    return (size_t)n;
}

/* The rest of the line at *text, which must begin with word; *text moves to the next one. */
static bool read_line(const char **text, const char *end, const char *word, char *out, size_t size)
{
    size_t skip = strlen(word);
    const char *stop = memchr(*text, '\n', (size_t)(end - *text));
    if (stop == NULL || (size_t)(stop - *text) < skip || memcmp(*text, word, skip) != 0)
        return false;
    size_t len = (size_t)(stop - *text) - skip;
    if (len >= size || memchr(*text, '\0', skip + len) != NULL)
        return false;
    memcpy(out, *text + skip, len);
    out[len] = '\0';
    *text = stop + 1;
    return true;
}

static bool read_hex(uint8_t *out, size_t size, const char *hex)
{
    size_t len;
    return strlen(hex) == 2 * size && sodium_hex2bin(out, size, hex, 2 * size, NULL, &len, NULL) == 0 &&
           len == size;
}

static bool read_lock(struct sealed_head *head, const char **at, const char *end)
{
    char line[HEAD_MAX], *rest;
    if (read_line(at, end, "master ", line, sizeof line)) {
        head->lock = SEALED_BY_MASTER;
        return read_hex(head->master_id, sizeof head->master_id, line);
    }
    if (!read_line(at, end, "argon2id ", line, sizeof line))
        return false;
    head->lock = SEALED_BY_PASSPHRASE;
    head->ops = strtoull(line, &rest, 10);
    head->memory = strtoull(rest, &rest, 10);
    return head->ops > 0 && head->ops <= OPS_MAX && head->memory >= MEMORY_MIN &&
           head->memory <= MEMORY_MAX && *rest == ' ' && read_hex(head->salt, sizeof head->salt, rest + 1);
}

enum sealed_result sealed_read_head(struct sealed_head *head, const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    char version[8], again[HEAD_MAX];
    *head = (struct sealed_head){ 0 };
    if (!read_line(&at, end, magic, version, sizeof version))
        return SEALED_FORM;
    if (strcmp(version, "1") != 0)
        return version[0] >= '1' && version[strspn(version, "0123456789")] == '\0' ? SEALED_VERSION
                                                                                   : SEALED_FORM;
    if (!read_line(&at, end, "app ", head->app, sizeof head->app) ||
        !read_line(&at, end, "key ", head->key, sizeof head->key) || !names_ok(head->app) ||
        !names_ok(head->key) || !read_lock(head, &at, end))
        return SEALED_FORM;
    /* one spelling only: numbers without signs, spaces and zeros in front, small hex digits */
    size_t n = write_head(again, head);
    return n == (size_t)(at - text) && memcmp(again, text, n) == 0 ? SEALED_OK : SEALED_FORM;
}

/* libsodium 1.0.18 takes bytes of 0x80 and on for the characters 0x80 below them. */
static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

/* nonce || ciphertext || tag. */
static bool read_data(uint8_t *raw, size_t *raw_len, const char *text, size_t len)
{
    const char *stop;
    if (len < DATA_WORD_LEN + 1 || memcmp(text, data_word, DATA_WORD_LEN) != 0 || text[len - 1] != '\n')
        return false;
    text += DATA_WORD_LEN;
    len -= DATA_WORD_LEN + 1;
    return is_ascii(text, len) &&
           sodium_base642bin(raw, RAW_MAX, text, len, NULL, raw_len, &stop, sodium_base64_VARIANT_ORIGINAL) ==
               0 &&
           stop == text + len && *raw_len > NONCE_SIZE + TAG_SIZE;
}

enum sealed_result sealed_open(const struct sealed_head *head, const uint8_t lock[static SEALED_LOCK_SIZE],
                               const char *text, size_t len, uint8_t *content, size_t *content_len)
{
    char bound[HEAD_MAX];
    size_t n = write_head(bound, head), raw_len;
    unsigned long long plain_len;
    *content_len = 0;
    if (len < n || memcmp(text, bound, n) != 0)
        return SEALED_FORM;
    uint8_t *raw = malloc(RAW_MAX);
    if (raw == NULL)
        return SEALED_MEMORY;
    enum sealed_result result = SEALED_FORM;
    if (read_data(raw, &raw_len, text + n, len - n)) {
        result = SEALED_DAMAGED;
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(content, &plain_len, NULL, raw + NONCE_SIZE,
                                                       raw_len - NONCE_SIZE, (const uint8_t *)bound, n, raw,
                                                       lock) == 0) {
            *content_len = (size_t)plain_len;
            result = SEALED_OK;
        }
        sodium_stackzero(STACK_SIZE);
    }
    free(raw);
    return result;
}

enum sealed_result sealed_make(const struct sealed_head *head, const uint8_t lock[static SEALED_LOCK_SIZE],
                               const uint8_t *content, size_t content_len, char *text, size_t *len)
{
    size_t n = write_head(text, head);
    uint8_t *raw = malloc(RAW_MAX);
    if (raw == NULL)
        return SEALED_MEMORY;
    randombytes_buf(raw, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(raw + NONCE_SIZE, NULL, content, content_len,
                                               (const uint8_t *)text, n, NULL, raw, lock);
    sodium_stackzero(STACK_SIZE);
    memcpy(text + n, data_word, DATA_WORD_LEN);
    n += DATA_WORD_LEN;
    sodium_bin2base64(text + n, SEALED_FILE_MAX - n, raw, NONCE_SIZE + content_len + TAG_SIZE,
                      sodium_base64_VARIANT_ORIGINAL);
    n += strlen(text + n);
    text[n++] = '\n';
    *len = n;
    free(raw);
    return SEALED_OK;
}

enum sealed_result sealed_open_for(const char *app, const char *key, const struct sealed_master *master,
                                   const char *text, size_t len, uint8_t *content, size_t *content_len)
{
    struct sealed_head head;
    enum sealed_result result = sealed_read_head(&head, text, len);
    *content_len = 0;
    if (result != SEALED_OK)
        return result;
    if (strcmp(head.app, app) != 0)
        return SEALED_OTHER_APP;
    if (strcmp(head.key, key) != 0)
        return SEALED_OTHER_KEY;
    if (head.lock == SEALED_BY_PASSPHRASE)
        return SEALED_PASSPHRASE;
    if (master == NULL)
        return SEALED_NO_MASTER;
    if (memcmp(head.master_id, master->id, sizeof head.master_id) != 0)
        return SEALED_OTHER_MASTER;
    return sealed_open(&head, master->key, text, len, content, content_len);
}
