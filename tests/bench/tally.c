/* tally.c: what a run of load measured. */
#include "tally.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define FINE 16 /* buckets to a doubling: a latency is told to 1/16 */

uint64_t tally_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* What a thread has run, as the scheduler counts it: /proc/PID/stat counts in hundredths of a second. */
static uint64_t thread_ns(const char *pid, const char *thread)
{
    char path[600];
    unsigned long long ns = 0;
    snprintf(path, sizeof path, "/proc/%s/task/%s/schedstat", pid, thread);
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%llu", &ns) != 1)
            ns = 0;
        fclose(file);
    }
    return ns;
}

static uint64_t process_ns(const char *pid)
{
    char path[64];
    uint64_t ns = 0;
    snprintf(path, sizeof path, "/proc/%.20s/task", pid);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            ns += thread_ns(pid, entry->d_name);
    if (dir)
        closedir(dir);
    return ns;
}

static uint64_t server_ns(const char *pids)
{
    char copy[256], *rest = copy;
    uint64_t ns = 0;
    snprintf(copy, sizeof copy, "%s", pids);
    for (char *pid; (pid = strsep(&rest, ","));)
        ns += process_ns(pid);
    return ns;
}

static uint64_t client_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}

void tally_begin(struct tally *tally, const char *pids)
{
    *tally = (struct tally){ .server_ns = server_ns(pids), .client_ns = client_ns() };
    tally->began_ns = tally_now_ns();
}

void tally_end(struct tally *tally, const char *pids)
{
    tally->ended_ns = tally_now_ns();
    tally->client_ns = client_ns() - tally->client_ns;
    tally->server_ns = server_ns(pids) - tally->server_ns;
}

/* Latencies below FINE have a bucket each; above, FINE to each doubling. */
static size_t bucket_of(uint64_t ns)
{
    unsigned doublings = 0;
    while (ns >> doublings >= 2 * FINE)
        doublings++;
    size_t bucket = doublings * FINE + (size_t)(ns >> doublings);
    return bucket < TALLY_BUCKETS ? bucket : TALLY_BUCKETS - 1;
}

/* The middle of a bucket. */
static double ns_of(size_t bucket)
{
    size_t doublings = bucket < 2 * FINE ? 0 : bucket / FINE - 1;
    return ((double)(bucket - doublings * FINE) + 0.5) * (double)(1ull << doublings);
}

void tally_answer(struct tally *tally, uint64_t latency_ns, uint64_t units)
{
    tally->answers++;
    tally->units += units;
    tally->latency[bucket_of(latency_ns)]++;
}

void tally_merge(struct tally *into, const struct tally *other)
{
    into->answers += other->answers;
    into->units += other->units;
    for (size_t i = 0; i < TALLY_BUCKETS; i++)
        into->latency[i] += other->latency[i];
}

/* The latency, in microseconds, that this share of the answers did not take. */
static double quantile_us(const struct tally *tally, double share)
{
    double seen = 0;
    for (size_t i = 0; i < TALLY_BUCKETS; i++) {
        seen += tally->latency[i];
        if (seen > 0 && seen >= share * (double)tally->answers)
            return ns_of(i) / 1000;
    }
    return 0;
}

void tally_tell(const struct tally *tally)
{
    double seconds = (double)(tally->ended_ns - tally->began_ns) / 1e9;
    double units = tally->units ? (double)tally->units : 1;
    printf(
        "{\"sent\":%llu,\"answers\":%llu,\"units\":%llu,\"seconds\":%.4f,\"per_second\":%.1f,\"server_us\":%.3f,\"client_us\":%.3f,"
        "\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f}\n",
        (unsigned long long)tally->sent, (unsigned long long)tally->answers, (unsigned long long)tally->units,
        seconds, (double)tally->units / seconds, (double)tally->server_ns / 1000 / units,
        (double)tally->client_ns / 1000 / units, quantile_us(tally, 0.5), quantile_us(tally, 0.99),
        quantile_us(tally, 0.999));
}
