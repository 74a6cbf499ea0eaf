// console.log and kin with the time, request id and level before each message, as CloudWatch shows them.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html

import { format } from "node:util";

const LEVELS = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" };

// Which event runs now; the console's methods ask.
export class Events {
  requestId = undefined;

  constructor() {
    for (const [method, level] of Object.entries(LEVELS)) {
      console[method] = (...values) => this.log(level, format(...values));
    }
  }

  log(level, message) {
    process.stdout.write(`${new Date().toISOString()}\t${this.requestId}\t${level}\t${message}\n`);
  }
}
