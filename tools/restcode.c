#include "restcode.h"

#include <stddef.h>

static const struct restcode {
    long first, last;
    bool passes;
    const char *text;
} codes[] = {
    { 0, 0, false, "the service took the usersig" },
    { 10002, 10002, true, "a fault inside the service; try again" },
    { 60002, 60002, false, "the service could not read the request" },
    { 60004, 60005, false, "identifier or usersig is refused: is the administrator's name right?" },
    { 60006, 60006, false, "the SDKAppID is not valid or restricted: is it the one in the console?" },
    { 60007, 60008, true, "too many calls at this time, or the service was slow; try again" },
    { 60009, 60009, false, "this host does not know the call: is it the REST API's?" },
    { 60010, 60010, false, "the identifier is no administrator of the app: enter it in the console" },
    { 60011, 60011, true, "too many calls at this time; try again" },
    { 60012, 60012, false, "the service found no SDKAppID in the request" },
    { 60014, 60014, true, "the service was slow; try again" },
    { 70001, 70001, false, "the usersig is past its life: is this host's clock behind?" },
    { 70002, 70002, false, "the service found no usersig in the request" },
    { 70003, 70004, false,
      "the service could not decode the usersig: something on the way changes requests" },
    { 70005, 70008, false, "the usersig failed its check: is this the app's key?" },
    { 70009, 70009, false,
      "the signature does not match: the key is another app's, or not valid (yet, or any more); after a change in the "
      "console wait some minutes and probe again" },
    { 70010, 70010, false, "the usersig failed its check: is this the app's key?" },
    { 70013, 70013, false,
      "the identifier is not the one that was signed: something on the way changes requests" },
    { 70014, 70014, false,
      "the SDKAppID is not the one that was signed: something on the way changes requests" },
    { 70015, 70015, false, "no way of verification is set for this kind of account: look into the console" },
    { 70016, 70016, false, "no key is stored for this SDKAppID here: another data centre? (--region)" },
    { 70017, 70018, true, "the check of the usersig did not work inside the service; try again" },
    { 70020, 70020, false, "the SDKAppID is not known here: another data centre? (--region)" },
    { 70050, 70050, true, "too many failed checks: wait a minute" },
    { 70051, 70051, false, "the account is on the service's list of blocked ones" },
    { 70052, 70052, false,
      "the usersig was withdrawn (kick); the next one is good, if this host's clock is right" },
};

static const struct restcode *find(long code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (code >= codes[i].first && code <= codes[i].last)
            return &codes[i];
    return NULL;
}

const char *restcode_text(long code)
{
    const struct restcode *found = find(code);
    return found != NULL ? found->text : "not about the usersig, as far as the service's table says";
}

bool restcode_passes(long code)
{
    const struct restcode *found = find(code);
    return found != NULL && found->passes;
}
