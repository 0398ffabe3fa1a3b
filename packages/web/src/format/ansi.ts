import { AnsiUp } from 'ansi_up'
import { visibleDirections } from './text.ts'

/** A stretch of terminal output in one colour. `classes` are the names that `styles/markdown.css` colours. */
export type AnsiPiece = { text: string; classes: string }

/** Terminal output as text with colours: no markup leaves this function, so none can be smuggled in. */
export function readAnsi(text: string): AnsiPiece[] {
  return ansiReader()(text)
}

/** Reads an output line by line or many lines at a time: a colour lasts until another one is set. */
export function ansiReader(): (lines: string) => AnsiPiece[] {
  const converter = new AnsiUp()
  converter.use_classes = true
  return (lines) => {
    // A carriage return redraws a line in a terminal; here only the last drawing is of interest.
    const html = converter.ansi_to_html(
      visibleDirections(withoutLinks(lines))
        .replace(/\r+(\n|$)/g, '$1')
        .replace(/^[^\n]*\r/gm, ''),
    )
    const { body } = new DOMParser().parseFromString(`<!doctype html><body>${html}`, 'text/html')
    return [...body.childNodes].map((node) => ({
      text: node.textContent ?? '',
      classes: node instanceof Element ? node.className : '',
    }))
  }
}

/** A link keeps its words and loses its address, which a terminal would hide behind them. */
function withoutLinks(text: string): string {
  return text.replace(new RegExp('\\u001b\\]8;[^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)', 'g'), '')
}
