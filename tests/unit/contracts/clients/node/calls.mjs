// Make the calls of a table with a compiled client, and print what they give, as JSON.
// Usage: node calls.mjs CLIENT ADDRESS CREDENTIALS < CALLS
import { readFileSync } from "node:fs";
import { argv, stdout } from "node:process";

const [, , file, address, credentials] = argv;
const { Client } = await import(file);
const client = new Client(address, {
  credentials: JSON.parse(credentials),
  openWebSocket: (url, headers) => new WebSocket(url, { headers }),
});

const upload = (value) => {
  if (Array.isArray(value)) return value.map(upload);
  if (value === null || typeof value !== "object") return value;
  if ("$file" in value) return new File([value.$file], value.name ?? "upload", { type: "text/plain" });
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, upload(item)]));
};

const plain = async (value, first) => {
  if (value === undefined) return null;
  if (value instanceof Blob) return Buffer.from(await value.arrayBuffer()).toString("latin1");
  if (value !== null && typeof value === "object" && Symbol.asyncIterator in value) {
    const items = [];
    for await (const item of value) {
      items.push(item);
      if (items.length === first) break;
    }
    return items;
  }
  return value;
};

const talk = (socket, first) =>
  new Promise((resolve, reject) => {
    const received = [];
    socket.onerror = reject;
    socket.onclose = () => resolve({ result: received });
    socket.onmessage = ({ data }) => {
      received.push(data);
      if (received.length === first) socket.close();
      else if (received.length === 1) socket.send("héllo");
    };
  });

const kept = {};
const known = (value) => {
  if (typeof value === "string" && value.startsWith("$")) return kept[value.slice(1)];
  if (Array.isArray(value)) return value.map(known);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, known(item)]));
};

const call = async ({ group, name, args, keep, first }) => {
  const owner = group ? client[group] : client;
  let answer;
  try {
    answer = owner[name](upload(known(args)));
    if (answer instanceof WebSocket) return await talk(answer, first);
    answer = await answer;
  } catch (error) {
    if (error.name !== "UnexpectedAnswer") throw error;
    return { unexpected: error.response.status, body: await plain(error.body) };
  }
  const body = await plain(answer.body, first);
  if (keep.length) kept[keep[0]] = body[keep[1]];
  if (keep[2]) client.credentials[keep[2]] = body[keep[1]];
  return answer.ok ? { result: body } : { error: answer.status, body };
};

const results = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) results.push(await call(one));
stdout.write(JSON.stringify(results));
