/* cplusplus.cpp: the public headers in C++: they compile without a warning, and what they declare links and runs. */
#include <usersig.h>
#include <usersig_diagnose.h>
#include <usersig_page.h>
#include <usersig_rest.h>

#include <cstdio>
#include <cstring>
#include <string>

int main()
{
    const std::string secret("5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e");
    usersig_claims claims = usersig_claims();
    usersig_key *key = nullptr;
    claims.sdkappid = 1400000000;
    claims.issued_at = 1700000000;
    claims.lifetime = 86400;
    std::string text(2048, '\0'), url(4096, '\0');
    size_t len = 0;
    if (usersig_claims_identifier(&claims, "alice", 5, 0) != USERSIG_OK ||
        usersig_key_hmac(&key, secret.data(), secret.size()) != USERSIG_OK ||
        usersig_sign(key, &claims, &text[0], text.size(), &len) != USERSIG_OK)
        return 1;
    text.resize(len);

    usersig_expect expect = usersig_expect();
    expect.sdkappid = 1400000000;
    expect.identifier = "alice";
    usersig_ticket ticket;
    usersig_diagnosis diagnosis;
    const usersig_key *const keys[] = { key };
    int verdict = usersig_verify(keys, 1, text.data(), text.size(), &expect, 1700000000, &ticket, nullptr);
    int diagnosed = usersig_diagnose(keys, 1, text.data(), text.size() - 1, &expect, 1700000000, &diagnosis);
    usersig_key_free(key);
    if (verdict != USERSIG_OK || std::strcmp(ticket.claims.identifier, "alice") != 0)
        return 2;
    if (diagnosed != USERSIG_OK || diagnosis.verdict != USERSIG_MALFORMED || diagnosis.cause == USERSIG_CAUSE_NONE)
        return 3;

    usersig_request request = usersig_request();
    request.service = "openim";
    request.command = "sendmsg";
    request.identifier = "alice";
    request.usersig = text.data();
    request.usersig_len = text.size();
    request.sdkappid = 1400000000;
    if (usersig_url(&request, &url[0], url.size(), &len) != USERSIG_OK)
        return 4;
    usersig_page *page = nullptr;
    usersig_page_value value;
    if (usersig_page_open(&page, "/nowhere", USERSIG_PAGE_ANY_OWNER) != USERSIG_ERR_FILE || page != nullptr ||
        usersig_page_read(page, 1700000000, &value) != USERSIG_ERR_ARGUMENT)
        return 5;
    usersig_page_close(page);
    std::printf("%s, %s\n", usersig_error_name(verdict), usersig_cause_name(diagnosis.cause));
    return 0;
}
