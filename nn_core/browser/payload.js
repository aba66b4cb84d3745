// Reads the block of bytes that payload.py writes: 4 letters, the length of the header, the header as JSON, and the tensors.

const MAGIC = "NNLB", VERSION = 1;

// Returns the header and a function from a tensor's number to its Float32Array. Throws an Error with a sentence.
export function readPayload(payload) {
  const view = new DataView(payload);
  const letters = payload.byteLength < 8 ? "" : String.fromCharCode(...new Uint8Array(payload, 0, 4));
  if (letters !== MAGIC) {
    throw new Error("The network did not arrive in full: reload the page.");
  }
  const start = 8 + view.getUint32(4, true);
  if (start > payload.byteLength) {
    throw new Error("The network did not arrive in full: reload the page.");
  }
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(payload, 8, start - 8)));
  if (header.version !== VERSION) {
    throw new Error("The network was prepared for another version of this page: reload the page.");
  }
  const bytes = new Uint8Array(payload, start);
  return { header, getTensor: (number) => decodeTensor(bytes, header.tensors[number]) };
}

// The first bytes of all numbers come first, then the second bytes, and so on, because that compresses better.
function decodeTensor(bytes, { type, count, rows, offset }) {
  const scales = rows ? decodeNumbers(Float32Array, bytes, offset, rows) : null;
  const numbers = { float32: Float32Array, int16: Int16Array, int8: Int8Array }[type];
  const values = decodeNumbers(numbers, bytes, offset + 4 * (rows ?? 0), count);
  if (!scales) {
    return values;
  }
  const scaled = new Float32Array(count), size = count / rows;
  for (let row = 0, i = 0; row < rows; row++) {
    for (const end = i + size; i < end; i++) {
      scaled[i] = values[i] * scales[row];
    }
  }
  return scaled;
}

function decodeNumbers(type, bytes, offset, count) {
  const numbers = new type(count), whole = new Uint8Array(numbers.buffer), width = type.BYTES_PER_ELEMENT;
  if (offset + whole.length > bytes.length) {
    throw new Error("The network did not arrive in full: reload the page.");
  }
  for (let byte = 0; byte < width; byte++) {
    for (let i = 0; i < count; i++) {
      whole[i * width + byte] = bytes[offset + byte * count + i];
    }
  }
  return numbers;
}
