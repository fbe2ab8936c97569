// --- the copied part begins here ---
/** What the document says about an answer that is no error. */
export interface Success<S extends number, B> {
  readonly ok: true;
  readonly status: S;
  readonly body: B;
  readonly response: Response;
}

/** What the document says about an answer that is an error. */
export interface Failure<S extends number, B> {
  readonly ok: false;
  readonly status: S;
  readonly body: B;
  readonly response: Response;
}

type Answered = Success<number, unknown> | Failure<number, unknown>;

export type Status1XX = 100 | 101 | 102 | 103;
export type Status2XX = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | 208 | 226;
export type Status3XX = 300 | 301 | 302 | 303 | 304 | 307 | 308;
export type Status4XX =
  | 400 | 401 | 402 | 403 | 404 | 405 | 406 | 407 | 408 | 409 | 410 | 411 | 412 | 413 | 414
  | 415 | 416 | 417 | 418 | 421 | 422 | 423 | 424 | 425 | 426 | 428 | 429 | 431 | 451;
export type Status5XX = 500 | 501 | 502 | 503 | 504 | 505 | 506 | 507 | 508 | 510 | 511;
export type OtherStatus = Status4XX | Status5XX;

/** An answer with a status that the application's document does not have. */
export class UnexpectedAnswer extends Error {
  readonly response: Response;
  readonly body: unknown;

  constructor(response: Response, body: unknown) {
    super(`${response.status} ${response.statusText}: not in the document`);
    this.name = "UnexpectedAnswer";
    this.response = response;
    this.body = body;
  }
}

/** An answer that is an error, thrown by `value`. */
export class ApiError<F extends Failure<number, unknown>> extends Error {
  readonly answer: F;

  constructor(answer: F) {
    super(`${answer.status}: ${JSON.stringify(answer.body)}`);
    this.name = "ApiError";
    this.answer = answer;
  }
}

/** Return the body of an answer, or throw an `ApiError` that has the answer. */
export async function value<A extends Answered>(
  answer: A | Promise<A>,
): Promise<Extract<A, { ok: true }>["body"]> {
  const found: Answered = await answer;
  if (found.ok) return found.body as Extract<A, { ok: true }>["body"];
  throw new ApiError(found);
}

/** A server-sent event. */
export interface ServerEvent<T> {
  data: T;
  event: string;
  id?: string;
  retry?: number;
}

export interface ClientOptions {
  /** What the client presents. It may be changed later. */
  credentials?: Credentials;
  /** An own fetch, for retries or tests. */
  fetch?: typeof fetch;
  /** Headers of each request. */
  headers?: Record<string, string>;
  /** What opens WebSockets that need headers, which browsers cannot send. */
  openWebSocket?: (url: string, headers: Record<string, string>) => WebSocket;
}

type Reader = "json" | "text" | "bytes" | "nothing" | "whatever" | "lines" | "events" | "json events";
type Readers = Record<string, Reader | Record<string, Reader>>;
type Between = "repeat" | "deep" | string;

/** Return a value as one segment of a path. */
function segment(part: unknown): string {
  const written = encodeURIComponent(toText(part));
  if (written === "." || written === "..") throw new Error(`${written} would lead to another path`);
  return written;
}

function toText(part: unknown): string {
  return typeof part === "string" ? part : JSON.stringify(part);
}

function itemsOf(part: unknown): unknown[] {
  if (part === undefined || part === null) return [];
  return Array.isArray(part) ? part : [part];
}

/** A request, part by part. A part that is undefined is left out. */
class ApiRequest {
  readonly headers: Record<string, string> = {};
  readonly cookies: string[] = [];
  readonly queries = new URLSearchParams();
  body: BodyInit | undefined = undefined;
  private members: Record<string, unknown> | undefined = undefined;

  constructor(
    readonly method: string,
    readonly path: string,
    readonly security: readonly string[] = [],
  ) {}

  query(name: string, part: unknown, between: Between = "repeat"): void {
    if (between === "deep") {
      for (const [key, item] of Object.entries(part ?? {})) this.query(`${name}[${key}]`, item);
    } else if (between === "repeat") {
      for (const item of itemsOf(part)) this.queries.append(name, toText(item));
    } else if (itemsOf(part).length > 0) {
      this.queries.append(name, itemsOf(part).map(toText).join(between));
    }
  }

  header(name: string, part: unknown): void {
    if (itemsOf(part).length > 0) this.headers[name] = itemsOf(part).map(toText).join(", ");
  }

  cookie(name: string, part: unknown): void {
    for (const item of itemsOf(part)) this.cookies.push(`${name}=${toText(item)}`);
  }

  json(part: unknown, mediaType = "application/json"): void {
    if (part === undefined) return;
    this.body = JSON.stringify(part);
    this.headers["content-type"] = mediaType;
  }

