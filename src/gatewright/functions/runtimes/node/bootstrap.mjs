// The Node.js runtime: loads the handler, then runs one event after the other.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html

import { Events } from "./console.mjs";
import { invokeErrorLine, toErrorDocument, UnhandledPromiseRejection } from "./errors.mjs";
import { loadHandler } from "./load_handler.mjs";
import { runHandler } from "./run_handler.mjs";
import { RuntimeClient } from "./runtime_client.mjs";
import { installStreaming, isStreaming, runStreamingHandler } from "./streaming.mjs";

const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;

const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
const events = new Events();
installStreaming();

async function fail(error, title) {
  events.log("ERROR", invokeErrorLine(title, error));
  const document = toErrorDocument(error);
  if (events.requestId === undefined) {
    await client.failInit(document);
  } else {
    await client.fail(events.requestId, document);
  }
}

function dieOf(title, code, wrap) {
  return (cause) => {
    // What was begun on the connection cannot be finished: the last word goes over one of its own.
    client.reconnect();
    fail(wrap(cause), title).finally(() => process.exit(code));
  };
}

process.on("uncaughtException", dieOf("Uncaught Exception", EXIT_UNCAUGHT_EXCEPTION, (error) => error));
process.on(
  "unhandledRejection",
  dieOf("Unhandled Promise Rejection", EXIT_UNHANDLED_REJECTION, (reason) => new UnhandledPromiseRejection(reason)),
);

async function runOne(handler, invocation) {
  try {
    if (isStreaming(handler)) {
      await runStreamingHandler(handler, invocation, client);
    } else {
      await client.respond(invocation.requestId, await runHandler(handler, invocation));
    }
  } catch (error) {
    await fail(error, "Invoke Error");
  }
}

async function main() {
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    await fail(error, "Uncaught Exception");
    process.exit(1);
  }
  for (;;) {
    const invocation = await client.next();
    events.requestId = invocation.requestId;
    if (invocation.traceId) process.env._X_AMZN_TRACE_ID = invocation.traceId;
    else delete process.env._X_AMZN_TRACE_ID;
    await runOne(handler, invocation);
  }
}

main();
