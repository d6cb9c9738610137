/* api_metrics.c: GET /metrics: the boards of all processes as Prometheus's text. A caller sees names of apps on which it
 * has a grant; of the others it sees sums and extremes. */
#include "api.h"

#include "meter.h"
#include "metrics.h"
#include "ready.h"
#include "reply.h"
#include "routes.h"

#include <stddef.h>
#include <stdio.h>

#define LABELS(...) ((const struct metrics_label[]){ __VA_ARGS__, { NULL, NULL } })

/* What is one word of a board, or the fronts' sum of it. */
struct word {
    const char *name, *type, *help;
    size_t at;
};

static const struct word front_words[] = {
    { "sigd_connections_open", "gauge", "Clients' connections.", offsetof(struct board_front, conns_open) },
    { "sigd_connections_accepted_total", "counter", "Connections accepted.",
      offsetof(struct board_front, conns_accepted) },
    { "sigd_connections_refused_total", "counter",
      "Connections refused: no memory, or no room although nobody is idle.",
      offsetof(struct board_front, conns_refused) },
    { "sigd_connections_evicted_total", "counter",
      "Connections closed that were idle or slow, of the user with most of them, to make room.",
      offsetof(struct board_front, conns_evicted) },
    { "sigd_accept_pauses_total", "counter", "Times that no further connection could be held for a second.",
      offsetof(struct board_front, accept_pauses) },
    { "sigd_received_bytes_total", "counter", "Bytes received from clients.",
      offsetof(struct board_front, bytes_in) },
    { "sigd_sent_bytes_total", "counter", "Bytes sent to clients.", offsetof(struct board_front, bytes_out) },
    { "sigd_signer_questions_waiting", "gauge", "Questions that the signer has not answered yet.",
      offsetof(struct board_front, asks_waiting) },
    { "sigd_log_lines_left_out_total", "counter", "Lines about refused requests beyond the most a second.",
      offsetof(struct board_front, log_lines_left_out) },
};

static const struct word signer_words[] = {
    { "sigd_verify_invalid_total", "counter", "Usersigs that the signer judged and found not valid.",
      offsetof(struct board_signer, invalid) },
    { "sigd_signer_packets_total", "counter", "Packets that the signer took.",
      offsetof(struct board_signer, packets) },
    { "sigd_signer_frames_total", "counter", "Questions in them.", offsetof(struct board_signer, frames) },
    { "sigd_signer_frames_most", "gauge", "The most questions of one packet since the start.",
      offsetof(struct board_signer, frames_most) },
    { "sigd_signer_waiting_bytes", "gauge", "Answers of the signer that are not taken yet.",
      offsetof(struct board_signer, waiting_bytes) },
    { "sigd_signer_callers", "gauge", "Connections whose callers the signer knows.",
      offsetof(struct board_signer, callers) },
    { "sigd_audit_lines_total", "counter", "Number of the last line of the audit log.",
      offsetof(struct board_signer, audit_lines) },
    { "sigd_audit_head", "gauge", "The first 13 hex digits of that line's hash, as a number.",
      offsetof(struct board_signer, audit_head) },
    { "sigd_clock_steps_total", "counter", "Steps of the clock.",
      offsetof(struct board_signer, clock_steps) },
};

static const struct word master_words[] = {
    { "sigd_start_time_seconds", "gauge", "Unix time of sigd's start.",
      offsetof(struct board_master, started_at) },
    { "sigd_config_loaded_time_seconds", "gauge", "Unix time since which the config in force counts.",
      offsetof(struct board_master, loaded_at) },
    { "sigd_workers", "gauge", "Fronts that should run.", offsetof(struct board_master, workers) },
    { "sigd_front_restarts_total", "counter", "Fronts started again.",
      offsetof(struct board_master, front_restarts) },
};

static uint64_t word_at(const void *board, size_t at)
{
    return board_get((const board_word *)(const void *)((const char *)board + at));
}

static uint64_t sum_of(const struct front *front, size_t at)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        if (board_get(&front->boards.fronts[i]->started_at))
            sum += word_at(front->boards.fronts[i], at);
    return sum;
}

static void write_words(struct buffer *out, const struct word *words, size_t n, const void *board)
{
    for (size_t i = 0; i < n; i++) {
        metrics_family(out, words[i].name, words[i].type, words[i].help);
        metrics_count(out, words[i].name, NULL, word_at(board, words[i].at));
    }
}

/* Counters of the master by result. */
static void write_results(struct buffer *out, const char *name, const char *help, const board_word *ok,
                          const board_word *failed)
{
    metrics_family(out, name, "counter", help);
    metrics_count(out, name, LABELS({ "result", "ok" }), board_get(ok));
    metrics_count(out, name, LABELS({ "result", "failed" }), board_get(failed));
}

static const char *route_name(size_t number)
{
    const struct route *route = routes_at(number);
    return route ? route->path : "none";
}

static size_t place(size_t row, size_t column)
{
    return offsetof(struct board_front, requests) + (row * BOARD_VERDICTS_MAX + column) * sizeof(board_word);
}

static void write_requests(struct buffer *out, const struct front *front)
{
    static const char name[] = "sigd_requests_total";
    metrics_family(out, name, "counter",
                   "Requests answered, by route and verdict (ok, or the problem's name).");
    for (size_t row = 0; row == 0 || routes_at(row); row++)
        for (size_t p = 0; p < PROBLEM_LAST; p++) {
            uint64_t n = sum_of(front, place(row, p));
            if (n || (p == PROBLEM_NONE && row)) /* a route that nobody has used shows that it is there */
                metrics_count(
                    out, name,
                    LABELS({ "route", route_name(row) },
                           { "verdict", p == PROBLEM_NONE ? "ok" : problem_row((enum problem)p)->name }),
                    n);
        }
}

