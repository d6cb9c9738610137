/* note.c: what the master did, told to the signer for the audit log. */
#include "note.h"

#include "chan.h"

#include <stddef.h>

static void put(char *field, size_t size, const char *text)
{
    for (size_t i = 0; text && text[i] && i < size - 1; i++)
        field[i] = (char)(text[i] >= 0x20 && text[i] <= 0x7E ? text[i] : '?');
}

bool note_send(struct chan *signer, uint32_t event, const struct note_what *what)
{
    struct proto_note note = { .number = what->number,
                               .event = event,
                               .failed = what->failed,
                               .uid = what->asked ? what->uid : UINT32_MAX,
                               .pid = what->asked ? what->pid : 0 };
    put(note.app, sizeof note.app, what->app);
    put(note.name, sizeof note.name, what->name);
    put(note.text, sizeof note.text, what->text);
    return chan_send(signer, PROTO_NOTE, &note, -1);
}
