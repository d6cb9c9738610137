/* pagefile.c: writes pages that others read while they change. */
#include "pagefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define AT(member) offsetof(struct usersig_page_layout, member)
#define CHECKED_FROM AT(state)
#define CHECKED_LEN (sizeof(struct usersig_page_layout) - CHECKED_FROM)

typedef uintptr_t word; /* as libsig loads it */
_Static_assert(AT(heartbeat) % sizeof(word) == 0 && sizeof(struct usersig_page_layout) % sizeof(word) == 0,
               "whole words");
_Static_assert(sizeof((struct proto_credential *)0)->usersig < USERSIG_ENCODED_MAX &&
                   sizeof((struct proto_credential *)0)->key <= USERSIG_PAGE_KEY_MAX + 1,
               "whatever is issued fits, with a NUL");

/* ---- the sequence lock --------------------------------------------------------------------------- */

static uint32_t *sequence_of(const struct pagefile *page)
{
    return (uint32_t *)(void *)(page->map + AT(sequence));
}

/* Every store of an update is releasing: who sees any of them sees the odd number before it. An odd number that a killed
 * writer left stays odd. */
static void begin(struct pagefile *page)
{
    uint32_t now = __atomic_load_n(sequence_of(page), __ATOMIC_RELAXED);
    __atomic_store_n(sequence_of(page), now | 1, __ATOMIC_RELAXED);
}

static void end(struct pagefile *page)
{
    uint32_t now = __atomic_load_n(sequence_of(page), __ATOMIC_RELAXED);
    __atomic_store_n(sequence_of(page), now + 1, __ATOMIC_RELEASE);
}

static void store(struct pagefile *page, size_t at, const void *from, size_t len)
{
    for (size_t i = 0; i < len; i += sizeof(word)) {
        word next;
        memcpy(&next, (const char *)from + i, sizeof next);
        __atomic_store_n((word *)(void *)(page->map + at + i), next, __ATOMIC_RELEASE);
    }
}

static uint32_t check_of(const struct usersig_page_layout *content)
{
    return (uint32_t)crc32(0, (const unsigned char *)content + CHECKED_FROM, (uInt)CHECKED_LEN);
}

/* All but magic, version and size, which never change. */
static void put(struct pagefile *page, struct usersig_page_layout *content, uint64_t now)
{
    content->heartbeat = now;
    content->check = check_of(content);
    begin(page);
    __atomic_store_n((uint32_t *)(void *)(page->map + AT(check)), content->check, __ATOMIC_RELEASE);
    store(page, AT(heartbeat), &content->heartbeat, sizeof *content - AT(heartbeat));
    end(page);
}

void pagefile_set(struct pagefile *page, uint32_t sdkappid, const char *identifier,
                  const struct proto_credential *credential, uint64_t now)
{
    struct usersig_page_layout content = { .state = USERSIG_PAGE_LIVE, .sdkappid = sdkappid };
    content.issued_at = credential->issued_at;
    content.expires_at = credential->expires_at;
    content.renew_at = credential->renew_at;
    content.identifier_len = (uint32_t)strnlen(identifier, sizeof content.identifier - 1);
    content.key_len = (uint32_t)strnlen(credential->key, sizeof credential->key - 1);
    content.usersig_len = credential->usersig_len;
    memcpy(content.identifier, identifier, content.identifier_len);
    memcpy(content.key, credential->key, content.key_len);
    memcpy(content.usersig, credential->usersig, content.usersig_len);
    put(page, &content, now);
    explicit_bzero(&content, sizeof content);
}

void pagefile_clear(struct pagefile *page, enum usersig_page_state state, uint64_t now)
{
    struct usersig_page_layout content = { .state = state };
    put(page, &content, now);
}

void pagefile_beat(struct pagefile *page, uint64_t now)
{
    begin(page);
    store(page, AT(heartbeat), &now, sizeof now);
    end(page);
}

/* ---- the file ------------------------------------------------------------------------------------ */

