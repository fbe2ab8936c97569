// Node's http with a handler that encodes an object as JSON: node node.mjs PORT.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const body = JSON.stringify({ message: "Hello World" });
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
});
server.listen(Number(process.argv[2]), "127.0.0.1");
