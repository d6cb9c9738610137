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

bool recall_is_post(const struct recall_post *post, const char *bytes, size_t len)
{
    return post->len && len >= post->len && memcmp(bytes, post->bytes, post->len) == 0;
}

uint8_t recall_keep_post(struct recall *recall, const struct recall_post *post, const char *bytes)
{
    const struct http_text none = { 0 };
    uint8_t place = 0;
    if (post->request.head_len > RECALL_SIZE)
        return 0;
    while (place < RECALL_HEADS && !(recall->posts[place].len == post->request.head_len &&
                                     recall_is_post(&recall->posts[place], bytes, post->request.head_len)))
        place++;
    if (place == RECALL_HEADS) {
        place = recall->next_post;
        recall->next_post = (uint8_t)((place + 1) % RECALL_HEADS);
    }
    struct recall_post *kept = &recall->posts[place];
    *kept = *post;
    kept->request.path = kept->request.query = none; /* they point into bytes that will be gone */
    kept->request.content_type = kept->request.accept = none;
    kept->len = post->request.head_len;
    memcpy(kept->bytes, bytes, kept->len);
    return place;
}