  member(name: string, part: unknown): void {
    if (part === undefined) return;
    this.members = { ...this.members, [name]: part };
    this.json(this.members);
  }

  raw(part: BodyInit | undefined, mediaType: string): void {
    if (part === undefined) return;
    this.body = part;
    this.headers["content-type"] = mediaType;
  }

  form(name: string, part: unknown): void {
    for (const item of itemsOf(part)) {
      if (!(this.body instanceof URLSearchParams)) this.body = new URLSearchParams();
      this.body.append(name, toText(item));
    }
  }

  part(name: string, part: unknown): void {
    for (const item of itemsOf(part)) {
      if (!(this.body instanceof FormData)) this.body = new FormData();
      if (item instanceof File) this.body.append(name, item);
      else if (item instanceof Blob) this.body.append(name, item, "upload");
      else this.body.append(name, toText(item));
    }
  }

  address(baseUrl: string): string {
    const query = this.queries.toString();
    return baseUrl.replace(/\/+$/, "") + this.path + (query ? `?${query}` : "");
  }

  allHeaders(): Record<string, string> {
    return this.cookies.length > 0
      ? { ...this.headers, cookie: this.cookies.join("; ") }
      : this.headers;
  }
}

/** What sends requests and reads answers. */
class Sender {
  readonly credentials: Credentials;

  constructor(
    readonly baseUrl: string,
    readonly options: ClientOptions,
  ) {
    this.credentials = options.credentials ?? {};
  }

  async send<A extends Answered>(
    request: ApiRequest,
    successes: Readers,
    errors: Readers,
    init: RequestInit = {},
  ): Promise<A> {
    present(request, this.credentials);
    const redirects = Object.keys(successes).some((status) => status.startsWith("3"));
    const response = await (this.options.fetch ?? fetch)(request.address(this.baseUrl), {
      method: request.method,
      redirect: redirects ? "manual" : "follow",
      ...init,
      headers: {
        ...this.options.headers,
        ...request.allHeaders(),
        ...(init.headers as Record<string, string> | undefined),
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    for (const key of [`${response.status}`, `${Math.floor(response.status / 100)}XX`, "default"]) {
      for (const [ok, readers] of [[true, successes], [false, errors]] as const) {
        const reader = readers[key];
        if (reader !== undefined) {
          const body = await read(response, reader);
          return { ok, status: response.status, body, response } as unknown as A;
        }
      }
    }
    throw new UnexpectedAnswer(response, await read(response, "whatever"));
  }

  open(request: ApiRequest): WebSocket {
    present(request, this.credentials);
    const url = request.address(this.baseUrl).replace(/^http/, "ws");
    const headers = request.allHeaders();
    if (this.options.openWebSocket) return this.options.openWebSocket(url, headers);
    if (Object.keys(headers).length === 0) return new WebSocket(url);
    throw new Error("This WebSocket needs headers: give the client openWebSocket");
  }
}

async function read(response: Response, reader: Reader | Record<string, Reader>): Promise<unknown> {
  const mediaType = (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const how = typeof reader === "string" ? reader : (reader[mediaType] ?? "whatever");
  switch (how) {
    case "nothing":
      await response.body?.cancel();
      return undefined;
    case "json":
      return response.json();
    case "text":
      return response.text();
    case "bytes":
      return response.blob();
    case "lines":
      return jsonLines(response);
    case "events":
      return serverEvents(response, (data) => data);
    case "json events":
      return serverEvents(response, JSON.parse);
    case "whatever":
      if (mediaType.includes("json")) return response.json().catch(() => undefined);
      return mediaType.startsWith("text/") ? response.text() : response.blob();
  }
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value: part } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(part, { stream: true });
      const lines = rest.split(done ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/);
      rest = done ? "" : lines.pop()!;
      yield* lines;
      if (done) return;
    }
  } finally {
    await reader.cancel();
  }
}

async function* jsonLines(response: Response): AsyncGenerator<unknown> {
  for await (const line of linesOf(response)) if (line.trim()) yield JSON.parse(line);
}

async function* serverEvents(
  response: Response,
  parse: (data: string) => unknown,
): AsyncGenerator<ServerEvent<unknown>> {
  let fields: Record<string, string> = {};
  for await (const line of linesOf(response)) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name) {
      fields[name] = name === "data" && "data" in fields ? `${fields["data"]}\n${text}` : text;
    } else if (line === "") {
      const { data, event, id, retry } = fields;
      fields = {};
      if (data === undefined) continue;
      yield {
        data: parse(data),
        event: event || "message",
        ...(id === undefined ? {} : { id }),
        ...(retry === undefined ? {} : { retry: Number(retry) }),
      };
    }
  }
}
