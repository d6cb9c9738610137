/* page.c: reads a usersig that sigd publishes in a page of shared memory.
 *
 * The page may change at any moment, to anything: it is copied word by word by atomic loads, and only the copy is looked
 * at. The loads are acquiring and the publisher's stores releasing, so that who has seen any word of an update also sees
 * the odd sequence number that came before it, without fences. */
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 4096 /* an update takes a fraction of a microsecond; so many tries, some hundred */

typedef uintptr_t word; /* what any machine loads at once */

struct head { /* of the layout, up to the strings */
    char magic[8];
    uint32_t version, size, sequence, check;
    uint64_t heartbeat;
    uint32_t state, sdkappid;
    uint64_t issued_at, expires_at, renew_at;
    uint32_t identifier_len, key_len, usersig_len, reserved;
};
#define AT(member) offsetof(struct usersig_page_layout, member)
_Static_assert(sizeof(struct head) == AT(identifier), "the head ends where the strings begin");
_Static_assert(offsetof(struct head, usersig_len) == AT(usersig_len), "the same fields");
_Static_assert(AT(sequence) == 16 && AT(heartbeat) == 24 && AT(state) == 32 && AT(identifier) == 80 &&
                   AT(key) == 336 && AT(usersig) == 512 && sizeof(struct usersig_page_layout) == 2560,
               "the layout that docs/PAGES.md describes");

static uint32_t sequence_of(const unsigned char *map)
{
    return __atomic_load_n((const uint32_t *)(const void *)(map + AT(sequence)), __ATOMIC_ACQUIRE);
}

static void copy(void *out, const unsigned char *from, size_t len)
{
    for (size_t i = 0; i < len; i += sizeof(word)) {
        word now = __atomic_load_n((const word *)(const void *)(from + i), __ATOMIC_ACQUIRE);
        memcpy((char *)out + i, &now, sizeof now);
    }
}

static size_t rounded(size_t len)
{
    return (len + 7) & ~(size_t)7;
}

/* The lengths are those of strings with room for a NUL: only then can they be copied. */
static bool lengths_fit(const struct head *head)
{
    return head->identifier_len <= USERSIG_IDENTIFIER_MAX && head->key_len <= USERSIG_PAGE_KEY_MAX &&
           head->usersig_len < USERSIG_ENCODED_MAX;
}

/* One whole state of the page. False: it was changed meanwhile. */
static bool snapshot(const unsigned char *map, struct head *head, struct usersig_page_value *value)
{
    uint32_t sequence = sequence_of(map);
    if (sequence & 1)
        return false;
    copy(head, map, sizeof *head);
    if (head->state == USERSIG_PAGE_LIVE && lengths_fit(head)) {
        copy(value->identifier, map + AT(identifier), rounded(head->identifier_len));
        copy(value->key, map + AT(key), rounded(head->key_len));
        copy(value->usersig, map + AT(usersig), rounded(head->usersig_len));
    }
    return sequence_of(map) == sequence; /* not before the loads above, which are acquiring */
}

/* No control character, a NUL neither. */
static bool is_text(const char *text, size_t len)
{
    bool bad = false;
    for (size_t i = 0; i < len; i++)
        bad |= (unsigned char)text[i] < 0x20 || text[i] == 0x7F;
    return !bad;
}

/* Printable ASCII without a space, eight bytes at a time: whoever pastes it into a header or a URL is safe. */
static bool is_token(const char *text, size_t len)
{
    const uint64_t high = 0x8080808080808080u;
    uint64_t bad = 0;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t eight = 0x6161616161616161u;
        if (len - i >= 8)
            memcpy(&eight, text + i, 8);
        else
            memcpy(&eight, text + i, len - i);
        bad |= eight;                                    /* from 0x80 on */
        bad |= ~((eight & ~high) + 0x5F5F5F5F5F5F5F5Fu); /* below 0x21 */
        bad |= (eight & ~high) + 0x0101010101010101u;    /* 0x7F */
    }
    return (bad & high) == 0;
}