static void write_latencies(struct buffer *out, const struct front *front)
{
    static const char name[] = "sigd_request_duration_seconds";
    metrics_family(out, name, "histogram", "From a request's head to its answer, by route.");
    for (size_t row = 0; row == 0 || routes_at(row); row++) {
        uint64_t counts[BOARD_BUCKETS_MAX] = { 0 };
        for (size_t b = 0; b <= meter_n_bounds; b++)
            counts[b] = sum_of(front, offsetof(struct board_front, latency) +
                                          (row * BOARD_BUCKETS_MAX + b) * sizeof(board_word));
        struct metrics_histogram histogram = { meter_bounds, counts, meter_n_bounds,
                                               sum_of(front, offsetof(struct board_front, latency_us) +
                                                                 row * sizeof(board_word)) };
        metrics_histogram(out, name, LABELS({ "route", route_name(row) }), &histogram);
    }
}

static void write_fronts(struct buffer *out, const struct front *front)
{
    for (size_t i = 0; i < sizeof front_words / sizeof front_words[0]; i++) {
        metrics_family(out, front_words[i].name, front_words[i].type, front_words[i].help);
        metrics_count(out, front_words[i].name, NULL, sum_of(front, front_words[i].at));
    }
    write_requests(out, front);
    write_latencies(out, front);
}

/* One gauge by process, of a word of each board. */
static void write_processes(struct buffer *out, const struct front *front, const char *name, const char *help,
                            uint64_t (*value)(const struct front *front, uint64_t generation,
                                              uint64_t seen_ms))
{
    const struct boards *boards = &front->boards;
    metrics_family(out, name, "gauge", help);
    metrics_count(out, name, LABELS({ "process", "master" }),
                  value(front, board_get(&boards->master->generation), board_get(&boards->master->seen_ms)));
    metrics_count(out, name, LABELS({ "process", "signer" }),
                  value(front, board_get(&boards->signer->generation), board_get(&boards->signer->seen_ms)));
    for (size_t i = 0; i < SIGD_WORKERS_MAX && i < board_get(&boards->master->workers); i++) {
        char process[16];
        snprintf(process, sizeof process, "front-%zu", i);
        metrics_count(
            out, name, LABELS({ "process", process }),
            value(front, board_get(&boards->fronts[i]->generation), board_get(&boards->fronts[i]->seen_ms)));
    }
}

static uint64_t generation_of(const struct front *front, uint64_t generation, uint64_t seen_ms)
{
    (void)front, (void)seen_ms;
    return generation;
}

static uint64_t silence_of(const struct front *front, uint64_t generation, uint64_t seen_ms)
{
    (void)generation;
    return ready_silence(front, seen_ms);
}

/* One of several states is 1, the others 0. */
static void write_state(struct buffer *out, const char *name, const char *help, const char *const *states,
                        size_t n, uint64_t now)
{
    metrics_family(out, name, "gauge", help);
    for (size_t i = 0; i < n; i++)
        metrics_count(out, name, LABELS({ "state", states[i] }), now == i);
}

static void write_signer(struct buffer *out, const struct board_signer *board)
{
    static const char name[] = "sigd_signer_answers_total";
    static const char *const kinds[BOARD_SIGNS] = { "sign", "issue", "verify" };
    static const char *const audit[] = { "good", "reserve", "broken" };
    static const char *const clock[] = { "good", "unsynced", "suspect" };
    metrics_family(out, name, "counter",
                   "Answers of the signer: to sign, issue (administrators) and verify.");
    for (size_t k = 0; k < BOARD_SIGNS; k++)
        for (uint32_t v = 0; v < PROTO_STATUSES; v++)
            if (board_get(&board->asked[k][v]) || v == PROTO_DONE)
                metrics_count(out, name, LABELS({ "kind", kinds[k] }, { "verdict", proto_status_name(v) }),
                              board_get(&board->asked[k][v]));
    write_words(out, signer_words, sizeof signer_words / sizeof signer_words[0], board);
    write_state(out, "sigd_audit_state", "Is the audit log written? reserve: for renewals alone.", audit, 3,
                board_get(&board->audit_state));
    write_state(out, "sigd_clock_state", "What the signer thinks of the clock. suspect: it does not sign.",
                clock, 3, board_get(&board->clock_verdict));
}

static void write_master(struct buffer *out, const struct board_master *board)
{
    metrics_family(out, "sigd_build_info", "gauge", "Always 1; the label tells the version.");
    metrics_count(out, "sigd_build_info", LABELS({ "version", PACKAGE_VERSION }), 1);
    write_words(out, master_words, sizeof master_words / sizeof master_words[0], board);
    write_results(out, "sigd_renewals_total", "Signatures for administrators' credentials.",
                  &board->renewals_ok, &board->renewals_failed);
    write_results(out, "sigd_reloads_total", "Reloads of the config.", &board->reloads_ok,
                  &board->reloads_failed);
    write_results(out, "sigd_publications_total", "Credentials written to publish_dir.", &board->publications,
                  &board->publication_errors);
}

bool api_metrics(struct conn *conn)
{
    struct buffer *out = &conn->front->body;
    meter_turn(conn->front); /* this turn's, as its counters */
    write_master(out, conn->front->boards.master);
    write_processes(out, conn->front, "sigd_config_generation", "Number of the config that a process uses.",
                    generation_of);
    write_processes(out, conn->front, "sigd_process_silence_seconds", "Since a process's last turn.",
                    silence_of);
    write_signer(out, conn->front->boards.signer);
    api_metrics_apps(conn);
    write_fronts(out, conn->front);
    reply_ok(conn, METRICS_TYPE, false);
    return true;
}
