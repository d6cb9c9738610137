/* publish_leftovers.c: what an earlier sigd published and nobody is going to publish again. */
#include "publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct sweep {
    struct publish *publish;
    bool (*keep)(void *arg, const struct publish_left *left);
    void *arg;
    uint64_t now;
};

/* The length of the part before ending; 0: name does not end so. */
static size_t stem_of(const char *name, const char *ending)
{
    size_t len = strlen(name), tail = strlen(ending);
    return len > tail && strcmp(name + len - tail, ending) == 0 ? len - tail : 0;
}

/* Is it ".<name>.usersig.new" or ".<name>.page.new"? */
static bool is_unfinished(const char *name)
{
    char identifier[SIGD_ADMIN_MAX + 1];
    if (name[0] != '.')
        return false;
    size_t len = stem_of(name + 1, PUBLISH_TEXT PUBLISH_NEW);
    if (len == 0)
        len = stem_of(name + 1, PUBLISH_PAGE PUBLISH_NEW);
    return publish_name_read(identifier, name + 1, len);
}

/* Takes over the page of an administrator if it is kept. */
static bool is_kept(const struct sweep *sweep, int dir, const char *app, const char *identifier)
{
    char encoded[PUBLISH_NAME_SIZE], file[PUBLISH_FILE_SIZE];
    struct usersig_page_layout content;
    struct pagefile page;
    publish_name(encoded, identifier);
    snprintf(file, sizeof file, "%s" PUBLISH_PAGE, encoded);
    if (!pagefile_reopen(&page, dir, file))
        return false;
    bool whole = pagefile_content(&page, &content);
    explicit_bzero(content.usersig, sizeof content.usersig);
    struct publish_left left = { app,        identifier,        content.key,       content.sdkappid,
                                 page.group, content.issued_at, content.expires_at };
    struct publish_item *item = NULL;
    if (whole && strcmp(content.identifier, identifier) == 0 && sweep->keep(sweep->arg, &left))
        item = publish_item_add(sweep->publish, app, identifier);
    if (!item) {
        pagefile_close(&page);
        return false;
    }
    item->group = page.group;
    item->expires_at = content.expires_at;
    item->page = page;
    return true;
}

static bool sweep_entry(const struct sweep *sweep, int dir, const char *app, const char *name)
{
    char identifier[SIGD_ADMIN_MAX + 1];
    struct publish *publish = sweep->publish;
    if (is_unfinished(name))
        return unlinkat(dir, name, 0) == 0 || errno == ENOENT ||
               publish_dir_fail(publish, "%s/%s/%s: cannot be removed: %s", publish->path, app, name,
                                strerror(errno));
    size_t len = stem_of(name, PUBLISH_TEXT);
    if (len == 0)
        len = stem_of(name, PUBLISH_PAGE);
    if (!publish_name_read(identifier, name, len) || publish_item_find(publish, app, identifier) ||
        is_kept(sweep, dir, app, identifier))
        return true;
    return publish_withdraw(publish, app, identifier, sweep->now);
}

static bool sweep_app(const struct sweep *sweep, const char *app)
{
    bool done = true;
    int dir = publish_dir_app(sweep->publish, app, PUBLISH_OPEN);
    if (dir < 0)
        return errno == ENOENT;
    DIR *entries = fdopendir(dir);
    if (!entries) {
        close(dir);
        return publish_dir_fail(sweep->publish, "%s/%s: cannot be listed: %s", sweep->publish->path, app,
                                strerror(errno));
    }
    for (struct dirent *entry; (entry = readdir(entries));)
        done = sweep_entry(sweep, dirfd(entries), app, entry->d_name) && done;
    closedir(entries);
    return done;
}

bool publish_leftovers(struct publish *publish, bool (*keep)(void *arg, const struct publish_left *left),
                       void *arg, uint64_t now)
{
    const struct sweep sweep = { publish, keep, arg, now };
    bool done = true;
    if (publish->dir < 0)
        return true;
    int again = openat(publish->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    if (!entries) {
        int error = errno;
        if (again >= 0)
            close(again);
        return publish_dir_fail(publish, "%s: cannot be listed: %s", publish->path, strerror(error));
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        char app[SIGD_ADMIN_MAX + 1];
        bool directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
        if (directory && publish_name_read(app, entry->d_name, strlen(entry->d_name)))
            done = sweep_app(&sweep, app) && done;
    }
    closedir(entries);
    return done;
}
