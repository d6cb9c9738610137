/* publish.c: puts administrators' usersigs where programs of their group read them, and takes them away. */
#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool publish_open(struct publish *publish, const char *dir)
{
    *publish = (struct publish){ .dir = -1 };
    return publish_dir_open(publish, dir);
}

/* ---- items --------------------------------------------------------------------------------------- */

struct publish_item *publish_item_find(const struct publish *publish, const char *app, const char *identifier)
{
    for (size_t i = 0; i < publish->n; i++)
        if (strcmp(publish->items[i].app, app) == 0 && strcmp(publish->items[i].identifier, identifier) == 0)
            return &publish->items[i];
    return NULL;
}

struct publish_item *publish_item_add(struct publish *publish, const char *app, const char *identifier)
{
    if (publish->n == publish->room) {
        size_t room = publish->room ? 2 * publish->room : 8;
        struct publish_item *items = realloc(publish->items, room * sizeof *items);
        if (!items) {
            publish_dir_fail(publish, "%s: no memory", publish->path);
            return NULL;
        }
        publish->items = items;
        publish->room = room;
    }
    struct publish_item *item = &publish->items[publish->n++];
    *item = (struct publish_item){ .expires_at = 0 };
    proto_set(item->app, sizeof item->app, app);
    proto_set(item->identifier, sizeof item->identifier, identifier);
    return item;
}

static void name_of(char out[static PUBLISH_FILE_SIZE], const char *identifier, const char *ending)
{
    char name[PUBLISH_NAME_SIZE];
    publish_name(name, identifier);
    snprintf(out, PUBLISH_FILE_SIZE, "%s%s", name, ending);
}

/* ---- both forms ---------------------------------------------------------------------------------- */

static bool write_text(int fd, const struct proto_credential *credential)
{
    char text[sizeof credential->usersig + 1];
    size_t len = credential->usersig_len;
    memcpy(text, credential->usersig, len);
    text[len++] = '\n';
    ssize_t written = write(fd, text, len);
    explicit_bzero(text, sizeof text);
    if (written >= 0 && (size_t)written != len)
        errno = ENOSPC;
    return written >= 0 && (size_t)written == len;
}

static bool set_text(struct publish *publish, int dir, const struct publish_item *item,
                     const struct proto_credential *credential)
{
    char name[PUBLISH_FILE_SIZE], fresh[PUBLISH_FILE_SIZE + 8];
    name_of(name, item->identifier, PUBLISH_TEXT);
    snprintf(fresh, sizeof fresh, ".%s" PUBLISH_NEW, name);
    unlinkat(dir, fresh, 0);
    int fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return publish_dir_fail(publish, "%s/%s/%s: cannot be made: %s", publish->path, item->app, fresh,
                                strerror(errno));
    bool done = fchown(fd, (uid_t)-1, item->group) == 0 ||
                publish_dir_fail_group(publish, item->app, name, item->group);
    if (done && (!write_text(fd, credential) || fchmod(fd, 0440) != 0 || fsync(fd) != 0 ||
                 renameat(dir, fresh, dir, name) != 0))
        done = publish_dir_fail(publish, "%s/%s/%s: cannot be written: %s", publish->path, item->app, name,
                                strerror(errno));
    close(fd);
    if (!done)
        unlinkat(dir, fresh, 0);
    return done;
}

/* Whoever has the page mapped, under its name or without one, reads REVOKED from now on. */
static void revoke_page(struct publish_item *item, int dir, const char *name, uint64_t now)
{
    struct pagefile other;
    bool known = dir < 0 || pagefile_is_at(&item->page, dir, name);
    if (item->page.map)
        pagefile_clear(&item->page, USERSIG_PAGE_REVOKED, now);
    pagefile_close(&item->page);
    if (!known && pagefile_reopen(&other, dir, name)) {
        pagefile_clear(&other, USERSIG_PAGE_REVOKED, now);
        pagefile_close(&other);
    }
}

/* The page that is there goes on, unless another group may read it from now on: a mapping cannot be taken back. */
static bool set_page(struct publish *publish, int dir, struct publish_item *item, uint32_t sdkappid,
                     const struct proto_credential *credential, uint64_t now)
{
    char name[PUBLISH_FILE_SIZE];
    name_of(name, item->identifier, PUBLISH_PAGE);
    if (!item->page.map && !pagefile_reopen(&item->page, dir, name))
        item->page.map = NULL;
    if (!pagefile_is_at(&item->page, dir, name) || item->page.group != item->group) {
        revoke_page(item, dir, name, now);
        if (!pagefile_make(&item->page, dir, name, item->group))
            return errno == EPERM ? publish_dir_fail_group(publish, item->app, name, item->group)
                                  : publish_dir_fail(publish, "%s/%s/%s: cannot be made: %s", publish->path,
                                                     item->app, name, strerror(errno));
    }
    pagefile_set(&item->page, sdkappid, item->identifier, credential, now);
    return true;
}

