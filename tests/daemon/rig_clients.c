/* rig_clients.c: clients of the rig's socket, and what a front asks for them. */
#include "rig.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HONEST 15 /* the index of rig_lives' front */

int rig_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

int rig_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    ck_assert_int_ge(fd, 0);
    return fd;
}

struct proto_caller rig_open(struct chan *front, int fd)
{
    static uint32_t id;
    struct proto_caller caller = { 0 };
    ck_assert(rig_ask(front, PROTO_OPEN, &(struct proto_open){ ++id }, fd, PROTO_CALLER, &caller));
    ck_assert_uint_eq(caller.id, id);
    close(fd);
    return caller;
}

uint32_t rig_client(struct chan *front)
{
    int client = rig_connect(rig.path);
    struct proto_caller caller = rig_open(front, rig_accept(rig.listener));
    ck_assert_uint_eq(caller.status, PROTO_DONE);
    close(client);
    return caller.handle;
}

struct proto_sign rig_sign(uint32_t handle, const char *identifier)
{
    static uint32_t id = 1000;
    struct proto_sign sign = { .id = ++id, .handle = handle, .lifetime = 60, .generation = rig.generation };
    sign.identifier_len = (uint32_t)strlen(identifier);
    memcpy(sign.identifier, identifier, sign.identifier_len);
    return sign;
}

static void check_proof(const struct proto_sign *sign, const struct proto_signed *answer)
{
    struct usersig_claims claims = { .version = (int)answer->version,
                                     .sdkappid = RIG_SDKAPPID,
                                     .issued_at = answer->issued_at,
                                     .lifetime = answer->lifetime,
                                     .identifier_len = sign->identifier_len };
    struct usersig_expect expect = { .sdkappid = RIG_SDKAPPID, .identifier = claims.identifier };
    usersig_key *key;
    memcpy(claims.identifier, sign->identifier, sign->identifier_len);
    ck_assert_int_eq(usersig_key_hmac(&key, RIG_KEY, sizeof RIG_KEY - 1), USERSIG_OK);
    int verdict = usersig_check((const usersig_key *const *)&key, 1, &claims, answer->proof,
                                answer->proof_len, &expect, (uint64_t)time(NULL), NULL);
    ck_assert_msg(verdict == USERSIG_OK, "the proof for '%s': %s", claims.identifier,
                  usersig_error_name(verdict));
    ck_assert_str_eq(answer->key, "2026a");
    usersig_key_free(key);
}

bool rig_signed(struct chan *front, const struct proto_sign *sign, struct proto_signed *answer)
{
    static const uint8_t none[sizeof answer->proof];
    if (!rig_ask(front, PROTO_SIGN, sign, -1, PROTO_SIGNED, answer))
        return false;
    ck_assert_uint_eq(answer->id, sign->id);
    if (answer->status == PROTO_DONE)
        check_proof(sign, answer);
    else
        ck_assert_mem_eq(answer->proof, none, sizeof none);
    return true;
}

void rig_lives(void)
{
    struct chan front;
    struct proto_signed answer;
    struct proto_issued issued;
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &issued));
    ck_assert_uint_eq(issued.status, PROTO_DONE);
    rig_front(&front, HONEST);
    struct proto_sign sign = rig_sign(rig_client(&front), "honest");
    ck_assert(rig_signed(&front, &sign, &answer));
    ck_assert_uint_eq(answer.status, PROTO_DONE);
    chan_close(&front);
}
