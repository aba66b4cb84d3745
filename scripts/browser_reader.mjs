// Reads drawings or pictures with nn_core/browser in Node: `node browser_reader.mjs READER PAYLOAD INPUTS`.
//
// INPUTS is a file of JSON lines, each a drawing or a list of pixels. Prints a line of JSON for each answer.

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const [readerFile, payloadFile, inputFile] = process.argv.slice(2);
const { createReader } = await import(readerFile);
const bytes = readFileSync(payloadFile);
const reader = createReader(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
for (const line of readFileSync(inputFile, "utf8").split("\n").filter(Boolean)) {
  const input = JSON.parse(line);
  const start = performance.now();
  const answer = Array.isArray(input) ? reader.readPixels(input) : reader.read(input);
  const milliseconds = performance.now() - start;
  const result = answer && { ...answer, probabilities: [...answer.probabilities], pixels: answer.pixels && [...answer.pixels] };
  process.stdout.write(`${JSON.stringify({ answer: result, milliseconds })}\n`);
}
