// Prints what npm's cloudevents sends over HTTP: a message for each version, type, data, extension
// and mode.
const { CloudEvent, HTTP, V1, V03 } = require("cloudevents");

const payload = { tenantId: "acme" };
const datas = {
  object: payload,
  bytes: new Uint8Array(Buffer.from(JSON.stringify(payload))),
};
const extensions = [
  {},
  { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", sequence: 7 },
  { tenantid: "other", groupid: "GID_other", envelope: "e", body: "b", props: "p", value: "v" },
];
const messages = [];
for (const specversion of [V1, V03]) {
  for (const type of ["tenant.signup", "tenant.deleted"]) {
    for (const [kind, data] of Object.entries(datas)) {
      for (const extension of extensions) {
        const event = new CloudEvent({
          specversion, type, source: "/signup", id: "e-1", datacontenttype: "application/json",
          time: "2026-11-24T08:00:00.000Z", subject: "acme", data, ...extension,
        });
        for (const mode of ["binary", "structured"]) {
          const { headers, body } = HTTP[mode](event);
          const text = typeof body === "string" ? body : Buffer.from(body).toString();
          messages.push({ specversion, type, kind, mode, headers, body: text });
        }
      }
    }
  }
}
console.log(JSON.stringify(messages));
