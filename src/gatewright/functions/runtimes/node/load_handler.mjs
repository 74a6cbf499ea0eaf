// From the handler's name, such as "src/index.handler", to the function: CommonJS or ES module, as Node itself decides.

import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HandlerNotFound, ImportModuleError, MalformedHandlerName, UserCodeSyntaxError } from "./errors.mjs";

const HANDLER = /^([^.]*)\.(.*)$/;
const EXTENSIONS = [".js", ".mjs", ".cjs"];

export async function loadHandler(root, name) {
  if (name.includes("..")) {
    throw new MalformedHandlerName(`'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const folder = name.slice(0, name.length - path.basename(name).length);
  const match = path.basename(name).match(HANDLER);
  if (!match) throw new MalformedHandlerName("Bad handler");
  const [, moduleName, exportName] = match;
  const loaded = await load(path.resolve(root, folder, moduleName), folder + moduleName);
  const handler = find(loaded, exportName) ?? find(loaded.default, exportName);
  if (!handler) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new HandlerNotFound(`${name} is not a function`);
  return handler;
}

function find(exports, name) {
  return name.split(".").reduce((at, key) => at?.[key], exports);
}

async function load(base, name) {
  const file = EXTENSIONS.map((extension) => base + extension).find(existsSync);
  if (!file) {
    const here = fileURLToPath(import.meta.url);
    throw new ImportModuleError(`Error: Cannot find module '${name}'\nRequire stack:\n- ${here}`);
  }
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
      throw new ImportModuleError(String(error));
    }
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(String(error));
    throw error;
  }
}
