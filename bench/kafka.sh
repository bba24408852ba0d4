#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kafka.sh PROGRAM [ARGUMENT...]: runs bench_kafka beside a registry that knows every schema
# as number 1.
set -e
python3 -c '
import http.server
class Registry(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"{\"id\":1}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Registry)
print(server.server_address[1], flush=True)
server.serve_forever()
' >kafka-registry.port &
registry=$!
trap 'kill $registry 2>/dev/null; rm -f kafka-registry.port' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -s kafka-registry.port ] && break
  sleep 0.2
done
BENCH_REGISTRY=http://127.0.0.1:$(cat kafka-registry.port) "$@"
