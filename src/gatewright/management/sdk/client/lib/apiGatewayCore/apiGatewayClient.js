// One call of a method: its parameters to a request, signed if there are keys, and the response to what the caller reads.
(function () {
    "use strict";

    var inNode = typeof module === "object" && typeof require === "function";
    var utils = inNode ? require("./utils.js") : globalThis.apiGateway.core.utils;
    var sigV4 = inNode ? require("./sigV4Client.js") : globalThis.apiGateway.core.sigV4;
    var NO_BODY = ["GET", "HEAD"];

    // An empty body is none, as in AWS's client. Text and bytes go as they are, all else as JSON.
    function bytesOf(body) {
        if (body === undefined || body === null || body === "") {
            return null;
        }
        if (body instanceof ArrayBuffer) {
            return new Uint8Array(body);
        }
        if (ArrayBuffer.isView(body)) {
            return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
        }
        if (typeof body === "object" && !Array.isArray(body) && Object.keys(body).length === 0) {
            return null;
        }
        return new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    }

    function setHeaders(headers, given) {
        Object.keys(given).forEach(function (name) {
            headers[name.toLowerCase()] = String(given[name]);
        });
    }

    function headersOf(config, method, params, additional, body) {
        var headers = { accept: config.defaultAcceptType };
        if (body !== null) {
            headers["content-type"] = config.defaultContentType;
        }
        if (config.apiKey) {
            headers["x-api-key"] = config.apiKey;
        }
        setHeaders(headers, utils.pick(params, method.headers));
        setHeaders(headers, additional.headers || {});
        return headers;
    }

    function urlOf(invokeUrl, method, params, additional) {
        var path = utils.expandPath(method.path, utils.pick(params, method.pathParams));
        var query = Object.assign(utils.pick(params, method.queryParams), additional.queryParams || {});
        var search = utils.queryString(query);
        return new URL(invokeUrl.replace(/\/$/, "") + path + (search ? "?" + search : ""));
    }

    function parsed(text) {
        try {
            return JSON.parse(text);
        } catch (error) {
            return text;
        }
    }

    // A promise of {status, statusText, data, headers}; it is rejected with an error that has the same members when
    // the status is not of the two hundreds.
    async function result(response) {
        var read = {
            status: response.status,
            statusText: response.statusText,
            data: parsed(await response.text()),
            headers: Object.fromEntries(response.headers)
        };
        if (!response.ok) {
            var error = new Error("Request failed with status code " + response.status);
            throw Object.assign(error, read, { response: read });
        }
        return read;
    }

    async function makeRequest(config, method, params, body, additional) {
        utils.assertDefined(params, method.required);
        var bytes = NO_BODY.includes(method.verb) ? null : bytesOf(body);
        var url = urlOf(config.invokeUrl, method, params, additional);
        var headers = headersOf(config, method, params, additional, bytes);
        if (config.accessKey && config.secretKey) {
            var request = { method: method.verb, url: url, body: bytes || new Uint8Array(0) };
            Object.assign(headers, await sigV4.sign(request, config, new Date()));
        }
        return result(await fetch(url, { method: method.verb, headers: headers, body: bytes }));
    }

    function newClient(invokeUrl, region, given) {
        var config = {
            invokeUrl: invokeUrl, region: region, accessKey: "", secretKey: "", sessionToken: "", apiKey: "",
            defaultContentType: "application/json", defaultAcceptType: "application/json"
        };
        Object.assign(config, utils.pick(given || {}, Object.keys(config)));
        return {
            makeRequest: function (method, params, body, additional) {
                return makeRequest(config, method, params || {}, body, additional || {});
            }
        };
    }

    if (inNode) {
        module.exports = { newClient: newClient };
    } else {
        globalThis.apiGateway.core.client = { newClient: newClient };
    }
})();
