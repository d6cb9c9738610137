/* proto.h: the frames between master, signer and front.
 *
 * A frame is a header and a body of a fixed size that its op fixes. Several frames travel in one packet of a
 * channel (chan.h). Both ends are built from one tree and started together from descriptors opened
 * at start, so bodies are plain structs: no padding (checked below), strings NUL-terminated, numbers in host order.
 * What a receiver may rely on is only what proto_*_ok or the op's handler has checked. */
#ifndef SIGD_PROTO_H
#define SIGD_PROTO_H

#include "sizes.h"
#include "usersig.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTO_NUMBER 1

struct proto_header {
    uint16_t proto; /* PROTO_NUMBER */
    uint16_t op;
    uint16_t len; /* of the body */
    uint16_t fds; /* 0 or 1: a descriptor comes with it */
};

enum proto_op {
    /* master -> signer: the whole policy and the keys, in this order; then their use */
    PROTO_LOAD_BEGIN = 1,
    PROTO_LOAD_SOCKET,
    PROTO_LOAD_APP, /* what follows up to the next APP belongs to it */
    PROTO_LOAD_KEY, /* with the key file's descriptor */
    PROTO_LOAD_ADMIN,
    PROTO_LOAD_RESERVED,
    PROTO_LOAD_RULE, /* what follows up to the next RULE belongs to it */
    PROTO_LOAD_RULE_ID,
    PROTO_LOAD_RULE_PATTERN,
    PROTO_LOAD_COMMIT,     /* after LOADED has said that it can: it counts from now on */
    PROTO_LOAD_MASTER_KEY, /* with the master key file's descriptor; after BEGIN, where keys are sealed */
    PROTO_AUDIT,           /* with the audit file's descriptor; again when another file is to be the log */
    PROTO_AUDIT_RESERVE,   /* with that of the file beside it, whose room is held back */
    PROTO_NOTE,            /* what the master did, for the audit log */
    PROTO_FRONT,           /* with the signer's end of a channel to a new front */
    PROTO_ISSUE,
    PROTO_CLOCK_ACCEPT, /* answered by CLOCK */
    PROTO_FREEZE,       /* to the fronts too */
    PROTO_HOLD,         /* answered by ISSUED, without a proof */
    PROTO_LOAD_END,     /* all of the model has been told: answered by LOADED */
    PROTO_LOAD_ABORT,   /* in the place of COMMIT, also before LOADED has come */
    /* signer -> master */
    PROTO_KEY_READ = 32, /* one for each LOAD_KEY */
    PROTO_LOADED,
    PROTO_ISSUED,
    PROTO_CLOCK, /* at each change, and first after the first COMMIT */
    /* front -> signer */
    PROTO_OPEN = 64, /* with the client's descriptor */
    PROTO_CLOSE,
    PROTO_SIGN,
    PROTO_SIGN_USERBUF,
    PROTO_VERIFY,
    PROTO_SERVED,
    PROTO_REFUSED,
    PROTO_SIGN_SHORT, /* a SIGN in less than a fourth of the room */
    /* signer -> front */
    PROTO_CALLER = 96,
    PROTO_SIGNED,
    PROTO_SIGNED_USERBUF,
    PROTO_VERDICT,
    /* master -> front: what MODEL_BEGIN to MODEL_COMMIT hold takes the place of what there was, at once */
    PROTO_MODEL_BEGIN = 128,
    PROTO_APP,
    PROTO_APP_ADMIN, /* of the APP before it */
    PROTO_LISTEN,    /* with a listening socket */
    PROTO_MODEL_COMMIT,
    PROTO_SIGNER,     /* with the front's end of its channel to the signer */
    PROTO_CREDENTIAL, /* of the model that is being told, or of the one that counts */
    PROTO_CURRENT,
    PROTO_HOSTED, /* with the file of an administrator's usersig that somebody else signed */
    PROTO_DRAIN,
    /* front -> master */
    PROTO_READY = 160,
    PROTO_HOSTED_READ,
    /* master -> signer, front */
    PROTO_BOARD = 192, /* with a board's descriptor (board.h); all of them before COMMIT and START */
    PROTO_LOG,         /* how and what is logged from now on */
    PROTO_PIPE, /* with an end of a pipe between signer and front; two of them follow FRONT and SIGNER */
};

