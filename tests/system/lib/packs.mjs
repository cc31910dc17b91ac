// Reads a start pack: 4 bytes "CHP1", 4 bytes length, the index as JSON, the parts.
export function readPack(body) {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (Buffer.from(body.subarray(0, 4)).toString('latin1') !== 'CHP1') throw new Error('no start pack');
  const length = view.getUint32(4);
  const index = JSON.parse(Buffer.from(body.subarray(8, 8 + length)).toString('utf8'));
  const parts = body.subarray(8 + length);
  return {...index, parts, length: body.length, bytes: (part) => parts.subarray(part.offset, part.offset + part.bytes)};
}
