/* keyset.c: the keys of one app, each with its window. */
#include "keyset.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

bool keyset_can_lock(void)
{
    unsigned char *page = sodium_malloc(4096);
    bool can = page && sodium_mlock(page, 4096) == 0;
    sodium_free(page);
    return can;
}

/* All of fd into text (of SIGD_KEY_FILE_MAX + 1 bytes); its length, or -1. */
static ssize_t read_all(int fd, char *text)
{
    size_t len = 0;
    while (len <= SIGD_KEY_FILE_MAX) {
        ssize_t got = pread(fd, text + len, SIGD_KEY_FILE_MAX + 1 - len, (off_t)len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            return (ssize_t)len;
        len += (size_t)got;
    }
    return -1;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return true;
    return false;
}

static usersig_key *parse(const char *text, size_t len, const char **why)
{
    static const char pem[] = "-----BEGIN";
    usersig_key *key = NULL;
    if (len == 0)
        *why = "the key file is empty: put the console's key text into it";
    else if (memmem(text, len, pem, sizeof pem - 1))
        *why = "the key file holds PEM: version 1 keys are not in this release";
    else if (has_control(text, len))
        *why = "the key file holds a control character or a second line: it must hold the key text alone";
    else if (usersig_key_hmac(&key, text, len) != USERSIG_OK)
        *why = "the key is too long, or memory for it cannot be had";
    return key;
}

bool keyset_add(struct keyset *set, const struct keyset_key *window, int fd, bool *trimmed, const char **why)
{
    usersig_key *key = NULL;
    char *text = set->n < SIGD_KEYS_MAX ? sodium_malloc(SIGD_KEY_FILE_MAX + 1) : NULL;
    *trimmed = false;
    *why = "memory for the key cannot be had";
    if (!text)
        return false;
    ssize_t len = read_all(fd, text);
    *trimmed = len > 0 && text[len - 1] == '\n';
    if (len < 0)
        *why = "the key file cannot be read or is over 64 KiB";
    else
        key = parse(text, (size_t)len - *trimmed, why);
    sodium_free(text); /* wipes */
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
