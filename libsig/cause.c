/* cause.c: names and advice of enum usersig_cause. */
#include "usersig_diagnose.h"

/* clang-format off */
static const struct {
    uint32_t cause;
    const char *name, *advice;
} causes[] = {
    { USERSIG_CAUSE_NONE, "NONE", "nothing is wrong" },
    { USERSIG_CAUSE_UNKNOWN, "UNKNOWN",
      "it is damaged, or no usersig: take it again from its maker, byte by byte as it was made" },
    { USERSIG_CAUSE_EMPTY, "EMPTY", "no usersig was given: look at where it is taken from" },
    { USERSIG_CAUSE_TOO_LONG, "TOO_LONG", "it is longer than any usersig: look at what else was copied with it" },
    { USERSIG_CAUSE_CUT, "CUT",
      "its end is missing: look for a buffer, column or log field that is too short, and copy it whole" },
    { USERSIG_CAUSE_PADDING, "PADDING", "keep the _ at its end: they are its padding" },
    { USERSIG_CAUSE_PERCENT, "PERCENT", "percent-decode it once, as a query's value, before it is used" },
    { USERSIG_CAUSE_PERCENT_TWICE, "PERCENT_TWICE",
      "it was percent-encoded more than once: its own alphabet needs no encoding in a query" },
    { USERSIG_CAUSE_WHITE_SPACE, "WHITE_SPACE", "remove white space, line ends and quotes from it" },
    { USERSIG_CAUSE_BASE64, "BASE64", "its maker must write * for +, - for / and _ for =" },
    { USERSIG_CAUSE_BASE64URL, "BASE64URL",
      "its maker must not use base64url: write * for +, - for / and _ for =, with padding" },
    { USERSIG_CAUSE_RAW_DEFLATE, "RAW_DEFLATE", "its maker must compress with the zlib wrapper, not raw deflate" },
    { USERSIG_CAUSE_GZIP, "GZIP", "its maker must compress to zlib, not gzip" },
    { USERSIG_CAUSE_PLAIN_JSON, "PLAIN_JSON",
      "it is uncompressed, as very old makers wrote it: sign anew with a present one" },
    { USERSIG_CAUSE_TEXT_TIME, "TEXT_TIME",
      "its time is a date text, as very old makers wrote it: sign anew with a present one" },
    { USERSIG_CAUSE_CONTROL, "CONTROL",
      "its identifier holds a control character: treat it as forged, and have its maker refuse such identifiers" },
    { USERSIG_CAUSE_NO_KEY, "NO_KEY", "give the app's key" },
    { USERSIG_CAUSE_V1_TICKET, "V1_TICKET",
      "it was made with a key pair (version 1), the key is a console key text (version 2): sign anew with that" },
    { USERSIG_CAUSE_V2_TICKET, "V2_TICKET",
      "it was made with a console key text (version 2), the key is of a pair (version 1): give the app's key text" },
    { USERSIG_CAUSE_HEX_KEY, "HEX_KEY",
      "one side hex-decoded the key: both must use the console's text of 64 characters as it stands" },
    { USERSIG_CAUSE_KEY_NEWLINE, "KEY_NEWLINE",
      "one side has a line end at the end of the key: remove the last newline after reading the file" },
    { USERSIG_CAUSE_KEY_SPACE, "KEY_SPACE",
      "one side has spaces, quotes or a byte order mark around the key: use its characters alone" },
    { USERSIG_CAUSE_KEY_CASE, "KEY_CASE", "one side changed the key's letters between upper and lower case: keep them" },
    { USERSIG_CAUSE_PEM_AS_KEY, "PEM_AS_KEY",
      "its key was the text of a PEM: with a public one anybody can do that; sign with the console's key text" },
    { USERSIG_CAUSE_OTHER_KEY, "OTHER_KEY",
      "it was made with another key: another app's, an old or a demo key; compare with the console, sign anew" },
    { USERSIG_CAUSE_OTHER_SDKAPPID, "OTHER_SDKAPPID", "use it with the app that it names, or sign one for this app" },
    { USERSIG_CAUSE_OTHER_IDENTIFIER, "OTHER_IDENTIFIER",
      "send it with the identifier that it names, or sign one for this identifier" },
    { USERSIG_CAUSE_PRIVATE_MAP_KEY, "PRIVATE_MAP_KEY",
      "it is a PrivateMapKey (it has a userbuf), which goes beside a usersig and never in its place" },
    { USERSIG_CAUSE_NO_USERBUF, "NO_USERBUF", "it is a plain usersig where a PrivateMapKey for a room belongs" },
    { USERSIG_CAUSE_OTHER_USERBUF, "OTHER_USERBUF", "it is for another room or other rights: make one for these" },
    { USERSIG_CAUSE_ISSUED_MILLISECONDS, "ISSUED_MILLISECONDS", "its maker gave the time of issue in milliseconds: use seconds" },
    { USERSIG_CAUSE_LIFETIME_ZERO, "LIFETIME_ZERO", "its lifetime is 0, so that it expires as it is made: give seconds" },
    { USERSIG_CAUSE_LIFETIME_ABSOLUTE, "LIFETIME_ABSOLUTE",
      "its lifetime is a point in time, so that it is valid for decades: give the seconds from its issue" },
    { USERSIG_CAUSE_LIFETIME_MILLISECONDS, "LIFETIME_MILLISECONDS",
      "its lifetime looks like milliseconds and is read as seconds: it is valid a thousand times too long" },
    { USERSIG_CAUSE_ISSUED_FUTURE, "ISSUED_FUTURE",
      "it was issued in the future: the clock of its maker is ahead or this one is late; set both by NTP" },
    { USERSIG_CAUSE_EXPIRED, "EXPIRED", "sign a new one, and the next time well before the old one ends" },
};
/* clang-format on */

static size_t row_of(uint32_t cause)
{
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (causes[i].cause == cause)
            return i;
    return SIZE_MAX;
}

const char *usersig_cause_name(uint32_t cause)
{
    size_t row = row_of(cause);
    return row == SIZE_MAX ? "UNKNOWN_CAUSE" : causes[row].name;
}

const char *usersig_cause_advice(uint32_t cause)
{
    size_t row = row_of(cause);
    return row == SIZE_MAX ? "unknown cause number" : causes[row].advice;
}
