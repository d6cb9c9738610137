/* turns.h: who is next where many wait. Who waits stands in a line, first come first served; the lines take turns, one of
 * each line a round. So it is nobody's loss how long another's line is. Lines and items are the callers' own. */
#ifndef SIGD_TURNS_H
#define SIGD_TURNS_H

#include <stdbool.h>
#include <stddef.h>

struct turns_line;

struct turns_item {
    struct turns_item *next, *previous;
    struct turns_line *line; /* NULL: waits nowhere */
};

/* All zero: nobody. Must stay where it is while somebody stands in it. */
struct turns_line {
    struct turns_item *first, *last;
    struct turns_line *next, *previous; /* those that somebody stands in, in a ring */
};

/* All zero: nobody. */
struct turns {
    struct turns_line *next; /* whose turn it is; NULL: nobody waits */
};

/* Puts an item that waits nowhere at the end of a line. A line that was empty comes after all others. */
void turns_add(struct turns *turns, struct turns_line *line, struct turns_item *item);

/* Takes the first item of the line whose turn it is, and that line goes behind the others. NULL: nobody waits. */
struct turns_item *turns_take(struct turns *turns);

/* It waits no longer; nothing happens where it does not. */
void turns_leave(struct turns *turns, struct turns_item *item);

#endif
