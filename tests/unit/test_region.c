/* test_region.c: hosts of the data centres, against the table of the service's overview page. */
#include "unit.h"

#include "usersig_rest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

START_TEST(as_in_the_table)
{
    char line[256], region[64], host[64], standby[64];
    size_t n = 0;
    FILE *file = fopen(unit_data("domains.tsv"), "r");
    ck_assert_msg(file != NULL, "cannot read %s", unit_data("domains.tsv"));
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    ck_assert_str_eq(line, "region\tdomain\tbackup_domain\n");
    while (fgets(line, sizeof line, file)) {
        ck_assert_int_eq(sscanf(line, "%63[^\t]\t%63[^\t]\t%63[^\n]", region, host, standby), 3);
        for (char *c = region; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        const char *name = usersig_region_name(n++);
        ck_assert_msg(name && strcmp(name, region) == 0, "region %zu: expected %s, got %s", n - 1, region,
                      name ? name : "NULL");
        ck_assert_str_eq(usersig_region_host(region, 0), host);
        ck_assert_str_eq(usersig_region_host(region, 1), standby);
    }
    ck_assert_uint_eq(n, 8);
    ck_assert_ptr_null(usersig_region_name(n));
    ck_assert_ptr_null(usersig_region_name(SIZE_MAX));
    fclose(file);
}
END_TEST

static const char *const unknown[] = { "",       "China", "CHINA",  "chin",
                                       "china ", "mars",  "mumbai", "silicon_valley" };

START_TEST(unknown_region)
{
    const char *host = usersig_region_host(unknown[_i], 0);
    ck_assert_msg(host == NULL, "\"%s\": expected NULL, got %s", unknown[_i], host ? host : "");
    ck_assert_ptr_null(usersig_region_host(unknown[_i], 1));
}
END_TEST

START_TEST(null_region)
{
    ck_assert_ptr_null(usersig_region_host(NULL, 0));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, as_in_the_table);
    tcase_add_loop_test(tests, unknown_region, 0, UNIT_ROWS(unknown));
    tcase_add_test(tests, null_region);
}

int main(void)
{
    return unit_run("region", fill);
}
