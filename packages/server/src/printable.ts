/** A name was typed by somebody, and must not move the cursor of whoever lists it. */
export function printable(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '\u{fffd}')
}