static bool map_file(struct pagefile *page, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    void *map = mmap(NULL, USERSIG_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return false;
    *page = (struct pagefile){ .map = map, .dev = st.st_dev, .inode = st.st_ino, .group = st.st_gid };
    return true;
}

/* A whole page under another name, so that nobody opens half a one. */
bool pagefile_make(struct pagefile *page, int dir, const char *name, gid_t group)
{
    static const struct usersig_page_layout fresh = { .magic = USERSIG_PAGE_MAGIC,
                                                      .version = USERSIG_PAGE_VERSION,
                                                      .size = USERSIG_PAGE_SIZE };
    char temporary[NAME_MAX + 1];
    int error = ENAMETOOLONG;
    *page = (struct pagefile){ .map = NULL };
    if (snprintf(temporary, sizeof temporary, ".%s.new", name) >= (int)sizeof temporary)
        goto failed;
    if (unlinkat(dir, temporary, 0) != 0 && errno != ENOENT) {
        error = errno;
        goto failed;
    }
    int fd = openat(dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    error = errno;
    if (fd < 0)
        goto failed;
    error = posix_fallocate(fd, 0, USERSIG_PAGE_SIZE); /* no reader meets a hole that cannot be filled */
    if (error == 0 && (fchown(fd, (uid_t)-1, group) != 0 || fchmod(fd, 0440) != 0 || !map_file(page, fd)))
        error = errno;
    close(fd);
    if (error != 0)
        goto failed_file;
    memcpy(page->map, &fresh, AT(sequence));
    pagefile_clear(page, USERSIG_PAGE_EMPTY, 0);
    if (renameat(dir, temporary, dir, name) == 0)
        return true;
    error = errno;
    pagefile_close(page);
failed_file:
    unlinkat(dir, temporary, 0);
failed:
    errno = error;
    return false;
}

static bool is_ours(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_nlink == 1 && st->st_uid == geteuid() &&
           st->st_size == USERSIG_PAGE_SIZE;
}

/* Its mode has no write bit, which holds its owner too where it is not root with all capabilities: for a moment there is
 * one. */
static int open_writable(int dir, const char *name)
{
    struct stat before, st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    bool ready = fstat(fd, &before) == 0 && is_ours(&before) && fchmod(fd, 0640) == 0;
    close(fd);
    if (!ready)
        return -1;
    fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && is_ours(&st) && st.st_ino == before.st_ino && fchmod(fd, 0440) == 0)
        return fd;
    close(fd);
    return -1;
}

bool pagefile_reopen(struct pagefile *page, int dir, const char *name)
{
    struct usersig_page_layout content;
    *page = (struct pagefile){ .map = NULL };
    int fd = open_writable(dir, name);
    if (fd < 0)
        return false;
    bool mapped = map_file(page, fd);
    close(fd);
    if (!mapped)
        return false;
    memcpy(&content, page->map, sizeof content);
    if (memcmp(content.magic, USERSIG_PAGE_MAGIC, sizeof content.magic) != 0 ||
        content.version != USERSIG_PAGE_VERSION || content.size != USERSIG_PAGE_SIZE ||
        content.state == USERSIG_PAGE_REVOKED) {
        pagefile_close(page);
        return false;
    }
    if (!pagefile_content(page, &content))
        pagefile_clear(page, USERSIG_PAGE_EMPTY, 0);
    explicit_bzero(&content, sizeof content);
    return true;
}

bool pagefile_is_at(const struct pagefile *page, int dir, const char *name)
{
    struct stat st;
    return page->map && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == page->dev &&
           st.st_ino == page->inode;
}

bool pagefile_content(const struct pagefile *page, struct usersig_page_layout *content)
{
    memcpy(content, page->map, sizeof *content);
    return (content->sequence & 1) == 0 && content->check == check_of(content) &&
           content->state == USERSIG_PAGE_LIVE && content->identifier_len < sizeof content->identifier &&
           content->key_len < sizeof content->key && content->usersig_len < sizeof content->usersig &&
           content->identifier[content->identifier_len] == '\0' && content->key[content->key_len] == '\0';
}

void pagefile_close(struct pagefile *page)
{
    if (page->map)
        munmap(page->map, USERSIG_PAGE_SIZE);
    page->map = NULL;
}
