import ts from 'typescript'
import { isSource, readFiles, repositoryFiles, runsTests, scriptOf, type TextFile } from './files.ts'
import { show, type Report } from './report.ts'

/** A function should fit a screen or two; beyond this nobody can hold it in mind. */
const MAX_FUNCTION_LINES = 100
/** Not a limit: files over this are named, so that growth is seen in review. */
const LARGE_FILE_LINES = 350

/** Names the longest function of each part, and fails those over the limit. */
export function measure(files: readonly TextFile[], maxLines: number = MAX_FUNCTION_LINES): Report {
  const functions = files.flatMap(functionsOf)
  const large = files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > LARGE_FILE_LINES)
  return {
    findings: functions
      .filter(({ lines }) => lines > maxLines)
      .map(({ path, line, name, lines }) => ({
        path,
        line,
        message: `${name} has ${lines} lines (at most ${maxLines})`,
      })),
    notes: [
      ...longestOfEach(functions).map(
        ({ path, line, name, lines }) => `longest in ${partOf(path)}: ${lines} lines, ${name}, ${path}:${line}`,
      ),
      ...large.map(({ path, lines }) => `large file: ${path}, ${lines} lines`),
    ],
  }
}

type Measured = { path: string; line: number; name: string; lines: number }

function functionsOf(file: TextFile): Measured[] {
  const source = ts.createSourceFile(file.path.replace(/\.vue$/, '.ts'), scriptOf(file), ts.ScriptTarget.Latest, true)
  const found: Measured[] = []
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const line = lineOf(node.getStart(source))
      found.push({ path: file.path, line, name: nameOf(node, source), lines: lineOf(node.end) - line + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function nameOf(node: ts.SignatureDeclaration, source: ts.SourceFile): string {
  if (node.name) return node.name.getText(source)
  const { parent } = node
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText(source)
  if (ts.isCallExpression(parent)) return `a callback of ${parent.expression.getText(source).split('\n')[0]}`
  return ts.isConstructorDeclaration(node) ? 'constructor' : 'a function'
}

function longestOfEach(functions: readonly Measured[]): Measured[] {
  const longest = new Map<string, Measured>()
  for (const one of functions) {
    const part = partOf(one.path)
    if (one.lines > (longest.get(part)?.lines ?? 0)) longest.set(part, one)
  }
  return [...longest.values()]
}

/** `packages/shared/src/…` → `shared`; `scripts/…` → `scripts`. */
function partOf(path: string): string {
  return path.replace(/^packages\//, '').split('/')[0] ?? path
}

if (import.meta.main) {
  const files = readFiles(repositoryFiles().filter(isSource)).filter((file) => !runsTests(file))
  show('size', measure(files))
}
