#!/usr/bin/env python3
"""What parses hostile bytes cannot reach a key, what holds keys cannot parse: no such symbol is in the programs, neither
their own nor one that they take from a library."""
import re
import subprocess

from tree import binary, check, done, nm

KEYS = re.compile(r"^(usersig_(key_\w+|prove|check|sign|verify)"
                  r"|hmac_\w+|ecdsa_\w+|eckey_\w+|pem_\w+|rfc6979_\w+|HMAC\w*|SHA(1|224|256|384|512)_\w+|SHA256"
                  r"|EVP_\w+|ECDSA_\w+|EC_KEY_\w+|EC_POINT_\w+|PEM_\w+|RSA_\w+|OPENSSL_\w+|secp256k1_\w+"
                  r"|sodium_(malloc|allocarray|free|mprotect_\w+|mlock)|crypto_(auth|sign|secretbox|aead|box)\w*)$")
PARSERS = re.compile(r"^(inflate\w*|deflate\w*|uncompress\w*|compress2?|zstream_\w+|template_\w+|prefix_\w+|flatjson_\w+|json_\w+"
                     r"|usersig_(decode|encode|url|sign|verify|region_\w+)|ticket_\w+|dersig_\w+"
                     r"|http_\w+|query_\w+|reply_\w+|cfg_\w+|config_\w+|curl_\w+)$")

# program: what it must not have, why; libraries that it must not need
PROGRAMS = {
    "sigd/sigd-front": (KEYS, "no key, MAC or signing", ("libcrypto", "libsig")),
    "sigd/sigd": (KEYS, "no key, MAC or signing", ("libcrypto", "libsig")),
    "sigd/sigd-signer": (PARSERS, "no inflater, JSON, HTTP or config", ("libz", "libjansson", "libconfuse", "libsig")),
}
# what each has for certain: a test that sees nothing would find nothing
EXPECTED = {
    "sigd/sigd-front": "usersig_decode",
    "sigd/sigd": "main",
    "sigd/sigd-signer": "usersig_key_hmac",
}


def needed(path):
    """Names of the shared libraries that the program asks for, without version."""
    text = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[([^\].]+)[^\]]*\]", text)


def main():
    for program, (forbidden, rule, libraries) in PROGRAMS.items():
        path = binary(program)
        if path is None:
            check(f"{program}: {rule}", ["not built"])
            continue
        for options in ((), ("-D",)):
            symbols = nm(path, *options) or []
            what = " ".join(("nm",) + options)
            faults = [f"{kind} {name}" for kind, name in symbols if forbidden.match(name)]
            if not symbols:
                faults.append(f"{what} shows no symbols: stripped?")
            elif not options and not any(name == EXPECTED[program] for _, name in symbols):
                faults.append(f"{what} does not even show {EXPECTED[program]}")
            check(f"{program}: {rule} ({what})", faults)
        check(f"{program}: no library for it", [name for name in needed(path) if name in libraries])
    done()


main()
