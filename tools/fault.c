#include "fault.h"
#include "exits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <usersig.h>

__attribute__((format(printf, 4, 0))) static bool fill(struct fault *fault, const char *name,
                                                       const char *title, const char *format,
                                                       va_list arguments)
{
    fault->code = EXITS_USAGE;
    fault->title = title;
    snprintf(fault->name, sizeof fault->name, "%s", name);
    vsnprintf(fault->detail, sizeof fault->detail, format, arguments);
    return false;
}

bool fault_json(struct fault *fault, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(fault, "bad_request", "the line is not a JSON object", format, arguments);
    va_end(arguments);
    return false;
}

bool fault_field(struct fault *fault, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(fault, "invalid_field", "a member is missing, unknown, of the wrong type or out of range", format,
         arguments);
    va_end(arguments);
    return false;
}

bool fault_claims(struct fault *fault, int error, const char *detail)
{
    const char *name = usersig_error_name(error);
    size_t i = 0;
    for (; i < sizeof fault->name - 1 && name[i] != '\0'; i++)
        fault->name[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
    fault->name[i] = '\0';
    fault->code = error;
    fault->title = usersig_error_text(error);
    snprintf(fault->detail, sizeof fault->detail, "%s", detail);
    return false;
}

bool fault_set(struct fault *fault, int code, const char *name, const char *title, const char *detail)
{
    fault->code = code;
    fault->title = title;
    snprintf(fault->name, sizeof fault->name, "%s", name);
    snprintf(fault->detail, sizeof fault->detail, "%s", detail);
    return false;
}

static void put_member(struct text *out, const char *name, const char *value)
{
    text_adds(out, name);
    text_json(out, value, strlen(value));
}

void fault_put(struct text *out, const struct fault *fault)
{
    text_adds(out, "{\"type\":\"urn:usersig:problem:");
    text_adds(out, fault->name);
    put_member(out, "\",\"title\":", fault->title);
    put_member(out, ",\"detail\":", fault->detail);
    text_adds(out, ",\"code\":");
    text_number(out, (uint64_t)fault->code);
    text_add(out, "}", 1);
}
