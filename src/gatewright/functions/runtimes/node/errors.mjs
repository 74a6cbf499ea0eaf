// AWS's own errors of the Node.js runtime, and the documents that tell callers about any error.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html

function named(name) {
  return class extends Error {
    constructor(message) {
      super(message);
      this.name = name;
    }
  };
}

export const ImportModuleError = named("Runtime.ImportModuleError");
export const HandlerNotFound = named("Runtime.HandlerNotFound");
export const MalformedHandlerName = named("Runtime.MalformedHandlerName");
export const UserCodeSyntaxError = named("Runtime.UserCodeSyntaxError");
export const MarshalError = named("Runtime.MarshalError");

export class UnhandledPromiseRejection extends Error {
  constructor(reason) {
    super(String(reason));
    this.name = "Runtime.UnhandledPromiseRejection";
    this.reason = reason;
  }
}

// Errors of another realm are no instances of ours, yet errors all the same.
function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

export function toErrorDocument(error) {
  if (!isError(error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return {
    errorType: String(error.name),
    errorMessage: String(error.message),
    trace: String(error.stack ?? "").split("\n"),
  };
}

// The log's document says more than the caller's: an error's own properties such as `code`, and the reason of a rejected
// promise with the stack that leads to the function's code.
function toLogDocument(error) {
  const { errorType, errorMessage, trace } = toErrorDocument(error);
  if (!isError(error)) return { errorType, errorMessage, stack: trace };
  const { name, message, stack, reason, ...own } = error;
  const cause = "reason" in error ? { reason: isError(reason) ? toLogDocument(reason) : reason } : {};
  return { errorType, errorMessage, ...own, ...cause, stack: trace };
}

export function invokeErrorLine(title, error) {
  let text;
  try {
    text = JSON.stringify(toLogDocument(error));
  } catch {
    text = JSON.stringify(toErrorDocument(error)); // a property of it cannot be told as JSON
  }
  return `${title} \t${text}`;
}
