// A client of one stage of an API. README.md tells how to use it.
var apigClientFactory = {};

apigClientFactory.newClient = function (config) {
    var inNode = typeof module === "object" && typeof require === "function";
    var core = inNode ? require("./lib/apiGatewayCore/apiGatewayClient.js") : globalThis.apiGateway.core.client;
    var client = core.newClient("INVOKE_URL", "REGION", config);
    var apigClient = {};

    // METHODS
    return apigClient;
};

if (typeof module === "object" && module.exports) {
    module.exports = apigClientFactory;
}
