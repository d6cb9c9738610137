/* pem.c: one elliptic-curve key out of PEM (RFC 7468).
 *
 * OpenSSL's own reader is not used: with 3.0 it leaves three copies of a private scalar behind in freed heap, and
 * scalars must not be anywhere but in guarded memory. What is left is white space and base64. */
#include "pem.h"

#include "base64.h"

#include <string.h>

struct cursor {
    const char *at, *end;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct cursor *in)
{
    while (in->at < in->end && is_space(*in->at))
        in->at++;
}

static bool take(struct cursor *in, const char *literal)
{
    size_t len = strlen(literal);
    if ((size_t)(in->end - in->at) < len || memcmp(in->at, literal, len) != 0)
        return false;
    in->at += len;
    return true;
}

/* "-----<word> <label>-----" */
static bool take_boundary(struct cursor *in, const char *word, const char *label)
{
    struct cursor from = *in;
    if (take(in, "-----") && take(in, word) && take(in, label) && take(in, "-----"))
        return true;
    *in = from;
    return false;
}

/* From behind the first boundary to behind the last: base64 in lines of any length. */
static bool read_body(struct pem *pem, struct cursor *in, const char *label)
{
    size_t n = 0;
    for (; in->at < in->end && *in->at != '-'; in->at++) {
        if (is_space(*in->at))
            continue;
        if (n == sizeof pem->base64)
            return false;
        pem->base64[n++] = *in->at;
    }
    return n > 0 && take_boundary(in, "END ", label) &&
           base64_decode(&base64_standard, pem->der, sizeof pem->der, &pem->der_len, pem->base64, n);
}

bool pem_read(struct pem *pem, const char *text, size_t len)
{
    static const char *const labels[] = {
        [PEM_SEC1] = "EC PRIVATE KEY",
        [PEM_PKCS8] = "PRIVATE KEY",
        [PEM_PUBLIC] = "PUBLIC KEY",
    };
    static const char parameters[] = "EC PARAMETERS";
    struct cursor in = { text, text + len };
    size_t form = 0;

    skip_space(&in);
    if (take_boundary(&in, "BEGIN ", parameters) && !read_body(pem, &in, parameters))
        return false;
    skip_space(&in);
    while (form < sizeof labels / sizeof labels[0] && !take_boundary(&in, "BEGIN ", labels[form]))
        form++;
    if (form == sizeof labels / sizeof labels[0] || !read_body(pem, &in, labels[form]))
        return false;
    pem->form = (enum pem_form)form;
    skip_space(&in);
    return in.at == in.end;
}
