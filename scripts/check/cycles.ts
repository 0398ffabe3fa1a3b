import { dirname, join, normalize } from 'node:path/posix'
import ts from 'typescript'
import { isSource, isTest, readFiles, repositoryFiles, scriptOf, type TextFile } from './files.ts'
import { show, type Report } from './report.ts'

/** Names of packages with the file behind each of their doors: `@farhand/shared` → `packages/shared/src/index.ts`. */
export type Doors = ReadonlyMap<string, string>

/** No file reaches itself over imports, type-only and dynamic ones included: a circle has no first file to read. */
export function findCycles(files: readonly TextFile[], doors: Doors): Report {
  const known = new Set(files.map((file) => file.path))
  const graph = new Map(files.map((file) => [file.path, importsOf(file, known, doors)]))
  const circles = knots(graph).map((knot) => shortestCircle(graph, knot))
  return {
    findings: circles.map((circle) => ({ path: circle[0] ?? '', message: `imports itself: ${circle.join(' → ')}` })),
    notes: [`${files.length} files, ${[...graph.values()].reduce((sum, list) => sum + list.length, 0)} imports`],
  }
}

type Graph = ReadonlyMap<string, readonly string[]>

function importsOf(file: TextFile, known: ReadonlySet<string>, doors: Doors): string[] {
  const { importedFiles } = ts.preProcessFile(scriptOf(file), true, true)
  const targets = importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? normalize(join(dirname(file.path), fileName)) : doors.get(fileName),
  )
  return [...new Set(targets)].filter((target) => target !== undefined).filter((target) => known.has(target))
}

/** Tarjan: the groups of files that all reach each other, and files that import themselves. */
function knots(graph: Graph): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []

  const visit = (path: string): number => {
    const number = order.size
    order.set(path, number)
    stack.push(path)
    let low = number
    for (const next of graph.get(path) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? low)
    }
    lowest.set(path, low)
    if (low === number) {
      const group = stack.splice(stack.indexOf(path))
      if (group.length > 1 || graph.get(path)?.includes(path)) found.push(group)
    }
    return low
  }
  for (const path of graph.keys()) if (!order.has(path)) visit(path)
  return found
}

/** Breadth first from the knot's first file by name back to it. */
function shortestCircle(graph: Graph, knot: readonly string[]): string[] {
  const start = knot.toSorted()[0] ?? ''
  const inside = new Set(knot)
  let trails = [[start]]
  for (let length = 0; length <= knot.length; length += 1) {
    const longer = trails.flatMap((trail) =>
      (graph.get(trail.at(-1) ?? '') ?? []).filter((next) => inside.has(next)).map((next) => [...trail, next]),
    )
    const closed = longer.find((trail) => trail.at(-1) === start)
    if (closed) return closed
    trails = firstOfEach(longer)
  }
  return [...knot]
}

function firstOfEach(trails: readonly string[][]): string[][] {
  const byEnd = new Map<string, string[]>()
  for (const trail of trails) if (!byEnd.has(trail.at(-1) ?? '')) byEnd.set(trail.at(-1) ?? '', trail)
  return [...byEnd.values()]
}

/** Reads the doors from the packages' manifests; an export may be a path or conditions that end in one. */
export function doorsOf(manifests: readonly TextFile[]): Doors {
  const doors = new Map<string, string>()
  for (const { path, text } of manifests) {
    const { name, exports = {} } = JSON.parse(text) as { name: string; exports?: string | Record<string, unknown> }
    const entries = typeof exports === 'string' ? { '.': exports } : exports
    for (const [door, target] of Object.entries(entries)) {
      if (typeof target === 'string') doors.set(normalize(join(name, door)), normalize(join(dirname(path), target)))
    }
  }
  return doors
}

if (import.meta.main) {
  const paths = repositoryFiles()
  const doors = doorsOf(readFiles(paths.filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))))
  show('cycles', findCycles(readFiles(paths.filter((path) => isSource(path) && !isTest(path))), doors))
}
