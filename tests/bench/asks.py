"""What is asked of sigd, as bytes."""
HEAD = "HTTP/1.1\r\nHost: sigd\r\n"
GET_ADMIN = f"GET /v1/apps/demo/admin {HEAD}\r\n".encode()


def get(path):
    return f"GET /{path} {HEAD}\r\n".encode()


def post(body, route="usersig"):
    return (f"POST /v1/apps/demo/{route} {HEAD}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            + body).encode()
