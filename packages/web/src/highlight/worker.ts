import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import { grammarOf } from './languages.ts'
import type { Answer, CodePiece, Question } from './messages.ts'

/** Reads code into coloured pieces, beside the page's own thread. */

const THEME = 'css-variables'
const VARIABLE = /token-([a-z-]+)/

let made: Promise<HighlighterCore> | undefined

self.onmessage = ({ data }: MessageEvent<Question>) => {
  void answer(data).then((told) => self.postMessage(told))
}

/** A door: code that can't be read is shown plainly. */
async function answer({ id, code, language }: Question): Promise<Answer> {
  try {
    return { id, lines: await read(code, language) }
  } catch {
    return { id }
  }
}

async function read(code: string, language: string): Promise<CodePiece[][] | undefined> {
  const grammar = grammarOf(language)
  if (grammar === undefined) return undefined
  made ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  const highlighter = await made
  if (!highlighter.getLoadedLanguages().includes(language)) await highlighter.loadLanguage(grammar)
  const { tokens } = highlighter.codeToTokens(code, { lang: language, theme: THEME })
  return tokens.map((line) => line.map(({ content, color }) => piece(content, color)))
}

function piece(text: string, color: string | undefined): CodePiece {
  const kind = VARIABLE.exec(color ?? '')?.[1]
  return kind === undefined ? { text } : { text, kind }
}