static bool is_consistent(const struct head *head, const struct usersig_page_value *value)
{
    return head->sdkappid != 0 && head->identifier_len > 0 && head->usersig_len > 0 &&
           head->issued_at <= head->renew_at && head->renew_at <= head->expires_at &&
           is_text(value->identifier, head->identifier_len) && is_text(value->key, head->key_len) &&
           is_token(value->usersig, head->usersig_len);
}

static int judge(const struct head *head, uint64_t now, struct usersig_page_value *value)
{
    if (memcmp(head->magic, USERSIG_PAGE_MAGIC, sizeof head->magic) != 0 ||
        head->version != USERSIG_PAGE_VERSION || head->size != USERSIG_PAGE_SIZE)
        return USERSIG_MALFORMED;
    if (head->state == USERSIG_PAGE_REVOKED)
        return USERSIG_REVOKED;
    if (head->state == USERSIG_PAGE_EMPTY)
        return USERSIG_UNAVAILABLE;
    if (head->state != USERSIG_PAGE_LIVE || !lengths_fit(head) || !is_consistent(head, value))
        return USERSIG_MALFORMED;
    if (now > head->expires_at)
        return USERSIG_EXPIRED;
    value->issued_at = head->issued_at;
    value->expires_at = head->expires_at;
    value->renew_at = head->renew_at;
    value->silence = now > head->heartbeat ? now - head->heartbeat : 0;
    value->identifier_len = head->identifier_len;
    value->key_len = head->key_len;
    value->usersig_len = head->usersig_len;
    value->sdkappid = head->sdkappid;
    value->reserved = 0;
    value->identifier[head->identifier_len] = '\0';
    value->key[head->key_len] = '\0';
    value->usersig[head->usersig_len] = '\0';
    return USERSIG_OK;
}

int page_read(const void *map, uint64_t now, struct usersig_page_value *value)
{
    struct head head;
    int result = USERSIG_UNAVAILABLE;
    for (int i = 0; i < TRIES; i++) {
        if (snapshot(map, &head, value)) {
            result = judge(&head, now, value);
            break;
        }
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
    if (result != USERSIG_OK)
        memset(value, 0, sizeof *value);
    return result;
}

int usersig_page_read(const usersig_page *page, uint64_t now, struct usersig_page_value *value)
{
    if (!page || !value)
        return USERSIG_ERR_ARGUMENT;
    return page_read(page, now, value);
}

/* The handle is the mapping itself: what to free needs no remembering. */
static int map_page(usersig_page **page, int fd, uint32_t flags)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return USERSIG_ERR_FILE;
    if (!S_ISREG(st.st_mode) || st.st_nlink > 1 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
        (!(flags & USERSIG_PAGE_ANY_OWNER) && st.st_uid != 0 && st.st_uid != geteuid())) {
        errno = EPERM;
        return USERSIG_ERR_FILE;
    }
    if (st.st_size != USERSIG_PAGE_SIZE)
        return USERSIG_MALFORMED;
    void *map = mmap(NULL, USERSIG_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return USERSIG_ERR_MEMORY;
    struct head head;
    copy(&head, map, sizeof head);
    if (memcmp(head.magic, USERSIG_PAGE_MAGIC, sizeof head.magic) != 0 ||
        head.version != USERSIG_PAGE_VERSION || head.size != USERSIG_PAGE_SIZE) {
        munmap(map, USERSIG_PAGE_SIZE);
        return USERSIG_MALFORMED;
    }
    *page = map;
    return USERSIG_OK;
}

int usersig_page_open(usersig_page **page, const char *path, uint32_t flags)
{
    if (page)
        *page = NULL;
    if (!page || !path || (flags & ~USERSIG_PAGE_ANY_OWNER) != 0)
        return USERSIG_ERR_ARGUMENT;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return USERSIG_ERR_FILE;
    int result = map_page(page, fd, flags), error = errno;
    close(fd);
    errno = error;
    return result;
}

void usersig_page_close(usersig_page *page)
{
    if (page)
        munmap(page, USERSIG_PAGE_SIZE);
}
