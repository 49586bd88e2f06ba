// Reads a JSON array of texts in base64; prints for each what JSON.parse makes of its UTF-8.
const utf8 = new TextDecoder("utf-8", { fatal: true });
const texts = JSON.parse(require("fs").readFileSync(0, "latin1"));
const results = texts.map((text) => {
  try {
    return { value: JSON.parse(utf8.decode(Buffer.from(text, "base64"))) };
  } catch {
    return null;
  }
});
console.log(JSON.stringify(results));
