/* error.c: names, sentences and REST codes of enum usersig_error. */
#include "usersig.h"

static const struct {
    int error, rest_code;
    const char *name, *text;
} errors[] = {
    { USERSIG_OK, 0, "OK", "valid" },
    { USERSIG_ERR_ARGUMENT, 0, "ERR_ARGUMENT", "a forbidden NULL, a missing expectation or an unknown flag" },
    { USERSIG_ERR_MEMORY, 0, "ERR_MEMORY", "no memory" },
    { USERSIG_ERR_SPACE, 0, "ERR_SPACE", "the output buffer is too small" },
    { USERSIG_ERR_CRYPTO, 0, "ERR_CRYPTO", "the crypto library failed" },
    { USERSIG_ERR_KEY, 0, "ERR_KEY",
      "the key is empty, too long, unreadable, or public where a private one is needed" },
    { USERSIG_ERR_IDENTIFIER, 0, "ERR_IDENTIFIER",
      "the identifier must be 1 to 32 printable ASCII characters without a space at either end" },
    { USERSIG_ERR_LIFETIME, 0, "ERR_LIFETIME", "the lifetime must be 1 second to 50 years" },
    { USERSIG_ERR_USERBUF, 0, "ERR_USERBUF", "the userbuf is too long or not a room" },
    { USERSIG_ERR_REQUEST, 60002, "ERR_REQUEST", "a part of the request URL is empty or not of its form" },
    { USERSIG_ERR_FILE, 0, "ERR_FILE", "the page cannot be opened, or is not to be trusted" },
    { USERSIG_MALFORMED, 70003, "MALFORMED", "the usersig cannot be read: cut, damaged or not canonical" },
    { USERSIG_WRONG_KEY_TYPE, 70009, "WRONG_KEY_TYPE", "no key of the usersig's version is at hand" },
    { USERSIG_WRONG_KEY, 70009, "WRONG_KEY", "the usersig was not made with this key" },
    { USERSIG_WRONG_SDKAPPID, 70014, "WRONG_SDKAPPID", "the usersig was made for another sdkappid" },
    { USERSIG_WRONG_IDENTIFIER, 70013, "WRONG_IDENTIFIER", "the usersig was made for another identifier" },
    { USERSIG_WRONG_USERBUF, 70003, "WRONG_USERBUF", "the usersig carries another userbuf than expected" },
    { USERSIG_EXPIRED, 70001, "EXPIRED", "the usersig is past its lifetime" },
    { USERSIG_NOT_YET_VALID, 0, "NOT_YET_VALID", "the usersig is issued in the future" },
    { USERSIG_REVOKED, 0, "REVOKED", "the usersig is withdrawn" },
    { USERSIG_UNAVAILABLE, 0, "UNAVAILABLE", "no usersig is published at the moment" },
};

static size_t row_of(int error)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].error == error)
            return i;
    return SIZE_MAX;
}

const char *usersig_error_name(int error)
{
    size_t row = row_of(error);
    return row == SIZE_MAX ? "UNKNOWN" : errors[row].name;
}

const char *usersig_error_text(int error)
{
    size_t row = row_of(error);
    return row == SIZE_MAX ? "unknown error number" : errors[row].text;
}

int usersig_error_rest_code(int error)
{
    size_t row = row_of(error);
    return row == SIZE_MAX ? 0 : errors[row].rest_code;
}

const char *usersig_stage_text(uint32_t stage)
{
    switch (stage) {
    case USERSIG_STAGE_NONE: return "nothing was refused";
    case USERSIG_STAGE_LENGTH: return "it is empty or too long";
    case USERSIG_STAGE_BASE64:
        return "its base64 (A-Za-z0-9*-, padded with _) is damaged, cut or not canonical";
    case USERSIG_STAGE_INFLATE: return "it does not hold exactly one whole zlib stream of at most 8 KiB";
    case USERSIG_STAGE_JSON: return "it does not hold exactly one flat JSON object with unique names";
    case USERSIG_STAGE_VERSION: return "its version is not one that this library reads";
    case USERSIG_STAGE_FIELD: return "a field is missing, of the wrong type or out of range";
    case USERSIG_STAGE_IDENTIFIER: return "its identifier is empty, too long or holds a control character";
    case USERSIG_STAGE_USERBUF: return "its userbuf is empty, too long or not canonical base64";
    case USERSIG_STAGE_PROOF: return "its proof is not of the form that its version has";
    default: return "unknown stage";
    }
}
