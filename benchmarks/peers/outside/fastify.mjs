// Fastify with a handler that returns an object, by its schema: node fastify.mjs PORT.
import fastify from "fastify";

const app = fastify({ logger: false });
const answer = { type: "object", properties: { message: { type: "string" } } };

app.get("/", { schema: { response: { 200: answer } } }, async () => ({ message: "Hello World" }));
app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
