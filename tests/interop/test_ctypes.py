#!/usr/bin/env python3
"""Another language, without a macro of the headers: Python's ctypes signs, reads, verifies and diagnoses through
libsig.so."""
import ctypes
import os
import sys
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))
sys.path.insert(0, os.path.join(HERE, "..", "meta"))
from harness import KEY, SDKAPPID, equal, main, scenario, skip, true  # noqa: E402
from tree import BUILD, sanitized  # noqa: E402

NOW = 1700000000
LIBRARY = os.path.join(BUILD, "libsig", ".libs", "libsig.so")


class Claims(Structure):
    _fields_ = [("version", c_int), ("sdkappid", c_uint32), ("flags", c_uint32), ("issued_at", c_uint64),
                ("lifetime", c_uint64), ("identifier_len", c_size_t), ("userbuf_len", c_size_t),
                ("identifier", c_char * 256), ("userbuf", c_uint8 * 512), ("account_type", c_char * 21),
                ("appid_at_3rd", c_char * 21)]


class Ticket(Structure):
    _fields_ = [("claims", Claims), ("proof_len", c_size_t), ("proof", c_uint8 * 64), ("stage", c_uint32)]


class Expect(Structure):
    _fields_ = [("sdkappid", c_uint32), ("flags", c_uint32), ("identifier", c_char_p), ("userbuf", c_void_p),
                ("userbuf_len", c_size_t), ("leeway", c_uint64), ("max_future", c_uint64)]


class Diagnosis(Structure):
    _fields_ = [("verdict", c_int), ("rest_code", c_int), ("cause", c_uint32), ("stage", c_uint32)]


class Param(Structure):
    _fields_ = [("name", c_char_p), ("value", c_char_p)]


class Request(Structure):
    _fields_ = [("host", c_char_p), ("service", c_char_p), ("command", c_char_p), ("identifier", c_char_p),
                ("usersig", c_char_p), ("usersig_len", c_size_t), ("sdkappid", c_uint32), ("random", c_uint32),
                ("params", POINTER(Param)), ("n_params", c_size_t)]


class RestApi(Structure):
    _fields_ = [("service", c_char_p), ("command", c_char_p), ("group", c_char_p), ("title", c_char_p),
                ("min_body", c_char_p), ("rate", c_uint32), ("kind", c_uint32), ("items", c_char_p),
                ("cursor_in", c_char_p), ("cursor_out", c_char_p), ("complete", c_char_p), ("limit", c_char_p),
                ("limit_max", c_uint32)]


class RestCode(Structure):
    _fields_ = [("code", c_int), ("last", c_int), ("family", c_char_p), ("meaning", c_char_p), ("retry", c_uint32),
                ("caller", c_uint32), ("advice", c_char_p)]


PROTOTYPES = {
    "usersig_rest_find": (POINTER(RestApi), c_char_p, c_char_p),
    "usersig_rest_next": (POINTER(RestApi), POINTER(RestApi)),
    "usersig_rest_code_find": (POINTER(RestCode), c_int),
    "usersig_key_hmac": (c_int, POINTER(c_void_p), c_char_p, c_size_t),
    "usersig_key_free": (None, c_void_p),
    "usersig_claims_identifier": (c_int, POINTER(Claims), c_char_p, c_size_t, c_uint32),
    "usersig_claims_expiry": (c_uint64, POINTER(Claims)),
    "usersig_sign": (c_int, c_void_p, POINTER(Claims), c_char_p, c_size_t, POINTER(c_size_t)),
    "usersig_decode": (c_int, POINTER(Ticket), c_char_p, c_size_t),
    "usersig_verify": (c_int, POINTER(c_void_p), c_size_t, c_char_p, c_size_t, POINTER(Expect), c_uint64, POINTER(Ticket),
                       POINTER(c_size_t)),
    "usersig_diagnose_secret": (c_int, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(Expect), c_uint64,
                                POINTER(Diagnosis)),
    "usersig_cause_name": (c_char_p, c_uint32),
    "usersig_error_name": (c_char_p, c_int),
    "usersig_url": (c_int, POINTER(Request), c_char_p, c_size_t, POINTER(c_size_t)),
}


def library():
    if not os.path.isfile(LIBRARY):
        skip(f"{LIBRARY} is not built", must=True)
    if sanitized(LIBRARY):
        skip("the library is built with sanitizers, Python is not")
    libsig = ctypes.CDLL(LIBRARY)
    for name, (result, *arguments) in PROTOTYPES.items():
        function = getattr(libsig, name)
        function.restype, function.argtypes = result, arguments
    return libsig


def signed(libsig, key, identifier=b"alice", lifetime=60):
    claims = Claims(sdkappid=SDKAPPID, issued_at=NOW, lifetime=lifetime)
    needed = c_size_t()
    equal(libsig.usersig_claims_identifier(byref(claims), identifier, len(identifier), 0), 0, "identifier")
    equal(libsig.usersig_sign(key, byref(claims), None, 0, byref(needed)), 3, "asking for the length")
    out = ctypes.create_string_buffer(needed.value + 1)
    equal(libsig.usersig_sign(key, byref(claims), out, len(out), byref(needed)), 0, "sign")
    equal(len(out.value), needed.value, "length")
    return out.value


