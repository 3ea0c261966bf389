// Decodes the deltas of `deltas.txt` in WebAssembly: node deltas.mjs MODULE FOLDER
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [module, folder] = process.argv.slice(2);
const code = new WebAssembly.Module(readFileSync(module));
const text = (string) => new TextEncoder().encode(string);
let [cases, wrong, least, most] = [0, 0, Infinity, 0];
for (const line of readFileSync(join(folder, "deltas.txt"), "utf8").trimEnd().split("\n")) {
  const [name, expected, base, file] = line.split(" ");
  // A new instance for each, since memory that was reserved stays reserved.
  const wasm = new WebAssembly.Instance(code).exports;
  const put = (bytes) => {
    const at = wasm.reserve(bytes.length);
    new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
    return [at, bytes.length];
  };
  const rule = wasm.rule_number(...put(text(expected)));
  const delta = readFileSync(join(folder, file));
  const places = [readFileSync(join(folder, base)), delta].flatMap(put);
  const [digest, tables] = [wasm.reserve(32), wasm.reserve(8)];
  const before = wasm.heap_now();
  const found = wasm.decode(...places, digest, tables);
  const heap = wasm.heap_peak() - before;
  const image = Buffer.from(wasm.memory.buffer, digest, 32).toString("hex");
  const of_map = Buffer.from(wasm.memory.buffer, tables, 8).readBigUInt64LE();
  const is_right = found === 0 ? image === expected && heap <= delta.readBigUInt64LE() : rule === found;
  cases += 1;
  most = Math.max(most, heap);
  if (found === 0) least = Math.min(least, heap);
  if (is_right) {
    console.log(`${name}: ${found === 0 ? "decoded" : expected}; map and tables ${of_map}, heap ${heap}`);
  } else {
    wrong += 1;
    console.log(`${name}: WRONG: rule ${found}, expected ${expected}; map and tables ${of_map}, heap ${heap}`);
  }
}
console.log(`wasm, deltas: ${cases} cases, ${wrong} wrong; heap ${least} to ${most}`);
process.exitCode = cases === 0 || wrong > 0 ? 1 : 0;
