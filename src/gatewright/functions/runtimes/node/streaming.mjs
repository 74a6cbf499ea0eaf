// Response streaming: awslambda.streamifyResponse and HttpResponseStream, as functions find them in AWS's runtime.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html

import { finished, Writable } from "node:stream";
import { promisify } from "node:util";
import { toErrorDocument } from "./errors.mjs";
import { contextOf } from "./run_handler.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response";
const PRELUDE_END = Buffer.alloc(8);

export function installStreaming() {
  globalThis.awslambda = {
    streamifyResponse(handler) {
      handler[STREAMING] = "response";
      return handler;
    },
    HttpResponseStream: {
      from(stream, prelude) {
        stream.setContentType(HTTP_INTEGRATION);
        stream.write(JSON.stringify(prelude));
        stream.write(PRELUDE_END);
        return stream;
      },
    },
  };
}

export function isStreaming(handler) {
  return handler[STREAMING] === "response";
}

class ResponseStream extends Writable {
  #client;
  #requestId;
  #contentType = "application/octet-stream";
  begun = false;

  constructor(client, requestId) {
    super();
    this.#client = client;
    this.#requestId = requestId;
  }

  setContentType(contentType) {
    this.#contentType = contentType;
  }

  begin() {
    if (!this.begun) {
      this.begun = true;
      this.#client.beginStream(this.#requestId, this.#contentType);
    }
  }

  _write(bytes, _encoding, done) {
    this.begin();
    if (bytes.length) this.#client.writeChunk(bytes, done);
    else done();
  }
}

// An error before the first byte is thrown, later ones are told in the trailers of the stream.
export async function runStreamingHandler(handler, invocation, client) {
  const stream = new ResponseStream(client, invocation.requestId);
  const ended = promisify(finished)(stream);
  try {
    await Promise.all([handler(JSON.parse(invocation.body), stream, contextOf(invocation)), ended]);
  } catch (error) {
    ended.catch(() => {});
    stream.destroy();
    if (!stream.begun) throw error;
    const document = toErrorDocument(error);
    await client.endStream({
      "Lambda-Runtime-Function-Error-Type": document.errorType.replace(/[^\x20-\x7e]/g, "_"),
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(document)).toString("base64"),
    });
    return;
  }
  stream.begin();
  await client.endStream();
}