def new_key(libsig, secret=KEY):
    key = c_void_p()
    equal(libsig.usersig_key_hmac(byref(key), secret, len(secret)), 0, "key")
    return key


@scenario
def the_structs_have_the_sizes_that_the_library_has():
    libsig, asked = library(), 0
    for name, struct in (("claims", Claims), ("ticket", Ticket), ("expect", Expect), ("request", Request),
                         ("diagnosis", Diagnosis), ("rest_api", RestApi), ("rest_code", RestCode)):
        size = getattr(libsig, f"usersig_{name}_size", None)
        if size is not None:
            size.restype, size.argtypes = c_size_t, []
            equal(ctypes.sizeof(struct), size(), f"size of {name}")
            asked += 1
    print(f"# {asked} sizes asked for")


@scenario
def sign_and_verify_through_the_shared_library():
    libsig = library()
    key = new_key(libsig)
    text, ticket, which = signed(libsig, key), Ticket(), c_size_t()
    expect = Expect(sdkappid=SDKAPPID, identifier=b"alice")
    keys = (c_void_p * 2)(new_key(libsig, b"another"), key)

    def verdict(now):
        return libsig.usersig_verify(keys, 2, text, len(text), byref(expect), now, byref(ticket), byref(which))

    equal(verdict(NOW + 60), 0, "the last second")
    equal((which.value, ticket.claims.identifier, ticket.claims.sdkappid, ticket.claims.issued_at, ticket.claims.lifetime),
          (1, b"alice", SDKAPPID, NOW, 60), "what is proven")
    equal(libsig.usersig_claims_expiry(byref(ticket.claims)), NOW + 60, "expiry")
    equal(libsig.usersig_error_name(verdict(NOW + 61)), b"EXPIRED", "the second after")
    expect.identifier = b"bob"
    equal(libsig.usersig_error_name(verdict(NOW)), b"WRONG_IDENTIFIER", "another identifier")
    expect.identifier = None
    equal(libsig.usersig_error_name(verdict(NOW)), b"ERR_ARGUMENT", "a forgotten identifier")
    for each in keys:
        libsig.usersig_key_free(each)


@scenario
def decode_shows_claims_and_proof():
    libsig = library()
    key = new_key(libsig)
    text, ticket = signed(libsig, key), Ticket()
    libsig.usersig_key_free(key)
    equal(libsig.usersig_decode(byref(ticket), text, len(text)), 0, "decode")
    equal((ticket.claims.version, ticket.claims.identifier, ticket.proof_len, ticket.stage), (2, b"alice", 32, 0), "ticket")
    equal(libsig.usersig_decode(byref(ticket), text, len(text) - 1), 16, "cut")
    true(ticket.stage in (2, 3), f"stage {ticket.stage}")


@scenario
def diagnose_names_the_cause():
    libsig, diagnosis = library(), Diagnosis()
    key = new_key(libsig, bytes.fromhex(KEY.decode()))
    text = signed(libsig, key)
    libsig.usersig_key_free(key)
    equal(libsig.usersig_diagnose_secret(KEY, len(KEY), text, len(text), None, NOW, byref(diagnosis)), 0, "diagnose")
    equal((libsig.usersig_cause_name(diagnosis.cause), diagnosis.verdict, diagnosis.rest_code), (b"HEX_KEY", 18, 70009),
          "diagnosis")


@scenario
def url_of_a_request():
    libsig = library()
    key = new_key(libsig)
    text = signed(libsig, key)
    libsig.usersig_key_free(key)
    params = (Param * 1)(Param(b"x", b"a b"))
    request = Request(service=b"openim", command=b"sendmsg", identifier=b"alice", usersig=text, usersig_len=len(text),
                      sdkappid=SDKAPPID, random=7, params=params, n_params=1)
    out, length = ctypes.create_string_buffer(4096), c_size_t()
    equal(libsig.usersig_url(byref(request), out, len(out), byref(length)), 0, "url")
    equal(out.value.decode(), f"https://console.tim.qq.com/v4/openim/sendmsg?sdkappid={SDKAPPID}&identifier=alice"
                              f"&usersig={text.decode()}&random=7&contenttype=json&x=a%20b", "url")


@scenario
def catalogue_and_codes():
    libsig, n, api = library(), 0, None
    while api := libsig.usersig_rest_next(api):
        n += 1
    equal(n, 229, "endpoints")
    found = libsig.usersig_rest_find(b"group_open_http_svc", b"get_appid_group_list").contents
    equal((found.items, found.cursor_in, found.limit, found.limit_max), (b"GroupIdList", b"Next", b"Limit", 10000), "paging")
    true(not libsig.usersig_rest_find(b"openim", b"SendMsg"), "case counts")
    equal(libsig.usersig_rest_code_find(70001).contents.meaning, b"usersig past its lifetime", "meaning")
    true(not libsig.usersig_rest_code_find(0), "0 is no error")


if __name__ == "__main__":
    main()
