/**
 * A version 4 UUID. Made from `getRandomValues`, because `randomUUID` is missing where the page comes over plain
 * HTTP from another machine.
 */
export function newId(
  fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): string {
  const bytes = fill(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, index) => {
    if (index === 6) return hexByte((byte & 0x0f) | 0x40)
    if (index === 8) return hexByte((byte & 0x3f) | 0x80)
    return hexByte(byte)
  }).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
