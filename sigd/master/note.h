/* note.h: what the master did, told to the signer for the audit log. */
#ifndef SIGD_NOTE_H
#define SIGD_NOTE_H

#include <stdbool.h>
#include <stdint.h>

struct chan;

/* What the event is about, as enum proto_note_event in proto.h says; NULL and 0: not told. */
struct note_what {
    const char *app, *name, *text; /* cut to their fields; what is not printable ASCII becomes '?' */
    int64_t number;
    bool failed;
    bool asked; /* over the control socket, by these */
    uint32_t uid, pid;
};

/* Queues the note. false: no memory. */
bool note_send(struct chan *signer, uint32_t event, const struct note_what *what);

#endif
