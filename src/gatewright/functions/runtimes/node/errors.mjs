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

export function invokeErrorLine(title, error) {
  const { errorType, errorMessage, trace } = toErrorDocument(error);
  return `${title} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`;
}
