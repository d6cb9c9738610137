/* publish_name.c: names of apps and administrators as names of files. */
#include "publish.h"

#include <string.h>

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@#-"

static bool is_plain(unsigned char byte, bool first)
{
    return byte != '\0' && strchr(PLAIN, byte) && !(first && byte == '.');
}

void publish_name(char out[static PUBLISH_NAME_SIZE], const char *name)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = 0;
    for (size_t i = 0; name[i] != '\0' && n + 3 < PUBLISH_NAME_SIZE; i++) {
        unsigned char byte = (unsigned char)name[i];
        if (is_plain(byte, i == 0)) {
            out[n++] = (char)byte;
        } else {
            out[n++] = '%';
            out[n++] = digits[byte >> 4];
            out[n++] = digits[byte & 15];
        }
    }
    out[n] = '\0';
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool publish_name_read(char out[static SIGD_ADMIN_MAX + 1], const char *encoded, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)encoded[i];
        bool plain = is_plain(byte, i == 0);
        if (!plain) {
            int high = byte == '%' && len - i > 2 ? digit_of(encoded[i + 1]) : -1;
            int low = high >= 0 ? digit_of(encoded[i + 2]) : -1;
            if (low < 0)
                return false;
            byte = (unsigned char)(high * 16 + low);
            if (byte == '\0' || is_plain(byte, i == 0))
                return false; /* another spelling of a name that is written plainly */
            i += 2;
        }
        if (n == SIGD_ADMIN_MAX)
            return false;
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    return n > 0;
}
