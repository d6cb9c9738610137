/* turns.c: who is next where many wait. */
#include "turns.h"

static void line_begins(struct turns *turns, struct turns_line *line)
{
    struct turns_line *next = turns->next;
    if (!next) {
        turns->next = line->next = line->previous = line;
        return;
    }
    line->next = next;
    line->previous = next->previous;
    line->previous->next = line;
    next->previous = line;
}

static void line_ends(struct turns *turns, struct turns_line *line)
{
    line->next->previous = line->previous;
    line->previous->next = line->next;
    if (turns->next == line)
        turns->next = line->next == line ? NULL : line->next;
    line->next = line->previous = NULL;
}

void turns_add(struct turns *turns, struct turns_line *line, struct turns_item *item)
{
    if (!line->first)
        line_begins(turns, line);
    *item = (struct turns_item){ .previous = line->last, .line = line };
    if (line->last)
        line->last->next = item;
    else
        line->first = item;
    line->last = item;
}

void turns_leave(struct turns *turns, struct turns_item *item)
{
    struct turns_line *line = item->line;
    if (!line)
        return;
    if (item->previous)
        item->previous->next = item->next;
    else
        line->first = item->next;
    if (item->next)
        item->next->previous = item->previous;
    else
        line->last = item->previous;
    *item = (struct turns_item){ 0 };
    if (!line->first)
        line_ends(turns, line);
}

struct turns_item *turns_take(struct turns *turns)
{
    struct turns_line *line = turns->next;
    if (!line)
        return NULL;
    struct turns_item *item = line->first;
    turns->next = line->next;
    turns_leave(turns, item);
    return item;
}
