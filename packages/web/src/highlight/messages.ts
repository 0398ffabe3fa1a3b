/** A stretch of code of one kind: `keyword`, `string`, … which `styles/code.css` colours. */
export type CodePiece = { text: string; kind?: string }

export type Question = { id: number; code: string; language: string }
/** Without lines: this code can't be read. */
export type Answer = { id: number; lines?: CodePiece[][] | undefined }
