/* fuzz_base64.c: in both alphabets: what decodes is what encode writes, what is written decodes, room to the byte. */
#include "fuzz.h"

#include "base64.h"

static void text(const struct base64_alphabet *alphabet, const uint8_t *data, size_t size)
{
    size_t len, again, room = BASE64_BYTES(size);
    char *in = fuzz_copy(data, size);
    uint8_t *out = fuzz_room(room);
    if (base64_decode(alphabet, out, room, &len, in, size)) {
        char *back = fuzz_room(size);
        uint8_t *exact = fuzz_room(len);
        FUZZ_MUST(len <= room && BASE64_LENGTH(len) == size);
        FUZZ_MUST(base64_encode(alphabet, back, out, len) == size && memcmp(back, in, size) == 0);
        FUZZ_MUST(base64_decode(alphabet, exact, len, &again, in, size) && again == len);
        FUZZ_MUST(memcmp(exact, out, len) == 0);
        FUZZ_MUST(len == 0 || !base64_decode(alphabet, exact, len - 1, &again, in, size));
        FUZZ_MUST(base64_decode(alphabet, in, size, &again, in, size) && again == len);
        FUZZ_MUST(memcmp(in, out, len) == 0);
        free(exact);
        free(back);
    }
    free(out);
    free(in);
}

static void bytes(const struct base64_alphabet *alphabet, const uint8_t *data, size_t size)
{
    size_t len = BASE64_LENGTH(size), again;
    char *out = fuzz_room(len);
    uint8_t *back = fuzz_room(size);
    FUZZ_MUST(base64_encode(alphabet, out, data, size) == len);
    FUZZ_MUST(base64_decode(alphabet, back, size, &again, out, len) && again == size);
    FUZZ_MUST(size == 0 || memcmp(back, data, size) == 0);
    free(back);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    text(&base64_standard, data, size);
    text(&base64_outer, data, size);
    bytes(&base64_standard, data, size);
    bytes(&base64_outer, data, size);
    return 0;
}
