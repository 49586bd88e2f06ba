// Prints what npm's cloudevents sends over HTTP: a message for each type, data and mode.
const { CloudEvent, HTTP } = require("cloudevents");

const payload = { tenantId: "acme" };
const bytes = new Uint8Array(Buffer.from(JSON.stringify(payload)));
const messages = [];
for (const type of ["tenant.signup", "tenant.deleted"]) {
  const attributes = { type, source: "/signup", id: "e-1", datacontenttype: "application/json" };
  const text = new CloudEvent({ ...attributes, data: payload });
  const binary = new CloudEvent({ ...attributes, data: bytes });
  for (const message of [HTTP.binary(text), HTTP.structured(text), HTTP.structured(binary)]) {
    messages.push({ type, headers: message.headers, body: message.body });
  }
}
console.log(JSON.stringify(messages));
