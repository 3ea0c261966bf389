// Verifies the packages of `cases.txt` in WebAssembly: node run.mjs MODULE FOLDER
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [module, folder] = process.argv.slice(2);
const code = new WebAssembly.Module(readFileSync(module));

// The result of `judge` for a package that could not be read.
const UNREAD = 0xffff;

// Puts bytes into the memory of an instance.
function put(wasm, bytes) {
  const at = wasm.reserve(bytes.length);
  new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
  return [at, bytes.length];
}

const text = (string) => new TextEncoder().encode(string);
let [cases, wrong, most] = [0, 0, 0];
for (const line of readFileSync(join(folder, "cases.txt"), "utf8").trimEnd().split("\n")) {
  const [name, expected, keyring, file, ...terms] = line.split(" ");
  // A new instance for each, since memory that was reserved stays reserved.
  const wasm = new WebAssembly.Instance(code).exports;
  const words = { accepted: 0, unread: UNREAD };
  const number = words[expected] ?? wasm.rule_number(...put(wasm, text(expected)));
  const places = [keyring, file].flatMap((f) => put(wasm, readFileSync(join(folder, f))));
  places.push(...put(wasm, text(terms.join(" "))));
  const before = wasm.heap_now();
  const found = wasm.judge(...places);
  const heap = wasm.heap_peak() - before;
  cases += 1;
  most = Math.max(most, heap);
  if (found === number && (found !== 0 || expected === "accepted")) {
    console.log(`${name}: ${expected}; heap ${heap}`);
  } else {
    wrong += 1;
    console.log(`${name}: WRONG: rule ${found}, expected ${expected}`);
  }
}
console.log(`wasm: ${cases} cases, ${wrong} wrong; at most heap ${most}, with the keyring`);
process.exitCode = cases === 0 || wrong > 0 ? 1 : 0;
