/* fuzz_ctlframe.c: a packet of the admin socket: what is read would be written so again. */
#include "fuzz.h"

#include "ctlframe.h"

static void request(const char *packet, size_t size)
{
    struct ctlframe_request read;
    char again[CTLFRAME_MAX];
    if (ctlframe_read_request(&read, packet, size) == NULL)
        FUZZ_MUST(ctlframe_write_request(again, &read) == size && memcmp(again, packet, size) == 0);
}

/* What follows a text in its frame is not read, and not written again. */
static void reply(const char *packet, size_t size)
{
    struct ctlframe_reply read, twice;
    char again[CTLFRAME_MAX];
    if (ctlframe_read_reply(&read, packet, size) != NULL)
        return;
    FUZZ_MUST(read.type == CTLFRAME_TEXT || read.type == CTLFRAME_END);
    size_t len = read.type == CTLFRAME_END ? ctlframe_write_end(again, read.status)
                                           : ctlframe_write_text(again, read.stream, read.text, read.len);
    FUZZ_MUST(len == size && ctlframe_read_reply(&twice, again, len) == NULL);
    FUZZ_MUST(strlen(read.text) == read.len && memcmp(&read, &twice, sizeof read) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *packet = fuzz_copy(data, size);
    request(packet, size);
    reply(packet, size);
    free(packet);
    return 0;
}
