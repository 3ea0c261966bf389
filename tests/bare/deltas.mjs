// Writes the deltas for small devices to decode, and `deltas.txt`, which gives the expected result of each: name,
// digest of the image or rule, base, delta. All delta vectors.
//   node deltas.mjs ROOT FOLDER
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [root, out] = process.argv.slice(2);
const vectors = join(root, "format-spec/delta-vectors");

// What the decoder without libzstd does not decode: frames that are compressed or have a checksum. Where nothing else
// is refused first, it refuses them by DLT-2.
const COMPRESSED = ["frame-compressed", "pay-3-frame-checksum"];

function numbers(...all) {
  const bytes = Buffer.alloc(8 * all.length);
  all.forEach((number, n) => bytes.writeBigUInt64LE(BigInt(number), 8 * n));
  return bytes;
}

const lines = readdirSync(vectors).filter((f) => f.endsWith(".delta")).map((file) => {
  const fields = readFileSync(join(vectors, file), "utf8").trimEnd().split("\n");
  const all = (key) => fields.filter((f) => f.startsWith(`${key}: `)).map((f) => f.slice(key.length + 2));
  const [name, [base], [memory], preamble] = [all("name")[0], all("base"), all("memory"), all("preamble")];
  const chunks = [`0 ${preamble[0]}`, ...all("chunk")].map((chunk) => chunk.split(" "));
  const stored = chunks.map(([, hex]) => Buffer.from(hex, "hex"));
  const sizes = chunks.flatMap(([image], n) => [image, stored[n].length]);
  writeFileSync(join(out, `${name}.base`), Buffer.from(base, "hex"));
  writeFileSync(join(out, file), Buffer.concat([numbers(memory, chunks.length, ...sizes), ...stored]));
  const expected = COMPRESSED.includes(name) ? "DLT-2" : (all("sha256")[0] ?? all("rule")[0]);
  return [name, expected, `${name}.base`, file].join(" ");
});
writeFileSync(join(out, "deltas.txt"), lines.join("\n") + "\n");
