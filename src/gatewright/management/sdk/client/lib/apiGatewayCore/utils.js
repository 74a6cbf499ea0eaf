// Text and parameters: path templates, query strings, and what a call gives of what a method declares.
(function () {
    "use strict";

    // RFC 3986: everything but unreserved characters is encoded, as signatures need it.
    function encode(text) {
        return encodeURIComponent(text).replace(/[!'()*]/g, function (character) {
            return "%" + character.charCodeAt(0).toString(16).toUpperCase();
        });
    }

    function isGiven(value) {
        return value !== undefined && value !== null;
    }

    function pick(params, names) {
        var picked = {};
        names.forEach(function (name) {
            if (isGiven(params[name])) {
                picked[name] = params[name];
            }
        });
        return picked;
    }

    function assertDefined(params, names) {
        var missing = names.filter(function (name) { return !isGiven(params[name]); });
        if (missing.length) {
            throw new Error("Missing required parameters: " + missing.join(", "));
        }
    }

    // "{name}" takes one segment, "{name+}" as many as its value has.
    function expandPath(template, values) {
        return template.replace(/\{([^{}+]+)(\+?)\}/g, function (whole, name, greedy) {
            var parts = greedy ? String(values[name]).split("/") : [String(values[name])];
            if (parts.includes(".") || parts.includes("..")) {
                throw new Error("Parameter " + name + " would lead to another path");
            }
            return parts.map(encode).join("/");
        });
    }

    // A list of values is a parameter given several times. Sorted, as signatures need it.
    function queryString(values) {
        var pairs = [];
        Object.keys(values).forEach(function (name) {
            [].concat(values[name]).forEach(function (value) {
                pairs.push([encode(name), encode(String(value))]);
            });
        });
        pairs.sort(function (one, other) {
            var key = one[0] === other[0] ? 1 : 0;
            return one[key] < other[key] ? -1 : one[key] > other[key] ? 1 : 0;
        });
        return pairs.map(function (pair) { return pair.join("="); }).join("&");
    }

    var utils = {
        encode: encode, pick: pick, assertDefined: assertDefined, expandPath: expandPath, queryString: queryString
    };
    if (typeof module === "object" && module.exports) {
        module.exports = utils;
    } else {
        globalThis.apiGateway = { core: { utils: utils } };
    }
})();