bool publish_set(struct publish *publish, const char *app, uint32_t sdkappid, const char *identifier,
                 gid_t group, const struct proto_credential *credential, uint64_t now)
{
    if (publish->dir < 0 || credential->usersig_len == 0 ||
        credential->usersig_len > sizeof credential->usersig)
        return publish_dir_fail(publish, "%s/%s/%s: nothing to publish", publish->path, app, identifier);
    if (now > credential->expires_at)
        return true;
    struct publish_item *item = publish_item_find(publish, app, identifier);
    if (item && item->group != group) { /* whatever fails below: the former group reads it no more */
        publish_withdraw(publish, app, identifier, now);
        item = NULL;
    }
    int dir = publish_dir_app(publish, app, PUBLISH_MAKE);
    if (dir < 0)
        return false;
    if (!item)
        item = publish_item_add(publish, app, identifier);
    bool done = item != NULL;
    if (item) {
        item->group = group;
        item->expires_at = credential->expires_at;
        done = publish_dir_share(publish, dir, app, group) && set_text(publish, dir, item, credential);
        done = set_page(publish, dir, item, sdkappid, credential, now) && done;
        item->whole = done;
    }
    close(dir);
    return done;
}

bool publish_is_whole(const struct publish *publish, const char *app, const char *identifier)
{
    const struct publish_item *item = publish_item_find(publish, app, identifier);
    return item && item->whole;
}

static bool remove_file(struct publish *publish, int dir, const char *app, const char *name)
{
    return unlinkat(dir, name, 0) == 0 || errno == ENOENT ||
           publish_dir_fail(publish, "%s/%s/%s: cannot be removed: %s; remove it", publish->path, app, name,
                            strerror(errno));
}

bool publish_withdraw(struct publish *publish, const char *app, const char *identifier, uint64_t now)
{
    struct publish_item none = { .expires_at = 0 }, *item = publish_item_find(publish, app, identifier);
    char text[PUBLISH_FILE_SIZE], page[PUBLISH_FILE_SIZE], name[PUBLISH_NAME_SIZE];
    if (publish->dir < 0)
        return true;
    name_of(text, identifier, PUBLISH_TEXT);
    name_of(page, identifier, PUBLISH_PAGE);
    publish_name(name, app);
    int dir = publish_dir_app(publish, app, PUBLISH_OPEN);
    bool done = dir >= 0 || errno == ENOENT;
    revoke_page(item ? item : &none, dir, page, now);
    if (dir >= 0) {
        done = remove_file(publish, dir, app, text);
        done = remove_file(publish, dir, app, page) && done;
        close(dir);
        unlinkat(publish->dir, name, AT_REMOVEDIR); /* when it was the last */
    }
    if (item)
        *item = publish->items[--publish->n];
    return done;
}

bool publish_drop_text(struct publish *publish, const char *app, const char *identifier)
{
    char text[PUBLISH_FILE_SIZE];
    name_of(text, identifier, PUBLISH_TEXT);
    int dir = publish_dir_app(publish, app, PUBLISH_OPEN);
    if (dir < 0)
        return errno == ENOENT;
    bool done = remove_file(publish, dir, app, text);
    close(dir);
    return done;
}

bool publish_prune(struct publish *publish, bool (*keep)(void *arg, const struct publish_left *left),
                   void *arg, uint64_t now)
{
    static const struct usersig_page_layout none;
    bool done = true;
    for (size_t i = publish->n;
         i-- > 0;) { /* from the end: what is removed has its place taken by the last */
        struct publish_item item = publish->items[i];
        struct usersig_page_layout content;
        if (!item.page.map || !pagefile_content(&item.page, &content))
            content = none;
        struct publish_left left = { item.app,   item.identifier,   content.key,       content.sdkappid,
                                     item.group, content.issued_at, content.expires_at };
        if (!keep(arg, &left))
            done = publish_withdraw(publish, item.app, item.identifier, now) && done;
        explicit_bzero(content.usersig, sizeof content.usersig);
    }
    return done;
}

size_t publish_heartbeat(struct publish *publish, uint64_t now)
{
    size_t expired = 0;
    for (size_t i = 0; i < publish->n; i++) {
        struct publish_item *item = &publish->items[i];
        char name[PUBLISH_FILE_SIZE];
        if (item->expires_at == 0 || now <= item->expires_at) {
            if (item->page.map)
                pagefile_beat(&item->page, now);
            continue;
        }
        item->expires_at = 0;
        expired++;
        if (item->page.map)
            pagefile_clear(&item->page, USERSIG_PAGE_EMPTY, now);
        name_of(name, item->identifier, PUBLISH_TEXT);
        int dir = publish_dir_app(publish, item->app, PUBLISH_OPEN);
        if (dir >= 0) {
            remove_file(publish, dir, item->app, name);
            close(dir);
        }
    }
    return expired;
}

bool publish_close(struct publish *publish, bool keep, uint64_t now)
{
    bool done = true;
    while (publish->n > 0) {
        struct publish_item item = publish->items[publish->n - 1];
        if (keep)
            pagefile_close(&publish->items[--publish->n].page);
        else
            done = publish_withdraw(publish, item.app, item.identifier, now) && done;
    }
    free(publish->items);
    publish->items = NULL;
    publish->room = 0;
    if (publish->dir >= 0)
        close(publish->dir);
    publish->dir = -1;
    return done;
}
