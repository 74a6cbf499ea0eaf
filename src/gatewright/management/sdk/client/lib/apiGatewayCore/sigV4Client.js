// AWS Signature Version 4 with the platform's own cryptography, which browsers offer to pages of HTTPS and localhost.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
(function () {
    "use strict";

    var inNode = typeof module === "object" && typeof require === "function";
    var utils = inNode ? require("./utils.js") : globalThis.apiGateway.core.utils;
    var ALGORITHM = "AWS4-HMAC-SHA256";
    var SERVICE = "execute-api";
    var text = new TextEncoder();

    function hex(buffer) {
        return Array.from(new Uint8Array(buffer), function (byte) {
            return byte.toString(16).padStart(2, "0");
        }).join("");
    }

    async function sha256(data) {
        return hex(await crypto.subtle.digest("SHA-256", data));
    }

    async function hmac(secret, words) {
        var hash = { name: "HMAC", hash: "SHA-256" };
        var key = await crypto.subtle.importKey("raw", secret, hash, false, ["sign"]);
        return crypto.subtle.sign("HMAC", key, text.encode(words));
    }

    async function signingKey(secretKey, day, region) {
        var key = text.encode("AWS4" + secretKey);
        for (var words of [day, region, SERVICE, "aws4_request"]) {
            key = await hmac(key, words);
        }
        return key;
    }

    // The headers that sign a request: method, url (a URL), headers and body (bytes) are what is sent.
    async function sign(request, credentials, now) {
        var date = now.toISOString().replace(/[:-]|\.\d{3}/g, "");
        var scope = [date.slice(0, 8), credentials.region, SERVICE, "aws4_request"].join("/");
        var added = { "x-amz-date": date };
        if (credentials.sessionToken) {
            added["x-amz-security-token"] = credentials.sessionToken;
        }
        var signed = Object.assign({ host: request.url.host }, added);
        var names = Object.keys(signed).sort();
        var canonical = [
            request.method,
            request.url.pathname.split("/").map(utils.encode).join("/"),
            request.url.search.slice(1),
            names.map(function (name) { return name + ":" + signed[name] + "\n"; }).join(""),
            names.join(";"),
            await sha256(request.body)
        ].join("\n");
        var toSign = [ALGORITHM, date, scope, await sha256(text.encode(canonical))].join("\n");
        var key = await signingKey(credentials.secretKey, date.slice(0, 8), credentials.region);
        var signature = hex(await hmac(key, toSign));
        added.Authorization = ALGORITHM + " Credential=" + credentials.accessKey + "/" + scope +
            ", SignedHeaders=" + names.join(";") + ", Signature=" + signature;
        return added;
    }

    if (inNode) {
        module.exports = { sign: sign };
    } else {
        globalThis.apiGateway.core.sigV4 = { sign: sign };
    }
})();
