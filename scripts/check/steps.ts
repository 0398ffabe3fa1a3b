/** One word to say, one command to run from the root; it passes when it exits with 0. Some have numbers to tell then. */
export type Step = { name: string; command: readonly string[]; tells?: boolean }
export type Result = { name: string; passed: boolean; durationMs: number; output: string }

/** The quick ones first: the earlier a fault shows, the better. */
export const STEPS: readonly Step[] = [
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  { name: 'rules', command: ['node', 'scripts/check/rules.ts'], tells: true },
  { name: 'errors', command: ['node', 'scripts/check/errors.ts'] },
  { name: 'links', command: ['node', 'scripts/check/links.ts'] },
  { name: 'evidence', command: ['node', 'scripts/check/evidence.ts'], tells: true },
  { name: 'portable', command: ['node', 'scripts/check/portable.ts'] },
  { name: 'cycles', command: ['node', 'scripts/check/cycles.ts'], tells: true },
  { name: 'size', command: ['node', 'scripts/check/size.ts'], tells: true },
  { name: 'types', command: ['tsc', '-b'] },
  { name: 'web types', command: ['vue-tsc', '-b', 'packages/web'] },
  { name: 'lint', command: ['eslint', '--max-warnings', '0', '.'] },
  { name: 'unused', command: ['knip'] },
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  { name: 'bundle', command: ['node', 'scripts/check/bundle.ts'], tells: true },
  { name: 'bench', command: ['node', 'bench/run.ts', '--short'], tells: true },
  { name: 'chaos', command: ['node', 'chaos/run.ts', '--minutes', '2', '--seed', '7'], tells: true },
  {
    name: 'cluster',
    command: ['node', 'chaos/run.ts', '--cluster', '--if-installed', '--minutes', '1', '--seed', '11'],
    tells: true,
  },
  { name: 'unit', command: ['vitest', 'run'] },
]

/** Both lists are names with commas between them. A name that no step has is a mistake, not an empty choice. */
export function chooseSteps(only = '', without = '', steps: readonly Step[] = STEPS): Step[] {
  const wanted = names(only)
  const unwanted = names(without)
  const unknown = [...wanted, ...unwanted].filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    throw new Error(`no such step: ${unknown.join(', ')}. There are ${steps.map((step) => step.name).join(', ')}.`)
  }
  return steps.filter((step) => (wanted.length === 0 || wanted.includes(step.name)) && !unwanted.includes(step.name))
}

/** The failed steps by name, and the totals as a plain last line. */
export function summary(results: readonly Result[]): string {
  const failed = results.filter((result) => !result.passed)
  return [
    ...failed.map((result) => `failed: ${result.name}`),
    `${results.length - failed.length} passed, ${failed.length} failed`,
  ].join('\n')
}

function names(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
