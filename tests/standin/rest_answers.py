"""rest_answers.py: what the stand-in of the REST service answers, endpoint by endpoint, once the caller is known.

The catalogue (libsig/rest-apis.tsv) says which fields a body must have and how a list pages. A list has `items` items. A
page goes on only where every cursor comes back as it was handed out, so that a client which drops one is found."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
APIS = os.path.join(HERE, "..", "..", "libsig", "rest-apis.tsv")
PAGE = 2  # items a page, where the request cannot say

# which code says that a parameter is wrong, by service; 60003 for all others
WRONG = {"group_open_http_svc": 10004, "group_open_attr_http_svc": 10004, "group_open_avchatroom_http_svc": 10004,
         "million_group_open_http_svc": 10004, "sns": 30001, "profile": 40001, "recentcontact": 50002, "openim": 90010,
         "im_open_login_svc": 70402, "live_engine_http_srv": 100002, "room_engine_http_srv": 100002}

ITEMS = {
    "GroupIdList": lambda n: {"GroupId": f"@TGS#2J4SZEAE{n}"},
    "MemberList": lambda n: {"Member_Account": f"user{n}", "Role": "Member"},
    "UserDataItem": lambda n: {"To_Account": f"user{n}", "ValueItem": []},
    "BlackListItem": lambda n: {"Black_Account": f"user{n}", "AddBlackTimeStamp": 1700000000 + n},
    "FollowItem": lambda n: {"To_Account": f"user{n}", "FollowTime": 1700000000 + n},
    "SessionItem": lambda n: {"Type": 1, "To_Account": f"user{n}", "MsgTime": 1700000000 + n},
    "ContactItem": lambda n: {"Type": 1, "To_Account": f"user{n}", "Timestamp": 1700000000 + n},
    "MsgList": lambda n: {"From_Account": "u1", "To_Account": "u2", "MsgSeq": n, "MsgKey": f"{n}_{n}_1700000000"},
    "ReadList": lambda n: {"Member_Account": f"user{n}"},
    "BannedAccountList": lambda n: {"Member_Account": f"user{n}", "BannedUntil": 1800000000 + n},
    "SubscriberList": lambda n: {"Subscriber_Account": f"user{n}", "SubscribeTime": 1700000000 + n},
    "RoomList": lambda n: {"RoomId": f"room{n}", "RoomName": f"room {n}"},
}


class Wrong(Exception):
    """A parameter that the service would refuse."""

    def __init__(self, code, why):
        super().__init__(code)
        self.code, self.why = code, why


class Api:
    def __init__(self, row):
        self.service, self.command, self.kind = row["service"], row["command"], row["kind"]
        self.body = json.loads(row["min_body"])
        self.items, self.complete = row["items"].split(",")[0], row["complete"]
        self.cursor_in = row["cursor_in"].split(",") if row["cursor_in"] else []
        self.cursor_out = row["cursor_out"].split(",") if row["cursor_out"] else []
        self.limit, self.limit_max = row["limit"], int(row["limit_max"] or 0)

    def wrong(self, why):
        return Wrong(WRONG.get(self.service, 60003), why)

    def judge(self, document):
        """The fields of the least body must be there, each of the type that it has there."""
        for name, example in self.body.items():
            if name not in document:
                raise self.wrong(f"{name} is missing")
            if isinstance(example, str) != isinstance(document[name], str) or \
                    isinstance(example, (list, dict)) and not isinstance(document[name], type(example)):
                raise self.wrong(f"{name} is of another type")

    # ---- lists

    def size(self, document):
        name = self.limit or next((name for name in ("MaxCnt", "MaxLimited") if name in self.body), "")
        size = document.get(name, self.limit_max or PAGE) if name else PAGE
        if isinstance(size, bool) or not isinstance(size, int) or size < 1 or self.limit_max and size > self.limit_max:
            raise self.wrong(name)
        return size

    def is_text(self, i):
        """Whether cursor i is a text, "" at the beginning and the end."""
        name = self.cursor_in[i]
        return name == "LastMsgKey" or self.items.startswith("Response.") or isinstance(self.body.get(name), str) or \
            name == "Next" and self.service.startswith("official_account")

    def cursor(self, i, position):
        """What cursor i is for a page that begins at position, not 0."""
        if self.cursor_in[i] == "MaxTime":
            return 1700003600 - position
        return f"c{i}-{position}" if self.is_text(i) else position * (i + 1) + 1000 * i

    def position(self, document):
        """Where the page begins."""
        last = max(i for i, rule in enumerate(self.cursor_out) if i == 0 or self.cursor_out[0] != "+")
        value = document.get(self.cursor_in[last], 0)
        if self.is_text(last) and isinstance(value, str) and value:
            value = int(value.partition("-")[2]) if value.startswith(f"c{last}-") and value[3:].isdigit() else -1
        elif isinstance(value, int) and not isinstance(value, bool):
            value = (value - 1000 * last) // (last + 1) if value else 0
        else:
            value = -1 if value else 0
        if value < 0 or value >= 2**32:
            raise self.wrong(self.cursor_in[last])
        if value and self.cursor_out[0] != "+":
            for i, name in enumerate(self.cursor_in):
                if document.get(name) != self.cursor(i, value):
                    raise self.wrong(f"{name} is not what the page before had")
        return value

    def page(self, document, total):
        size = self.size(document)
        if self.cursor_out[0].startswith("-"):
            return self.page_down(document, total, size)
        start = self.position(document)
        end, ends = start + size, start + size >= total
        answer = {self.items: [ITEMS[self.items.rpartition(".")[2]](n) for n in range(start + 1, min(end, total) + 1)]}
        for i, name in enumerate(self.cursor_out):
            if self.cursor_out[0] != "+":
                answer[name] = self.cursor(i, end) if not ends else "" if self.is_text(i) else 0
        if self.complete.startswith("="):
            answer[self.complete[1:]] = total
        elif self.complete:
            answer[self.complete] = int(ends)
        if self.items == "GroupIdList":
            answer["TotalCount"] = total
        return nested(answer)

    def page_down(self, document, total, size):
        """Messages by falling numbers."""
        first = document.get(self.cursor_in[0], total)
        if isinstance(first, bool) or not isinstance(first, int) or not 0 <= first < 2**32:
            raise self.wrong(self.cursor_in[0])
        last = max(first - size, 0)
        return {self.items: [{"MsgSeq": n, "From_Account": "u1", "IsPlaceMsg": 0} for n in range(min(first, total), last, -1)],
                self.complete: int(last == 0)}

    # ---- everything else

    def answer(self, document, items):
        self.judge(document)
        if self.cursor_in:
            return self.page(document, items)
        if self.command in OTHERS:
            return OTHERS[self.command](document)
        if self.kind == "send":
            return {"MsgTime": 1700000000, "MsgKey": "1_2_1700000000", "MsgSeq": 1}
        return {"Response": {}} if "_engine_" in self.service else {}


OTHERS = {
    "account_check": lambda d: {"ResultItem": [{"UserID": item["UserID"], "ResultCode": 0, "ResultInfo": "",
                                                "AccountStatus": "Imported"} for item in d["CheckItem"]]},
    "account_delete": lambda d: {"ResultItem": [{"UserID": item["UserID"], "ResultCode": 0, "ResultInfo": ""}
                                                for item in d["DeleteItem"]]},
    "multiaccount_import": lambda d: {"FailAccounts": []},
    "create_group": lambda d: {"GroupId": d.get("GroupId", "@TGS#2J4SZEAE1")},
    "import_group": lambda d: {"GroupId": d.get("GroupId", "@TGS#2J4SZEAE1")},
    "portrait_get": lambda d: {"UserProfileItem": [{"To_Account": user, "ProfileItem": [], "ResultCode": 0}
                                                   for user in d["To_Account"]]},
    "get_group_info": lambda d: {"GroupInfo": [{"GroupId": group, "ErrorCode": 0, "ErrorInfo": ""}
                                               for group in d["GroupIdList"]]},
    "query_online_status": lambda d: {"QueryResult": [{"To_Account": user, "Status": "Online"}
                                                      for user in d["To_Account"]]},
}


def nested(answer):
    """{"Response.Next": 1} as {"Response": {"Next": 1}}."""
    whole = {}
    for name, value in answer.items():
        outer, _, inner = name.rpartition(".")
        (whole.setdefault(outer, {}) if outer else whole)[inner] = value
    return whole


def load(path=APIS):
    """(service, command) -> Api."""
    with open(path, encoding="utf-8") as file:
        names, *rows = [line.rstrip("\n").split("\t") for line in file]
    return {(row[0], row[1]): Api(dict(zip(names, row, strict=True))) for row in rows}
