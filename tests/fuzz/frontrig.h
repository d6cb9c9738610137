/* frontrig.h: a whole front in this process, but for its loop: its clients, the signer and the master are played here.
 *
 * Two apps, chat and video, the first with two administrators; what the callers may do is one table for a run. The fake
 * signer holds the front to what it may ask, and at the end the clients hold it to what it may answer. */
#ifndef FRONTRIG_H
#define FRONTRIG_H

#include "conn.h"
#include "fuzz.h"
#include "packets.h"

#define FRONTRIG_CLIENTS 3
#define FRONTRIG_APPS 2
#define FRONTRIG_ADMINS 2       /* an app */
#define FRONTRIG_OUT (1u << 20) /* bytes that a client takes in one run */
#define FRONTRIG_HANDLES 256
#define FRONTRIG_QUESTIONS 512

struct frontrig_question {
    uint16_t op;
    uint32_t id;
    uint16_t len; /* of a SIGN's identifier */
};

/* What the signer was asked in one run. */
struct frontrig_counts {
    unsigned signs, userbufs, verifies; /* userbufs: of the signs */
    uint64_t lifetime;                  /* of the last sign, as the next two */
    size_t identifier_len;
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
};

struct frontrig {
    struct front front;
    struct board_master board; /* the master's, with the epoch */
    uint32_t generation;       /* of the model that the signer uses */
    struct proto_grant grants[SIGD_APPS_MAX];
    bool lies;  /* the signer and the master say anything: only what must hold all the same is looked at */
    bool cut;   /* answers may end anywhere: something was withdrawn, or time is up */
    bool ended; /* the front has left its loop */
    struct {
        int fd; /* -1: none */
        bool reads;
    } clients[FRONTRIG_CLIENTS];
    bool open[FRONTRIG_HANDLES];
    struct frontrig_counts counts;
    size_t n_questions;
    struct frontrig_question questions[FRONTRIG_QUESTIONS];
    struct chan_packet packet;
};

extern struct frontrig frontrig;

/* A front that has been told a model. may: of each app, four bits each. */
void frontrig_begin(uint8_t may);

/* Everything goes; what the clients got is judged. */
void frontrig_end(void);

void frontrig_connect(size_t client);
void frontrig_send(size_t client, const void *bytes, size_t len);
void frontrig_shut(size_t client); /* it sends no more */
void frontrig_read_all(void);      /* all clients read what they are sent */

/* Turns of the loop until nothing is left to do. seconds: pass first. */
void frontrig_turn(unsigned seconds);

/* The master tells: a model of that generation (and counts on), a credential, that what it told counts. */
void frontrig_model(uint32_t generation, bool withdraw);
void frontrig_current(bool withdraw);

/* One right frame from the master or the signer. */
void frontrig_tell(uint16_t op, const void *body);
void frontrig_answer(uint16_t op, const void *body);

/* The signer takes what it was asked: into frontrig.questions. */
void frontrig_signer_take(void);
/* It answers all that it was asked, and what it is asked then. status: of the answers (enum proto_status). */
void frontrig_signer_answer(uint32_t status);

/* Takes what a client was sent (false: nothing); looks at all of it at the end. */
bool frontrig_answers_read(size_t client);
void frontrig_answers_check(size_t client);
/* The status of the last answer that was looked at, 0: none; its body, until there is more to read. */
int frontrig_answers_last(const char **body, size_t *len);

/* Between these jansson has its memory here, for who looks at an answer; all of it is given back at the end. (From malloc,
 * which is slow here, it would be a third of a run. What the front reads is from there, for the sanitizer to see.) */
void frontrig_json_begin(void);
void frontrig_json_end(void);

/* What a credential of the rig reads. */
void frontrig_secret(char out[static 32], size_t app, size_t admin, uint32_t kind);

#endif
