import { AnsiUp } from 'ansi_up'

/** Terminal output as safe HTML: colours become classes, everything else is escaped, links stay text. */
export function ansiToHtml(text: string): string {
  const converter = new AnsiUp()
  converter.use_classes = true
  converter.url_allowlist = {}
  // A carriage return redraws a line in a terminal; here only the last drawing is of interest.
  return converter.ansi_to_html(text.replace(/\r\n/g, '\n').replace(/^[^\n]*\r(?!\n)/gm, ''))
}