/* Answers of the signer to a front. */
enum proto_status {
    PROTO_DONE = 0,
    PROTO_FORBIDDEN, /* the action, or an app that does not exist */
    PROTO_RESERVED,
    PROTO_NOT_ALLOWED, /* no identifier pattern matches */
    PROTO_OVER_CAP,
    PROTO_OVER_RIGHTS,
    PROTO_NO_USERBUF, /* bytes of the caller's own, where the app does not permit them */
    PROTO_RATE,
    PROTO_FIELD,         /* `error` says which */
    PROTO_NO_KEY,        /* no key of the app is in its window */
    PROTO_FROZEN,        /* nothing is signed for this app by an operator's word */
    PROTO_STALE,         /* asked of a model that another one has replaced: ask again when it is known */
    PROTO_CLOCK_SUSPECT, /* the clock is not believed */
    PROTO_UNAVAILABLE,   /* the audit log cannot be written, or the crypto library failed */
    PROTO_LEFT,          /* the caller had gone when its turn came */
    PROTO_STATUSES
};

/* What the signer thinks of the clock. Nothing is signed unless it is GOOD. */
enum proto_clock_verdict {
    PROTO_CLOCK_GOOD,
    PROTO_CLOCK_WAITING,      /* for something to discipline it, soon after the machine's start */
    PROTO_CLOCK_UNSYNCED,     /* the same, and sigd.conf says to refuse */
    PROTO_CLOCK_LEAPT,        /* forward */
    PROTO_CLOCK_BEFORE_BUILD, /* of sigd */
    PROTO_CLOCK_BEFORE_AUDIT, /* the last line of the audit log */
    PROTO_CLOCK_VERDICTS
};

enum proto_kind { PROTO_KIND_ADMIN, PROTO_KIND_URL, PROTO_KINDS }; /* what a credential of an admin is for */

struct proto_load_begin {
    uint32_t generation;
    uint32_t allow_swap;
    uint32_t front_uid; /* never a caller; UINT32_MAX where all run as one uid */
    uint32_t overflow_uid,
        overflow_gid;  /* what the kernel shows for ids that it cannot name: never match a rule */
    uint32_t ids_off;  /* 1: ids are shown otherwise than they are; rules with ids match nobody */
    uint32_t unsynced; /* what to do while nothing disciplines the clock: 0 wait, 1 refuse, 2 serve */
};
struct proto_load_socket {
    uint64_t apps; /* bit a: app a is served on it */
    char name[SIGD_NAME_MAX + 8];
    char path[SIGD_PATH_MAX + 5];
};
struct proto_load_app {
    uint64_t lifetime, max_lifetime;
    uint32_t sdkappid;
    char name[SIGD_NAME_MAX + 4];
    uint32_t raw_userbuf, reserved; /* raw_userbuf: callers may have bytes of their own signed */
};
struct proto_load_key {
    uint64_t not_before, not_after;
    uint32_t revoked;
    char name[SIGD_NAME_MAX + 4];
};
struct proto_load_admin {
    char identifier[SIGD_ADMIN_MAX + 4];
};
struct proto_load_reserved {
    char name[SIGD_PATTERN_MAX + 4];
};
struct proto_load_rule {
    uint64_t max_lifetime;
    uint32_t may, admins, sockets, rate, rights, reserved;
};
struct proto_load_rule_id {
    uint32_t id, is_group;
};
struct proto_load_rule_pattern {
    char pattern[SIGD_PATTERN_MAX + 4];
};
struct proto_load_end { /* COMMIT and ABORT too */
    uint32_t generation;
};
enum proto_sync { PROTO_SYNC_NONE, PROTO_SYNC_1S, PROTO_SYNC_BATCH, PROTO_SYNCS };
struct proto_audit {
    uint32_t sync; /* enum proto_sync */
};
enum proto_note_event {
    PROTO_NOTE_START,   /* number: generation */
    PROTO_NOTE_STOP,    /* */
    PROTO_NOTE_RELOAD,  /* number: generation; text: why it failed */
    PROTO_NOTE_REVOKED, /* app; name: key */
    PROTO_NOTE_FREEZE,  /* app, "": all; name: identifier, "": all */
    PROTO_NOTE_THAW,
    PROTO_NOTE_FLUSH,     /* app; name: administrator; number: when the new credential was issued */
    PROTO_NOTE_PUBLISHED, /* app; name: administrator; number: when the credential was issued */
    PROTO_NOTE_WITHDRAWN,
    PROTO_NOTES
};
struct proto_note {
    int64_t number;    /* 0: not told */
    uint32_t event;    /* enum proto_note_event */
    uint32_t failed;   /* 0: the verdict is ok */
    uint32_t uid, pid; /* who asked over the control socket; uid UINT32_MAX: nobody */
    char app[SIGD_NAME_MAX + 8];
    char name[SIGD_ADMIN_MAX + 8]; /* of what each event says; "": none */
    char text[64];                 /* "": none; all three: printable ASCII */
};
struct proto_front {
    uint32_t index;
};
enum { PROTO_PIPE_IN, PROTO_PIPE_OUT, PROTO_PIPE_WAYS }; /* as who receives it sees it */
struct proto_pipe {
    uint32_t front; /* whose */
    uint32_t way;
};
struct proto_clock {
    uint64_t since;              /* Unix second of the verdict */
    int64_t line;                /* Unix second of boot, by the clock as it was believed last */
    uint32_t verdict;            /* enum proto_clock_verdict */
    uint32_t synced;             /* 1: the kernel says that something disciplines it */
    uint32_t accepted, reserved; /* accepted 1: it answers CLOCK_ACCEPT */
};
struct proto_issue {
    uint64_t lifetime;
    uint32_t app, admin, kind, generation;
};
/* A hosted usersig is going to be served: the audit log tells it, and fronts may say that they hand it out. */
struct proto_hold {
    uint64_t issued_at, lifetime;
    uint32_t app, admin, kind, generation;
};
struct proto_freeze {
    uint32_t app, frozen;
};

