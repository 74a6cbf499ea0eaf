// Runs a handler of either style once: one that returns a promise, or one that calls its callback.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import { MarshalError } from "./errors.mjs";

// The text of the handler's answer. A callback's answer waits until the event loop is empty, unless the handler has set
// context.callbackWaitsForEmptyEventLoop to false; a handler that leaves nothing to wait for answers null.
export function runHandler(handler, invocation) {
  return new Promise((resolve, reject) => {
    const context = contextOf(invocation);
    let settled = false;
    let called = null;
    const settle = (error, result) => {
      if (settled) return;
      settled = true;
      process.removeListener("beforeExit", atEmptyLoop);
      if (error !== undefined && error !== null) reject(error);
      else resolve(result);
    };
    const atEmptyLoop = () => settle(...(called ?? [null, undefined]));
    const callback = (error, result) => {
      called ??= [error, result];
      if (!context.callbackWaitsForEmptyEventLoop || (error !== undefined && error !== null)) settle(error, result);
    };
    context.done = (error, result) => settle(error, result);
    context.succeed = (result) => settle(null, result);
    context.fail = (error) => settle(error ?? "handled", undefined);
    process.on("beforeExit", atEmptyLoop);
    let returned;
    try {
      returned = handler(JSON.parse(invocation.body), context, callback);
    } catch (error) {
      settle(error ?? new Error(String(error)));
      return;
    }
    if (typeof returned?.then === "function") {
      returned.then(
        (result) => settle(null, result),
        (error) => settle(error ?? new Error(String(error))),
      );
    }
  }).then(textOf);
}

function textOf(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    throw new MarshalError("Unable to stringify response body");
  }
}

export function contextOf(invocation) {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: invocation.clientContext ? JSON.parse(invocation.clientContext) : undefined,
    identity: invocation.cognitoIdentity ? JSON.parse(invocation.cognitoIdentity) : undefined,
    invokedFunctionArn: invocation.functionArn,
    awsRequestId: invocation.requestId,
    getRemainingTimeInMillis: () => invocation.deadlineMs - Date.now(),
  };
}
