/* load_munge.c: munge_encode in a closed loop, as many threads as there are clients, each with a context of its own: what a
 * program does that wants many. "plain": without munge's cipher, which is its quickest form. Prints one JSON line as load
 * does. */
#include "tally.h"

#include <munge.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS_MAX 256

static const char *socket_path;
static bool plain;
static atomic_bool counting, stopping, failed;

struct client {
    pthread_t thread;
    struct tally tally;
};

static void *work(void *argument)
{
    struct client *client = argument;
    munge_ctx_t context = munge_ctx_create();
    munge_err_t error = munge_ctx_set(context, MUNGE_OPT_SOCKET, socket_path);
    if (error == EMUNGE_SUCCESS && plain)
        error = munge_ctx_set(context, MUNGE_OPT_CIPHER_TYPE, MUNGE_CIPHER_NONE);
    for (unsigned long n = 0; error == EMUNGE_SUCCESS && !stopping; n++) {
        char identifier[24], *credential = NULL;
        uint64_t began = tally_now_ns();
        int len = snprintf(identifier, sizeof identifier, "user%09lu", n);
        error = munge_encode(&credential, context, identifier, len);
        if (error == EMUNGE_SUCCESS && strncmp(credential, "MUNGE:", 6) != 0)
            error = EMUNGE_SNAFU;
        if (error == EMUNGE_SUCCESS && counting)
            tally_answer(&client->tally, tally_now_ns() - began, 1);
        free(credential);
    }
    if (error != EMUNGE_SUCCESS) {
        fprintf(stderr, "load_munge: %s\n", munge_strerror(error));
        failed = true;
    }
    munge_ctx_destroy(context);
    return NULL;
}

static void pause_for(double seconds)
{
    struct timespec time = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    nanosleep(&time, NULL);
}

int main(int argc, char **argv)
{
    static struct client clients[CLIENTS_MAX];
    static struct tally all;
    size_t n = argc >= 5 ? strtoul(argv[2], NULL, 10) : 0;
    if (n == 0 || n > CLIENTS_MAX) {
        fprintf(stderr, "usage: load_munge SOCKET CLIENTS SECONDS SERVERS-PIDS [plain]\n");
        return 64;
    }
    double seconds = strtod(argv[3], NULL);
    socket_path = argv[1];
    plain = argc > 5 && strcmp(argv[5], "plain") == 0;
    for (size_t i = 0; i < n; i++)
        if (pthread_create(&clients[i].thread, NULL, work, &clients[i]) != 0)
            return 1;
    pause_for(seconds / 5);
    tally_begin(&all, argv[4]);
    counting = true;
    pause_for(seconds * 4 / 5);
    counting = false;
    tally_end(&all, argv[4]);
    stopping = true;
    for (size_t i = 0; i < n; i++) {
        pthread_join(clients[i].thread, NULL);
        tally_merge(&all, &clients[i].tally);
    }
    tally_tell(&all);
    return failed;
}
