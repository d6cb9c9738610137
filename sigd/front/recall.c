/* recall.c: heads that were read and answered. */
#include "recall.h"

#include <string.h>

bool recall_is(const struct recall_head *head, const char *bytes, size_t len)
{
    return head->len && len >= head->len && memcmp(bytes, head->bytes, head->len) == 0;
}

uint8_t recall_keep(struct recall *recall, const struct recall_head *head, const char *bytes, size_t len)
{
    uint8_t place = 0;
    if (len > RECALL_SIZE)
        return 0;
    while (place < RECALL_HEADS &&
           !(recall->heads[place].len == len && recall_is(&recall->heads[place], bytes, len)))
        place++;
    if (place == RECALL_HEADS) {
        place = recall->next;
        recall->next = (uint8_t)((place + 1) % RECALL_HEADS);
    }
    recall->heads[place] = *head;
    recall->heads[place].len = len;
    memcpy(recall->heads[place].bytes, bytes, len);
    return place;
}