struct proto_key_read {
    uint32_t app, key; /* places in the order of loading */
    uint32_t failed;   /* 0, or the sentence in why is the reason */
    uint32_t trimmed;  /* a newline at the end was left out */
    char why[128];
};
struct proto_loaded {
    uint32_t generation;
    uint32_t
        failed; /* 0: COMMIT makes it count. Else it is gone: a key failed, or the sentence in why tells */
    char why[256];
};
struct proto_issued {
    uint64_t issued_at, lifetime;
    uint32_t app, admin, kind, status; /* status: DONE, NO_KEY, FROZEN, CLOCK_SUSPECT or UNAVAILABLE */
    uint32_t generation, reserved;
    uint32_t version, proof_len; /* of the key that signed */
    uint8_t proof[USERSIG_PROOF_MAX];
    char key[SIGD_NAME_MAX + 8];
};

/* What speaks of apps by their places tells the generation of the model that it means. */
struct proto_open {
    uint32_t id;
};
struct proto_close {
    uint32_t handle;
};
struct proto_sign {
    uint64_t lifetime;
    uint32_t id, handle, app;
    uint32_t default_lifetime; /* 1: lifetime was not given */
    uint32_t identifier_len;
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    uint32_t generation;
};
/* The same for an identifier as short as Chat's own are. */
#define PROTO_SHORT_MAX 32 /* bytes */
struct proto_sign_short {
    uint64_t lifetime;
    uint32_t id, handle, app;
    uint32_t default_lifetime;
    uint32_t identifier_len;
    uint32_t generation;
    char identifier[PROTO_SHORT_MAX];
};
/* true: it is short, and filled in. */
bool proto_sign_shorten(struct proto_sign_short *brief, const struct proto_sign *sign);
/* And back, of a length that was checked; the rest of sign->identifier stays as it was. */
void proto_sign_lengthen(struct proto_sign *sign, const struct proto_sign_short *brief);
/* A usersig with a userbuf. Apart from PROTO_SIGN, so that the usual question stays small. */
enum proto_userbuf {
    PROTO_USERBUF_ROOM,       /* a PrivateMapKey for the room of this number, */
    PROTO_USERBUF_ROOM_NAMED, /* or of the name in bytes: the signer writes its userbuf */
    PROTO_USERBUF_RAW,        /* bytes as they are */
    PROTO_USERBUFS
};
struct proto_sign_userbuf {
    struct proto_sign sign;
    uint32_t kind, room, rights;
    uint32_t default_rights; /* 1: rights were not given */
    uint32_t len, reserved;
    uint8_t bytes[USERSIG_USERBUF_MAX];
};
struct proto_verify {
    uint64_t issued_at, lifetime;
    uint32_t id, handle, app;
    uint32_t any_identifier, any_userbuf; /* any_userbuf: the front compares it with what was asked */
    uint32_t version, sdkappid, flags, identifier_len, userbuf_len, proof_len, expected_len;
    uint32_t generation, reserved;
    char account_type[USERSIG_V1_FIELD_MAX + 4];
    char appid_at_3rd[USERSIG_V1_FIELD_MAX + 4];
    char expected[USERSIG_IDENTIFIER_MAX + 1];
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    uint8_t userbuf[USERSIG_USERBUF_MAX];
    uint8_t proof[USERSIG_PROOF_MAX];
};
struct proto_served {
    uint64_t issued_at;
    uint32_t handle, app, admin, kind, generation, reserved;
};

