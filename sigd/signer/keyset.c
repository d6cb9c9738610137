/* keyset.c: the keys of one app, each with its window. */
#include "keyset.h"

#include "sealed.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* What a key file holds at most, which is a sealed one; one byte more tells that there are more. */
#define TEXT_SIZE (SEALED_FILE_MAX + 2)

static const char not_locked[] =
    "the key cannot be locked in memory: raise RLIMIT_MEMLOCK to 8 MiB (ulimit -l 8192), "
    "or set allow_swap = true";

/* All of fd into text (of TEXT_SIZE bytes), as far as it fits; its length, or -1. */
static ssize_t read_all(int fd, char *text)
{
    size_t len = 0;
    while (len < TEXT_SIZE) {
        ssize_t got = pread(fd, text + len, TEXT_SIZE - len, (off_t)len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            return (ssize_t)len;
        len += (size_t)got;
    }
    return TEXT_SIZE;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return true;
    return false;
}

static bool holds(const char *text, size_t len, const char *mark)
{
    return memmem(text, len, mark, strlen(mark)) != NULL;
}

/* A key of version 1. The line end of its last line belongs to it. */
static usersig_key *parse_pem(const char *text, size_t len, const char **why)
{
    usersig_key *key = NULL;
    if (holds(text, len, "-----BEGIN PUBLIC KEY"))
        *why = "the key file's PEM is a public key: sigd signs, which takes the private one";
    else if (holds(text, len, "ENCRYPTED"))
        *why = "the key file holds encrypted PEM: decrypt it (openssl pkey), or have sigctl seal it";
    else if (usersig_key_pem(&key, text, len) != USERSIG_OK)
        *why = "the key file's PEM is not one private key on secp256k1 or P-256";
    return key;
}

/* The console's text, of version 2. */
static usersig_key *parse(const char *text, size_t len, const char **why)
{
    usersig_key *key = NULL;
    if (len == 0)
        *why = "the key file is empty: put the console's key text into it";
    else if (has_control(text, len))
        *why = "the key file holds a control character or a second line: it must hold the key text alone";
    else if (usersig_key_hmac(&key, text, len) != USERSIG_OK)
        *why = "the key is too long, or memory for it cannot be had";
    return key;
}

/* libsodium asks for the lock and goes on without it; asking again tells. */
static bool is_locked(const void *memory, size_t len)
{
    return sodium_mlock((void *)(uintptr_t)memory, len) == 0;
}

/* Guarded memory for size bytes that become plain. */
static char *plain_memory(size_t size, bool may_swap, const char **why)
{
    char *made = sodium_malloc(size);
    *why = made ? not_locked : "memory for the key cannot be had";
    if (made && !may_swap && !is_locked(made, size)) {
        sodium_free(made);
        return NULL;
    }
    return made;
}

static usersig_key *parse_trimmed(const char *text, size_t len, bool *trimmed, const char **why)
{
    if (len > 0 && holds(text, len, "-----BEGIN"))
        return parse_pem(text, len, why);
    *trimmed = len > 0 && len < TEXT_SIZE && text[len - 1] == '\n';
    return parse(text, len - *trimmed, why);
}

static usersig_key *unseal(const struct keyset_source *source, const char *name, const char *text, size_t len,
                           bool *trimmed, const char **why)
{
    usersig_key *key = NULL;
    size_t content_len;
    char *content = plain_memory(SEALED_CONTENT_MAX, source->may_swap, why);
    if (!content)
        return NULL;
    enum sealed_result result =
        sealed_open_for(source->app, name, source->master, text, len, (uint8_t *)content, &content_len);
    *why = result == SEALED_NO_MASTER && source->master_failed
               ? "the key is sealed, and the master key could not be read"
               : sealed_text(result);
    if (result == SEALED_OK)
        key = parse_trimmed(content, content_len, trimmed, why);
    sodium_free(content); /* wipes */
    return key;
}

static usersig_key *read_key(const struct keyset_source *source, const char *name, bool *trimmed,
                             const char **why)
{
    usersig_key *key = NULL;
    char *text = plain_memory(TEXT_SIZE, source->may_swap, why);
    if (!text)
        return NULL;
    ssize_t len = read_all(source->fd, text);
    if (len < 0)
        *why = "the key file cannot be read";
    else if (sealed_is(text, (size_t)len))
        key = unseal(source, name, text, (size_t)len, trimmed, why);
    else
        key = parse_trimmed(text, (size_t)len, trimmed, why);
    sodium_free(text); /* wipes */
    return key;
}

bool keyset_add(struct keyset *set, const struct keyset_key *window, const struct keyset_source *source,
                bool *trimmed, const char **why)
{
    *trimmed = false;
    *why = "an app may have 8 keys";
    usersig_key *key = set->n < SIGD_KEYS_MAX ? read_key(source, window->name, trimmed, why) : NULL;
    if (key && !source->may_swap && !is_locked(key, 1)) { /* it lies in one page */
        usersig_key_free(key);
        *why = not_locked;
        key = NULL;
    }
    if (!key)
        return false;
    struct keyset_key *added = &set->keys[set->n++];
    *added = *window;
    added->key = key;
    return true;
}

static bool is_open(const struct keyset_key *key, uint64_t now)
{
    return !key->revoked && key->not_before <= now && (key->not_after == 0 || now < key->not_after);
}

const struct keyset_key *keyset_signing(const struct keyset *set, uint64_t now)
{
    const struct keyset_key *best = NULL;
    for (size_t i = 0; i < set->n; i++)
        if (is_open(&set->keys[i], now) && (!best || set->keys[i].not_before >= best->not_before))
            best = &set->keys[i];
    return best;
}

size_t keyset_verifying(const struct keyset *set, uint64_t now,
                        const usersig_key *handles[static SIGD_KEYS_MAX], size_t places[static SIGD_KEYS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++)
        if (is_open(&set->keys[i], now)) {
            handles[n] = set->keys[i].key;
            places[n++] = i;
        }
    return n;
}

void keyset_clear(struct keyset *set)
{
    for (size_t i = 0; i < set->n; i++)
        usersig_key_free(set->keys[i].key);
    *set = (struct keyset){ 0 };
}
