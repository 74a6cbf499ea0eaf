// The Runtime API's client: HTTP/1.1 on one kept connection, which keeps the process alive only while it waits for an
// event, so that an empty event loop shows when a handler has nothing left to do.

import net from "node:net";

const API = "/2018-06-01/runtime";
const HEAD_END = Buffer.from("\r\n\r\n");

export class RuntimeClient {
  #host;
  #port;
  #address;
  #socket;
  #received = [];
  #length = 0; // of what was received
  #needed = 0; // before it is worth another look
  #waiting = null;

  constructor(address) {
    this.#address = address;
    const at = address.lastIndexOf(":");
    this.#host = address.slice(0, at);
    this.#port = Number(address.slice(at + 1));
    this.reconnect();
  }

  // Drops the connection and whatever was under way on it.
  reconnect() {
    this.#socket?.removeAllListeners();
    this.#socket?.on("error", () => {});
    this.#socket?.destroy();
    this.#received = [];
    this.#length = this.#needed = 0;
    this.#waiting = null;
    this.#socket = net.connect(this.#port, this.#host);
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (data) => this.#read(data));
    this.#socket.on("error", () => process.exit(1)); // the node is gone, or has given this sandbox up
    this.#socket.on("close", () => process.exit(1));
  }

  // The next event, with everything its context tells.
  async next() {
    const { headers, body } = await this.#call("GET", `${API}/invocation/next`);
    return {
      requestId: headers["lambda-runtime-aws-request-id"],
      deadlineMs: Number(headers["lambda-runtime-deadline-ms"]),
      functionArn: headers["lambda-runtime-invoked-function-arn"],
      traceId: headers["lambda-runtime-trace-id"],
      clientContext: headers["lambda-runtime-client-context"],
      cognitoIdentity: headers["lambda-runtime-cognito-identity"],
      body,
    };
  }

  async respond(requestId, text) {
    const { status } = await this.#call("POST", `${API}/invocation/${requestId}/response`, text, {
      "Content-Type": "application/json",
    });
    // A refused answer (too large) is not this client's to repeat: the caller has its error already.
    return status;
  }

  async fail(requestId, document) {
    await this.#postError(`${API}/invocation/${requestId}/error`, document);
  }

  async failInit(document) {
    await this.#postError(`${API}/init/error`, document);
  }

  async #postError(path, document) {
    await this.#call("POST", path, JSON.stringify(document), {
      "Content-Type": "application/vnd.aws.lambda.error+json",
      "Lambda-Runtime-Function-Error-Type": headerValue(document.errorType),
    });
  }

  // A streamed response: begin, any number of chunks, end. `trailers` tell of an error in the middle.
  beginStream(requestId, contentType) {
    this.#write(
      `POST ${API}/invocation/${requestId}/response HTTP/1.1\r\nHost: ${this.#address}\r\n` +
        `Content-Type: ${headerValue(contentType)}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n` +
        "Transfer-Encoding: chunked\r\n" +
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n",
    );
  }

  writeChunk(bytes, done) {
    this.#write(`${bytes.length.toString(16)}\r\n`);
    this.#write(bytes);
    this.#write("\r\n", done);
  }

  async endStream(trailers = {}) {
    const answer = this.#answer();
    this.#write(`0\r\n${fieldsOf(trailers)}\r\n`);
    await answer;
  }

  #call(method, path, text, headers = {}) {
    const answer = this.#answer();
    const body = Buffer.from(text ?? "");
    const length = method === "POST" ? { "Content-Length": String(body.length) } : {};
    const head = `${method} ${path} HTTP/1.1\r\n${fieldsOf({ Host: this.#address, ...headers, ...length })}\r\n`;
    this.#write(Buffer.concat([Buffer.from(head), body]));
    return answer;
  }

  #write(bytes, done) {
    this.#socket.write(bytes, done);
  }

  #answer() {
    this.#socket.ref();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #read(data) {
    this.#received.push(data);
    this.#length += data.length;
    if (this.#length < this.#needed) return;
    const received = this.#received.length > 1 ? Buffer.concat(this.#received) : data;
    this.#received = [received];
    const end = received.indexOf(HEAD_END);
    if (end < 0) return;
    const [statusLine, ...lines] = received.toString("utf8", 0, end).split("\r\n");
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const start = end + HEAD_END.length;
    this.#needed = start + Number(headers["content-length"]);
    if (this.#length < this.#needed) return;
    this.#received = [];
    this.#length = this.#needed = 0;
    this.#socket.unref();
    const resolve = this.#waiting;
    this.#waiting = null;
    resolve({ status: Number(statusLine.split(" ")[1]), headers, body: received.subarray(start) });
  }
}

function fieldsOf(headers) {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}

function headerValue(text) {
  return String(text).replace(/[^\x20-\x7e]/g, "_");
}