struct proto_refused {
    uint32_t handle, generation, app, may; /* app UINT32_MAX: none that the caller may know */
};

struct proto_grant {
    uint32_t may, admins;
};
struct proto_caller {
    uint32_t id, generation, handle, status; /* DONE; no handle: FORBIDDEN, UNAVAILABLE */
    struct proto_grant grants[SIGD_APPS_MAX];
};
struct proto_signed {
    uint64_t issued_at, lifetime, cap; /* cap: with OVER_CAP in seconds, with OVER_RIGHTS the rights */
    uint32_t id, status, error, generation;
    uint32_t version, proof_len; /* of the key that signed */
    uint8_t proof[USERSIG_PROOF_MAX];
    char key[SIGD_NAME_MAX + 8];
};
struct proto_signed_userbuf {
    struct proto_signed is;
    uint32_t len, reserved;
    uint8_t bytes[USERSIG_USERBUF_MAX];
};
struct proto_verdict {
    uint64_t now;
    uint32_t id, status, verdict, proven, generation, reserved;
    char key[SIGD_NAME_MAX + 8];
};

struct proto_model_begin {
    uint32_t generation;
};
/* epoch: what the master's board will say when this counts. withdraw: some credential that counted before does not any
 * more, so that no answer may hold it that has not gone yet. */
struct proto_model_commit {
    uint64_t epoch;
    uint32_t generation, withdraw;
};
struct proto_app {
    uint32_t sdkappid, frozen;
    char name[SIGD_NAME_MAX + 4];
    char host[64];
};
struct proto_app_admin {
    uint64_t lifetime, min_remaining;
    char identifier[SIGD_ADMIN_MAX + 8];
};
struct proto_credential {
    uint64_t issued_at, expires_at, renew_at;
    uint32_t app, admin, kind, usersig_len;
    char key[SIGD_NAME_MAX + 8];
    char usersig[512]; /* usersig_len 0: none counts any more */
};
/* The credentials that were told before this are all; epoch and withdraw as in MODEL_COMMIT. */
struct proto_current {
    uint64_t epoch;
    uint32_t withdraw, reserved;
};

struct proto_hosted {
    uint32_t app, admin, kind, generation;
};
/* What a hosted usersig says; nobody has checked its proof. */
struct proto_hosted_read {
    uint64_t issued_at, lifetime;
    uint32_t app, admin, kind, generation;
    uint32_t failed; /* 1: why is a sentence, all else is empty */
    uint32_t sdkappid, userbuf_len, usersig_len;
    char identifier[USERSIG_IDENTIFIER_MAX + 1]; /* with NUL bytes as \x01 */
    char why[128];
    char usersig[512];
};

struct proto_ready {
    uint64_t epoch; /* the last that it was told */
};

struct proto_board {
    uint32_t kind;     /* enum board_kind */
    uint32_t index;    /* of a front */
    uint32_t writable; /* 1: it is the receiver's own */
};

/* A verdict in a word, for logs and people. */
const char *proto_clock_name(uint32_t verdict);
struct proto_log {
    uint32_t format, level; /* enum log_format, log_level */
};

/* A status in the audit log and in metrics: "ok", "forbidden", ... */
const char *proto_status_name(uint32_t status);

/* The length of an op's body; -1: no such op. */
int proto_len(uint16_t op);

/* Does an op carry a descriptor? */
bool proto_has_fd(uint16_t op);

/* Copies text, which must fit, into a string field. */
void proto_set(char *field, size_t size, const char *text);

/* Is a string field terminated? */
bool proto_string_ok(const char *field, size_t size);

#endif
