/* served.c: who has got which administrator's credential. */
#include "served.h"

#include <stdlib.h>

bool served_issued(struct served *served, uint32_t app, uint32_t admin, uint32_t kind, uint64_t issued_at)
{
    struct served_credential **ages = &served->ages[app][admin][kind];
    if (!*ages)
        *ages = calloc(SERVED_AGES, sizeof **ages);
    if (!*ages)
        return false;
    if ((*ages)[0].issued_at == issued_at)
        return true; /* twice in one second: as good as one */
    for (size_t i = SERVED_AGES - 1; i > 0; i--)
        (*ages)[i] = (*ages)[i - 1];
    (*ages)[0] = (struct served_credential){ .issued_at = issued_at };
    return true;
}

bool served_note(struct served *served, const struct proto_served *what, uid_t uid, bool *first)
{
    struct served_credential *ages = served->ages[what->app][what->admin][what->kind];
    *first = false;
    bool newer = true; /* than all that was issued */
    if (!ages || !what->issued_at)
        return false;
    for (size_t i = 0; i < SERVED_AGES; i++) {
        struct served_credential *c = &ages[i];
        if (c->issued_at >= what->issued_at)
            newer = false;
        if (c->issued_at != what->issued_at)
            continue;
        for (size_t u = 0; u < c->n_uids; u++)
            if (c->uids[u] == uid)
                return true;
        *first = true;
        if (c->n_uids < SERVED_UIDS)
            c->uids[c->n_uids++] = uid;
        return true;
    }
    return !newer; /* older than what is remembered: a front that was held up */
}

void served_move(struct served *from, size_t app, size_t admin, struct served *to, size_t to_app,
                 size_t to_admin)
{
    for (size_t kind = 0; kind < PROTO_KINDS; kind++) {
        free(to->ages[to_app][to_admin][kind]);
        to->ages[to_app][to_admin][kind] = from->ages[app][admin][kind];
        from->ages[app][admin][kind] = NULL;
    }
}

void served_clear(struct served *served)
{
    for (size_t a = 0; a < SIGD_APPS_MAX; a++)
        for (size_t i = 0; i < SIGD_ADMINS_MAX; i++)
            for (size_t k = 0; k < PROTO_KINDS; k++)
                if (served->ages[a][i][k]) /* of thousands a few are there */
                    free(served->ages[a][i][k]);
    *served = (struct served){ 0 };
}
