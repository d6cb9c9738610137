/* published.c: what the tests of publication share. */
#include "published.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct publish published;
gid_t published_group, published_other_group;

void published_set_up(void)
{
    place_make();
    published_group = geteuid() == 0 ? PLACE_STRANGER : getegid();
    published_other_group = geteuid() == 0 ? PLACE_STRANGER + 1 : getegid();
    ck_assert_msg(publish_open(&published, place_within("pub")), "%s", published.why);
}

void published_tear_down(void)
{
    publish_close(&published, true, PUBLISHED_NOW);
    place_remove();
}

bool published_skip(const char *name)
{
    if (geteuid() == 0)
        return false;
    printf("skip: %s: needs root\n", name);
    return true;
}

struct proto_credential published_credential(const char *usersig)
{
    struct proto_credential credential = { .issued_at = PUBLISHED_NOW,
                                           .expires_at = PUBLISHED_NOW + 100,
                                           .renew_at = PUBLISHED_NOW + 66 };
    credential.usersig_len = (uint32_t)strlen(usersig);
    memcpy(credential.usersig, usersig, strlen(usersig));
    snprintf(credential.key, sizeof credential.key, "2026a");
    return credential;
}

bool published_set_for(gid_t of, const char *app, const char *identifier, const char *usersig)
{
    struct proto_credential credential = published_credential(usersig);
    return publish_set(&published, app, PUBLISHED_APP, identifier, of, &credential, PUBLISHED_NOW);
}

void published_set(const char *app, const char *identifier, const char *usersig)
{
    ck_assert_msg(published_set_for(published_group, app, identifier, usersig), "%s", published.why);
}

usersig_page *published_open(const char *path)
{
    usersig_page *page;
    int result = usersig_page_open(&page, path, 0);
    ck_assert_msg(result == USERSIG_OK, "%s: %s (%s)", path, usersig_error_name(result), strerror(errno));
    return page;
}

const char *published_read(const usersig_page *page)
{
    static struct usersig_page_value value;
    int result = usersig_page_read(page, PUBLISHED_NOW, &value);
    return result == USERSIG_OK ? value.usersig : usersig_error_name(result);
}

const char *published_at(const char *path)
{
    usersig_page *page = published_open(path);
    const char *text = published_read(page);
    usersig_page_close(page);
    return text;
}

void published_nothing_at(const char *path)
{
    ck_assert_msg(place_mode(path) == 0, "%s is still there", path);
}

void published_reopen(void)
{
    ck_assert_msg(publish_open(&published, place_within("pub")), "%s", published.why);
}

bool published_keep(void *arg, const struct publish_left *left)
{
    char name[SIGD_ADMIN_MAX + 3];
    struct published_keep *keep = arg;
    keep->asked++;
    ck_assert_uint_eq(left->sdkappid, PUBLISHED_APP);
    ck_assert_str_eq(left->key, "2026a");
    ck_assert_uint_eq(left->group, published_group);
    ck_assert_uint_eq(left->issued_at, PUBLISHED_NOW);
    ck_assert_uint_eq(left->expires_at, PUBLISHED_NOW + 100);
    ck_assert_str_eq(left->app, "chat");
    snprintf(name, sizeof name, ",%s,", left->identifier);
    return strstr(keep->identifiers, name) != NULL;
}

bool published_leftovers(const char *identifiers, unsigned asked)
{
    struct published_keep keep = { identifiers, 0 };
    bool done = publish_leftovers(&published, published_keep, &keep, PUBLISHED_NOW);
    ck_assert_uint_eq(keep.asked, asked);
    return done;
}
