/* fuzz_sealed.c: a head that is read is written again the same; what opens is what was sealed. */
#include "fuzz.h"

#include "names.h"
#include "sealed.h"

/* of the corpus: the one content under the one master key, whose bytes are 1, 2, ... */
static const char sealed[] = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

static void write_again(const struct sealed_head *head, const uint8_t *lock, const char *text, size_t size)
{
    static char again[SEALED_FILE_MAX];
    size_t len;
    FUZZ_MUST(names_ok(head->app) && names_ok(head->key));
    FUZZ_MUST(sealed_make(head, lock, (const uint8_t *)sealed, sizeof sealed - 1, again, &len) == SEALED_OK);
    char *data = memmem(again, len, "\ndata ", 6);
    FUZZ_MUST(data != NULL);
    size_t head_len = (size_t)(data + 1 - again);
    FUZZ_MUST(head_len <= size && memcmp(again, text, head_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sealed_head head;
    uint8_t lock[SEALED_LOCK_SIZE], *content = fuzz_room(SEALED_CONTENT_MAX);
    char *text = fuzz_copy(data, size);
    size_t len;
    for (size_t i = 0; i < sizeof lock; i++)
        lock[i] = (uint8_t)(i + 1);
    enum sealed_result result = sealed_read_head(&head, text, size);
    FUZZ_MUST(result == SEALED_OK || result == SEALED_FORM || result == SEALED_VERSION);
    if (result == SEALED_OK) {
        FUZZ_MUST(sealed_is(text, size));
        write_again(&head, lock, text, size);
        result = sealed_open(&head, lock, text, size, content, &len);
        FUZZ_MUST(result == SEALED_OK || result == SEALED_FORM || result == SEALED_DAMAGED);
        if (result == SEALED_OK)
            FUZZ_MUST(len == sizeof sealed - 1 && memcmp(content, sealed, len) == 0);
        else
            FUZZ_MUST(len == 0);
    }
    free(text);
    free(content);
    return 0;
}
