/* region.c: hosts of the REST API by data centre. */
#include "usersig_rest.h"

#include <string.h>

static const struct {
    const char *name, *host, *standby;
} regions[] = {
    { "china", "console.tim.qq.com", "adminapi.my-imcloud.com" },
    { "singapore", "adminapisgp.im.qcloud.com", "adminapisgp.my-imcloud.com" },
    { "seoul", "adminapikr.im.qcloud.com", "adminapikr.my-imcloud.com" },
    { "tokyo", "adminapijpn.im.qcloud.com", "adminapijpn.my-imcloud.com" },
    { "frankfurt", "adminapiger.im.qcloud.com", "adminapiger.my-imcloud.com" },
    { "silicon valley", "adminapiusa.im.qcloud.com", "adminapiusa.my-imcloud.com" },
    { "jakarta", "adminapiidn.im.qcloud.com", "adminapiidn.my-imcloud.com" },
    { "mumbai (retired)", "adminapiind.im.qcloud.com", "adminapiind.my-imcloud.com" },
};
#define N_REGIONS (sizeof regions / sizeof regions[0])

const char *usersig_region_host(const char *region, int standby)
{
    for (size_t i = 0; region && i < N_REGIONS; i++)
        if (strcmp(region, regions[i].name) == 0)
            return standby ? regions[i].standby : regions[i].host;
    return NULL;
}

const char *usersig_region_name(size_t index)
{
    return index < N_REGIONS ? regions[index].name : NULL;
}
