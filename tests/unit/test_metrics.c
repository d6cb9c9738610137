/* test_metrics.c: Prometheus's text, byte for byte. */
#include "unit.h"

#include "../../sigd/front/metrics.h"

#include <string.h>

static struct buffer out;

static void expect(const char *text)
{
    ck_assert(!out.failed);
    buffer_add(&out, "", 1);
    ck_assert_str_eq(out.bytes, text);
    buffer_free(&out);
}

START_TEST(families_and_samples)
{
    metrics_family(&out, "sigd_x_total", "counter", "What it counts.");
    metrics_count(&out, "sigd_x_total", NULL, UINT64_MAX);
    metrics_count(&out, "sigd_x_total", (const struct metrics_label[]){ { "a", "1" }, { "b", "" }, { 0 } },
                  0);
    metrics_signed(&out, "sigd_y", NULL, -5);
    metrics_infinite(&out, "sigd_z", (const struct metrics_label[]){ { "a", "1" }, { 0 } });
    expect("# HELP sigd_x_total What it counts.\n"
           "# TYPE sigd_x_total counter\n"
           "sigd_x_total 18446744073709551615\n"
           "sigd_x_total{a=\"1\",b=\"\"} 0\n"
           "sigd_y -5\n"
           "sigd_z{a=\"1\"} +Inf\n");
}
END_TEST

START_TEST(labels_are_escaped)
{
    metrics_count(&out, "m", (const struct metrics_label[]){ { "l", "a\"b\\c\nd}\xc3\xa4 e" }, { 0 } }, 1);
    expect("m{l=\"a\\\"b\\\\c\\nd}\xc3\xa4 e\"} 1\n");
}
END_TEST

/* Longer than any piece that buffer_format takes. */
START_TEST(long_labels)
{
    char value[2000], text[2100] = "m{l=\"";
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    metrics_count(&out, "m", (const struct metrics_label[]){ { "l", value }, { 0 } }, 1);
    strcat(text, value);
    strcat(text, "\"} 1\n");
    expect(text);
}
END_TEST

static const struct {
    uint64_t us;
    const char *text;
} times[] = {
    { 0, "m 0\n" },
    { 1, "m 0.000001\n" },
    { 50, "m 0.00005\n" },
    { 1000000, "m 1\n" },
    { 10000000, "m 10\n" },
    { 1500000, "m 1.5\n" },
    { UINT64_MAX, "m 18446744073709.551615\n" },
};

START_TEST(microseconds)
{
    metrics_us(&out, "m", NULL, times[_i].us);
    expect(times[_i].text);
}
END_TEST

START_TEST(histograms_add_up)
{
    static const uint32_t bounds[] = { 100, 2500 };
    static const uint64_t counts[] = { 3, 0, 4 };
    metrics_histogram(&out, "h", &(struct metrics_label){ "r", "x" },
                      &(struct metrics_histogram){ bounds, counts, 2, 1234567 });
    expect("h_bucket{r=\"x\",le=\"0.0001\"} 3\n"
           "h_bucket{r=\"x\",le=\"0.0025\"} 3\n"
           "h_bucket{r=\"x\",le=\"+Inf\"} 7\n"
           "h_sum{r=\"x\"} 1.234567\n"
           "h_count{r=\"x\"} 7\n");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, families_and_samples);
    tcase_add_test(tests, labels_are_escaped);
    tcase_add_test(tests, long_labels);
    tcase_add_loop_test(tests, microseconds, 0, UNIT_ROWS(times));
    tcase_add_test(tests, histograms_add_up);
}

int main(void)
{
    return unit_run("metrics", fill);
}
