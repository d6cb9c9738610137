/* fuzz_decode.c: decode, verify and diagnose over the same bytes. What decodes is encoded and decoded again; verify and
 * diagnose agree with decode; the template reads what the general way reads.
 *
 * Base64 and a check sum stop nearly all damage on its way to the JSON. So an input that begins with '{' is wrapped up
 * first, and one that begins with 'x', as streams do, gets its check sum and is written in base64; all others are a text
 * as they are. */
#include "fuzz.h"

#include "base64.h"
#include "inflate.h"
#include "template.h"
#include "usersig_diagnose.h"

#include <stdbool.h>
#include <zlib.h>

#define NOW 1795393480u /* when most of the corpus is valid */
#define OUT_MAX 8192
#define SECRET "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"

static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE4T9tTTjEnAwbUvi5JxxCy/CtfwavUdTe\n"
                          "HcfV27aaWIuzDL0SxRbjBcIPOmwHT4lZFui/vyunHmRT683AWoEe6w==\n"
                          "-----END PUBLIC KEY-----\n";
static const usersig_key *keys[2];
static z_stream blocks;

static void begin(void)
{
    usersig_key *hmac, *ec;
    FUZZ_MUST(usersig_key_hmac(&hmac, SECRET, strlen(SECRET)) == USERSIG_OK);
    FUZZ_MUST(usersig_key_pem(&ec, pem, strlen(pem)) == USERSIG_OK);
    keys[0] = hmac;
    keys[1] = ec;
    FUZZ_MUST(inflateInit2(&blocks, -15) == Z_OK);
}

/* ---- inputs -------------------------------------------------------------------------------------- */

static char *in_base64(const uint8_t *bytes, size_t size, size_t *len)
{
    char *text = fuzz_room(BASE64_LENGTH(size));
    *len = base64_encode(&base64_outer, text, bytes, size);
    return text;
}

static void put_sum(uint8_t *out, uLong sum)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(sum >> (24 - 8 * i));
}

/* In one stored block, which costs least. */
static char *wrapped(const uint8_t *json, size_t size, size_t *len)
{
    uint8_t *stream = fuzz_room(size + 11);
    const uint8_t head[7] = {
        0x78, 0x01, 1, (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)~size, (uint8_t)(~size >> 8)
    };
    memcpy(stream, head, sizeof head);
    memcpy(stream + sizeof head, json, size);
    put_sum(stream + sizeof head + size, adler32(adler32(0, NULL, 0), json, (uInt)size));
    char *text = in_base64(stream, size + 11, len);
    free(stream);
    return text;
}

static char *mended(const uint8_t *data, size_t size, size_t *len)
{
    static uint8_t out[OUT_MAX];
    size_t end = size;
    uint8_t *stream = fuzz_room(size + 4);
    memcpy(stream, data, size);
    FUZZ_MUST(inflateReset(&blocks) == Z_OK);
    blocks.next_in = stream + 2;
    blocks.avail_in = (uInt)(size - 2);
    blocks.next_out = out;
    blocks.avail_out = OUT_MAX;
    if (inflate(&blocks, Z_FINISH) == Z_STREAM_END) {
        end -= blocks.avail_in;
        put_sum(stream + end, adler32(adler32(0, NULL, 0), out, (uInt)(OUT_MAX - blocks.avail_out)));
        end += 4;
    }
    char *text = in_base64(stream, end, len);
    free(stream);
    return text;
}

static char *text_of(const uint8_t *data, size_t size, size_t *len)
{
    if (size > 0 && size <= UINT16_MAX && data[0] == '{')
        return wrapped(data, size, len);
    if (size > 2 && data[0] == 'x')
        return mended(data, size, len);
    *len = size;
    return fuzz_copy(data, size);
}

/* ---- what must hold ------------------------------------------------------------------------------ */

/* What the template reads is what base64 and inflate read. */
static void like_the_general_way(const char *text, size_t len)
{
    static char json[OUT_MAX];
    static uint8_t packed[BASE64_BYTES(USERSIG_TEXT_MAX)], general[OUT_MAX];
    size_t json_len, packed_len, general_len;
    if (len > USERSIG_TEXT_MAX || !template_decode(json, sizeof json, &json_len, text, len))
        return;
    FUZZ_MUST(base64_decode(&base64_outer, packed, sizeof packed, &packed_len, text, len));
    FUZZ_MUST(inflate_stream(general, sizeof general, &general_len, packed, packed_len));
    FUZZ_MUST(general_len == json_len && memcmp(general, json, json_len) == 0);
}

static void round_trip(const struct usersig_ticket *ticket)
{
    char out[USERSIG_ENCODED_MAX];
    struct usersig_ticket again;
    size_t len, needed;
    FUZZ_MUST(ticket->stage == USERSIG_STAGE_NONE);
    FUZZ_MUST(ticket->proof_len == (ticket->claims.version == 1 ? 64 : 32));
    int got = usersig_encode(&ticket->claims, ticket->proof, ticket->proof_len, out, sizeof out, &len);
    FUZZ_MUST(got == USERSIG_OK && strlen(out) == len);
    FUZZ_MUST(usersig_decode(&again, out, len) == USERSIG_OK && memcmp(&again, ticket, sizeof again) == 0);
    got = usersig_encode(&ticket->claims, ticket->proof, ticket->proof_len, out, len, &needed);
    FUZZ_MUST(got == USERSIG_ERR_SPACE && needed == len);
}

static void judge(const char *text, size_t len, const struct usersig_ticket *decoded, int decode)
{
    static const struct usersig_ticket zero;
    struct usersig_ticket ticket;
    struct usersig_diagnosis diagnosis;
    size_t which;
    int verdict = usersig_verify(keys, 2, text, len, NULL, NOW, &ticket, &which);
    if (decode == USERSIG_MALFORMED) {
        FUZZ_MUST(verdict == USERSIG_MALFORMED && memcmp(&ticket, decoded, sizeof ticket) == 0);
    } else if (verdict == USERSIG_WRONG_KEY) {
        FUZZ_MUST(which == SIZE_MAX && memcmp(&ticket, &zero, sizeof ticket) == 0);
    } else {
        FUZZ_MUST(verdict == USERSIG_OK || verdict == USERSIG_EXPIRED);
        FUZZ_MUST(which == (ticket.claims.version == 1) && memcmp(&ticket, decoded, sizeof ticket) == 0);
        FUZZ_MUST((verdict == USERSIG_EXPIRED) == (usersig_claims_expiry(&ticket.claims) < NOW));
    }
    FUZZ_MUST(usersig_diagnose(keys, 2, text, len, NULL, NOW, &diagnosis) == USERSIG_OK);
    FUZZ_MUST(diagnosis.verdict == verdict && diagnosis.stage == ticket.stage);
    FUZZ_MUST(strcmp(usersig_cause_name(diagnosis.cause), "UNKNOWN_CAUSE") != 0);
    FUZZ_MUST(verdict == USERSIG_OK || diagnosis.cause != USERSIG_CAUSE_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct usersig_ticket ticket;
    size_t len;
    if (!keys[0])
        begin();
    char *text = text_of(data, size, &len);
    int decode = usersig_decode(&ticket, text, len);
    FUZZ_MUST(decode == USERSIG_OK || decode == USERSIG_MALFORMED);
    FUZZ_MUST((decode == USERSIG_OK) == (ticket.stage == USERSIG_STAGE_NONE));
    like_the_general_way(text, len);
    if (decode == USERSIG_OK)
        round_trip(&ticket);
    judge(text, len, &ticket, decode);
    free(text);
    return 0;
}
