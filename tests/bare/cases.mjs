// Writes the packages for small devices to verify, and `cases.txt`, which gives the expected result of each:
// name, expectation, keyring, package, terms. Golden packages, altered golden packages, and all vectors.
//   node cases.mjs ROOT FOLDER [FEATURE...]   the features that the verifier is built with
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [root, out, ...features] = process.argv.slice(2);
const vectors = join(root, "format-spec/vectors");
const lines = [];

function write(name, bytes) {
  writeFileSync(join(out, name), bytes);
  return name;
}

function add(name, expected, keyring, bytes, terms = "") {
  lines.push([name, expected, keyring, write(`${name}.pkg`, bytes), terms].join(" "));
}

// The positions of the members of a package: name -> [first byte, size].
function members(bytes) {
  const found = new Map();
  for (let at = 0; bytes[at] !== 0; ) {
    const name = bytes.toString("latin1", at, at + 100).replace(/\0.*/s, "");
    const size = parseInt(bytes.toString("latin1", at + 124, at + 135), 8);
    found.set(name, [at + 512, size]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

function flipped(bytes, at) {
  const altered = Buffer.from(bytes);
  altered[at] ^= 1;
  return altered;
}

function golden(folder) {
  const at = join(root, "testdata/golden", folder);
  const keyring = write(`${folder}.keyring`, readFileSync(join(at, "EXAMPLE.keyring")));
  for (const file of readdirSync(at).filter((f) => f.endsWith(".pkg"))) {
    const bytes = readFileSync(join(at, file));
    const name = `${folder}-${file.replace(/\.pkg$/, "")}`;
    const in_package = members(bytes);
    const [manifest, size] = in_package.get("manifest.cbor");
    const [cose, cose_size] = in_package.get("manifest.cose");
    add(name, "accepted", keyring, bytes);
    add(`${name}+signature`, "SIG-3", keyring, flipped(bytes, cose + cose_size - 1));
    add(`${name}+statement`, "SIG-7", keyring, flipped(bytes, manifest + size - 1));
    add(`${name}+cut`, "CON-6", keyring, bytes.subarray(0, bytes.length - 1));
    if (size % 512) add(`${name}+padding`, "CON-5", keyring, flipped(bytes, manifest + size));
    const payload = in_package.get("payload/0");
    if (payload) add(`${name}+chunk`, "PAY-1", keyring, flipped(bytes, payload[0]));
  }
}

// Signed by keys that this keyring does not know.
function strangers(folder) {
  const at = join(root, "testdata/golden", folder);
  for (const file of readdirSync(at).filter((f) => f.endsWith(".pkg"))) {
    const name = `${folder}-${file.replace(/\.pkg$/, "")}+stranger`;
    add(name, "SIG-2", "standard.keyring", readFileSync(join(at, file)));
  }
}

// Statements as large as the format allows; a stranger may send any. A small device reads no more of
// them than it has room for.
function enormous(folder) {
  const at = join(root, "testdata/golden", folder);
  const file = readdirSync(at).find((f) => f.endsWith(".pkg"));
  const header = Buffer.from(readFileSync(join(at, file)).subarray(0, 512));
  header.write((1 << 20).toString(8).padStart(11, "0"), 124, "latin1");
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(7, "0") + "\0", 148, "latin1");
  add("enormous", "unread", "standard.keyring", Buffer.concat([header, Buffer.alloc(1 << 20)]));
}

// A device state in the little TOML that the vectors use, as terms.
function device(file) {
  const terms = [];
  let table = {};
  const tables = [];
  for (const line of readFileSync(join(vectors, file), "utf8").split("\n")) {
    const head = line.match(/^\[+([a-z.]+)\]+$/);
    const entry = line.match(/^([a-z0-9-]+) = (.*)$/);
    if (head) tables.push((table = { is: head[1] }));
    else if (line.startsWith("  {")) {
      const fields = line.slice(3, -2).split(", ").map((f) => f.trim().split(" = "));
      table.disowned.push(Object.fromEntries(fields.map(([key, value]) => [key, JSON.parse(value)])));
    } else if (entry?.[1] === "disowned") table.disowned = [];
    else if (line === "]") continue;
    else if (entry) table[entry[1]] = JSON.parse(entry[2]);
    else if (line) throw new Error(`${file}: ${line}`);
  }
  for (const t of tables) {
    if (t.is === "product") terms.push(`device=${[t.vendor, t.name, ...t.hardware]}`);
    const counters = (of) => [of.line, of.sequence, of["feature-level"], of["security-level"]];
    if (t.is === "installed") {
      terms.push(`scope=${[t.scope, ...t.components]}`);
      if (t.empty) continue;
      terms.push(`installed=${counters(t)}`);
      if (t.manifest) terms.push(`manifest=${t.manifest}`);
      for (const head of t.disowned ?? []) terms.push(`head=${counters(head)}`);
    }
    if (t.is === "installed.image") terms.push(`image=${[t.component, t.sha256]}`);
  }
  return terms;
}

// The most that a device here reads of statements before it knows who made them: judge/src/lib.rs.
const MOST = 32 << 10;

function vector(file) {
  const bytes = readFileSync(join(vectors, file));
  const end = bytes.indexOf("\n\n");
  const header = bytes.toString("utf8", 0, end).split("\n");
  const of = new Map(header.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]));
  const terms = [];
  for (const key of ["decode-memory", "jump", "testing"]) {
    if (of.has(`policy-${key}`)) terms.push(`${key}=${of.get(`policy-${key}`)}`);
  }
  if (of.has("state")) terms.push(...device(`${of.get("state")}.state.toml`));
  const keyring = `${of.get("keyring")}.keyring`;
  // A verifier without ML-DSA trusts no keyring that lists such a key; this one does.
  const unknown = of.get("keyring") === "hybrid" && !features.includes("ml-dsa");
  const package_ = bytes.subarray(end + 2);
  // Vectors are that large only where a statement is.
  const verdict = package_.length > MOST ? "unread" : (of.get("rule") ?? "accepted");
  add(of.get("name"), unknown ? "KEY-12" : verdict, keyring, package_, terms.join(" "));
}

mkdirSync(out, { recursive: true });
const folders = readdirSync(join(root, "testdata/golden"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
folders.forEach(golden);
for (const file of readdirSync(vectors).filter((f) => f.endsWith(".keyring"))) {
  write(file, readFileSync(join(vectors, file)));
}
folders.forEach(strangers);
enormous(folders[0]);
readdirSync(vectors).filter((f) => f.endsWith(".vec")).forEach(vector);
write("cases.txt", lines.join("\n") + "\n");
