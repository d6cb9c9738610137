/* problem.c: the errors of the HTTP interface. */
#include "problem.h"

/* Exit statuses as in sysexits.h; 6 to 9 are libsig's. */
static const struct problem_row rows[PROBLEM_LAST] = {
    [PROBLEM_BAD_REQUEST] = { 400, 64, "bad_request", "Bad request" },
    [PROBLEM_FORBIDDEN] = { 403, 77, "forbidden", "Not allowed by sigd.conf" },
    [PROBLEM_RESERVED] = { 403, 77, "reserved", "Reserved identifier" },
    [PROBLEM_NOT_ALLOWED] = { 403, 77, "identifier_not_allowed", "Identifier not allowed by sigd.conf" },
    [PROBLEM_OVER_CAP] = { 403, 77, "over_cap", "Lifetime over the cap" },
    [PROBLEM_OVER_RIGHTS] = { 403, 77, "over_rights", "Rights over the mask" },
    [PROBLEM_NO_USERBUF] = { 403, 77, "userbuf_not_allowed", "Userbuf not allowed by sigd.conf" },
    [PROBLEM_PROXIED] = { 403, 77, "proxied", "Not a local backend" },
    [PROBLEM_NOT_FOUND] = { 404, 64, "not_found", "No such route" },
    [PROBLEM_UNKNOWN_APP] = { 404, 68, "unknown_app", "Unknown app" },
    [PROBLEM_METHOD] = { 405, 64, "method_not_allowed", "Method not allowed" },
    [PROBLEM_TIMEOUT] = { 408, 75, "timeout", "Too slow" },
    [PROBLEM_LENGTH] = { 411, 64, "length_required", "Content-Length required" },
    [PROBLEM_TOO_LARGE] = { 413, 64, "too_large", "Body too large" },
    [PROBLEM_MEDIA_TYPE] = { 415, 64, "unsupported_media_type", "Body is not application/json" },
    [PROBLEM_EXPECTATION] = { 417, 64, "expectation_failed", "Unknown expectation" },
    [PROBLEM_MISDIRECTED] = { 421, 64, "misdirected", "Not the host of this socket" },
    [PROBLEM_IDENTIFIER] = { 422, 6, "err_identifier", "Identifier cannot be signed" },
    [PROBLEM_LIFETIME] = { 422, 7, "err_lifetime", "Lifetime out of range" },
    [PROBLEM_USERBUF] = { 422, 8, "err_userbuf", "Room or userbuf cannot be signed" },
    [PROBLEM_REQUEST] = { 422, 9, "err_request", "Service or command invalid" },
    [PROBLEM_FIELD] = { 422, 64, "invalid_field", "Invalid field" },
    [PROBLEM_RATE] = { 429, 75, "rate_limited", "Too many requests" },
    [PROBLEM_HEADER_SIZE] = { 431, 64, "header_too_large", "Header too large" },
    [PROBLEM_UNAVAILABLE] = { 503, 75, "unavailable", "Not available now" },
    [PROBLEM_CLOCK_SUSPECT] = { 503, 75, "clock_suspect", "The clock is not believed" },
    [PROBLEM_NOT_READY] = { 503, 75, "not_ready", "Not ready" },
    [PROBLEM_FROZEN] = { 503, 75, "frozen", "Frozen by the operator" },
    [PROBLEM_VERSION] = { 505, 64, "http_version", "HTTP version not supported" },
};

const struct problem_row *problem_row(enum problem problem)
{
    return &rows[problem];
}
