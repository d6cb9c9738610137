/* ctlframe.c: the frames between sigctl and sigd. */
#include "ctlframe.h"

#include "names.h"

#include <string.h>

struct header {
    uint16_t number, type;
    uint32_t len; /* of the body */
};
struct text {
    uint32_t stream, len;
    char bytes[CTLFRAME_TEXT_MAX];
};

_Static_assert(sizeof(struct header) + sizeof(struct text) <= CTLFRAME_MAX, "room for the longest");
_Static_assert(sizeof(struct header) + sizeof(struct ctlframe_reload) <= CTLFRAME_MAX,
               "room for the longest");
_Static_assert(sizeof(struct ctlframe_reload) == 8 + CTLFRAME_ACCEPT_MAX * CTLFRAME_NAME_SIZE, "no padding");
_Static_assert(sizeof(struct ctlframe_freeze) == 4 + CTLFRAME_NAME_SIZE, "no padding");

/* A request's body; -1: no such request. */
static int request_len(unsigned type)
{
    switch (type) {
    case CTLFRAME_STATUS: return 0;
    case CTLFRAME_RELOAD: return sizeof(struct ctlframe_reload);
    case CTLFRAME_FLUSH: return sizeof(struct ctlframe_flush);
    case CTLFRAME_FREEZE: return sizeof(struct ctlframe_freeze);
    case CTLFRAME_CLOCK: return sizeof(struct ctlframe_clock);
    case CTLFRAME_LOG_LEVEL: return sizeof(struct ctlframe_log_level);
    default: return -1;
    }
}

/* The header's type, and where the body is. NULL: framing is good. */
static const char *read_header(struct header *header, const void *packet, size_t len)
{
    if (len < sizeof *header)
        return "a frame that is too short";
    memcpy(header, packet, sizeof *header);
    if (header->number != CTLFRAME_NUMBER)
        return "another version of the protocol: sigctl and sigd come from different packages, or sigd was not "
               "restarted after an upgrade";
    if (header->len != len - sizeof *header)
        return "a frame whose length is not what its header says";
    return NULL;
}

static size_t write_frame(char *out, unsigned type, const void *body, size_t len)
{
    struct header header = { CTLFRAME_NUMBER, (uint16_t)type, (uint32_t)len };
    memcpy(out, &header, sizeof header);
    if (len != 0)
        memcpy(out + sizeof header, body, len);
    return sizeof header + len;
}

static bool terminated(const char *field, size_t size)
{
    return memchr(field, '\0', size) != NULL;
}

static bool app_ok(const char *field)
{
    return terminated(field, CTLFRAME_NAME_SIZE) && names_ok(field);
}

static bool admin_ok(const char *field)
{
    if (!terminated(field, CTLFRAME_ADMIN_SIZE) || *field == '\0' || strlen(field) > SIGD_ADMIN_MAX)
        return false;
    for (; *field != '\0'; field++)
        if (*field < 0x20 || *field >= 0x7f)
            return false;
    return true;
}

static bool level_ok(const char *field)
{
    return terminated(field, CTLFRAME_LEVEL_SIZE) && *field != '\0' &&
           field[strspn(field, "abcdefghijklmnopqrstuvwxyz")] == '\0';
}

static bool reload_ok(const struct ctlframe_reload *reload)
{
    if (reload->dry_run > 1 || reload->n_accept > CTLFRAME_ACCEPT_MAX)
        return false;
    for (uint32_t i = 0; i < reload->n_accept; i++)
        if (!app_ok(reload->accept[i]))
            return false;
    return true;
}

static bool request_ok(const struct ctlframe_request *request)
{
    switch (request->type) {
    case CTLFRAME_STATUS: return true;
    case CTLFRAME_RELOAD: return reload_ok(&request->reload);
    case CTLFRAME_FLUSH: return app_ok(request->flush.app) && admin_ok(request->flush.admin);
    case CTLFRAME_FREEZE:
        return request->freeze.off <= 1 && (request->freeze.app[0] == '\0' || app_ok(request->freeze.app));
    case CTLFRAME_CLOCK: return request->clock.accept <= 1;
    case CTLFRAME_LOG_LEVEL: return level_ok(request->log_level.level);
    default: return false;
    }
}

size_t ctlframe_write_request(char out[static CTLFRAME_MAX], const struct ctlframe_request *request)
{
    int len = request_len(request->type);
    if (len < 0 || !request_ok(request))
        return 0;
    return write_frame(out, request->type, &request->reload, (size_t)len);
}

size_t ctlframe_write_text(char out[static CTLFRAME_MAX], enum ctlframe_stream stream, const char *text,
                           size_t len)
{
    struct text body = { .stream = stream, .len = (uint32_t)len };
    if (len > CTLFRAME_TEXT_MAX)
        return 0;
    memcpy(body.bytes, text, len);
    return write_frame(out, CTLFRAME_TEXT, &body, sizeof body);
}

size_t ctlframe_write_end(char out[static CTLFRAME_MAX], uint32_t status)
{
    return write_frame(out, CTLFRAME_END, &status, sizeof status);
}

const char *ctlframe_read_request(struct ctlframe_request *request, const void *packet, size_t len)
{
    struct header header;
    const char *fault = read_header(&header, packet, len);
    if (fault != NULL)
        return fault;
    int wanted = request_len(header.type);
    if (wanted < 0)
        return "a request that this sigd does not know";
    if (header.len != (size_t)wanted)
        return "a request of a wrong length";
    memset(request, 0, sizeof *request);
    request->type = header.type;
    memcpy(&request->reload, (const char *)packet + sizeof header, header.len);
    return request_ok(request) ? NULL : "a request with a bad name or number";
}

const char *ctlframe_read_reply(struct ctlframe_reply *reply, const void *packet, size_t len)
{
    struct header header;
    struct text text;
    const char *body = (const char *)packet + sizeof header;
    const char *fault = read_header(&header, packet, len);
    if (fault != NULL)
        return fault;
    memset(reply, 0, sizeof *reply);
    if (header.type == CTLFRAME_END && header.len == sizeof reply->status) {
        memcpy(&reply->status, body, sizeof reply->status);
        reply->type = CTLFRAME_END;
        return reply->status <= 125 ? NULL : "an answer with a bad number";
    }
    if (header.type != CTLFRAME_TEXT || header.len != sizeof text)
        return "an answer of an unknown type or a wrong length";
    memcpy(&text, body, sizeof text);
    if (text.stream > CTLFRAME_ERR || text.len > CTLFRAME_TEXT_MAX ||
        memchr(text.bytes, '\0', text.len) != NULL)
        return "an answer with a bad number or text";
    reply->type = CTLFRAME_TEXT;
    reply->stream = text.stream;
    reply->len = text.len;
    memcpy(reply->text, text.bytes, text.len);
    return NULL;
}
