/* export_http.c: an .http file, as several editors send it. */
#include "export.h"
#include "apiname.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig.h>
#include <usersig_rest.h>

static int put(const struct usersig_rest_api *api)
{
    char *body = export_body(api->min_body, 2);
    if (body == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    printf("### %s/%s: %s\n", api->service, api->command, api->title);
    printf(
        "POST https://{{host}}/v4/%s/%s?sdkappid={{sdkappid}}&identifier={{identifier}}&usersig={{usersig}}"
        "&random={{random}}&contenttype=json\n",
        api->service, api->command);
    printf("Content-Type: application/json\n\n%s\n\n", body);
    free(body);
    return 0;
}

int export_http(const struct export *export)
{
    printf(
        "# Tencent Cloud Chat REST API: every call of the catalogue of usersig, with its least body.\n"
        "# usersig: what `usersig admin` prints, for a while; it is a credential: keep it out of version control.\n"
        "@host = %s\n@sdkappid =%s%s\n@identifier = %s\n@usersig =\n@random = 1\n",
        export->host, export->sdkappid[0] != '\0' ? " " : "", export->sdkappid, export->identifier);
    for (const char *group = NULL; (group = apiname_next_group(group)) != NULL;) {
        printf("\n# ---- %s\n\n", group);
        for (const struct usersig_rest_api *api = NULL; (api = usersig_rest_next(api)) != NULL;) {
            int status = strcmp(api->group, group) == 0 ? put(api) : 0;
            if (status != 0)
                return status;
        }
    }
    return 0;
}
