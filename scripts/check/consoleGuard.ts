import { format } from 'node:util'

type Level = 'warn' | 'error'
type Expected = { level: Level; pattern: RegExp; met: boolean }
type Speaker = Pick<Console, Level>

export type ConsoleGuard = {
  /** Announces a line; each announcement covers every line that matches, and must be met at least once. */
  expect(level: Level, pattern: RegExp): void
  begin(): void
  /** Throws one error that names every unexpected line and every announced one that was not said. */
  end(): void
}

/** Takes over `warn` and `error` of the given console for good. What is said outside a test counts for the next one. */
export function consoleGuard(speaker: Speaker): ConsoleGuard {
  let expected: Expected[] = []
  let unexpected: string[] = []

  const listen = (level: Level): void => {
    speaker[level] = (...said: unknown[]) => {
      const line = format(...said)
      const match = expected.find((one) => one.level === level && one.pattern.test(line))
      if (match) match.met = true
      else unexpected.push(`unexpected console.${level}: ${line}`)
    }
  }
  listen('warn')
  listen('error')

  return {
    expect: (level, pattern) => void expected.push({ level, pattern, met: false }),
    begin: () => void (expected = []),
    end() {
      const missing = expected.filter((one) => !one.met).map((one) => `console.${one.level} never said ${one.pattern}`)
      const complaints = [...unexpected, ...missing]
      expected = []
      unexpected = []
      if (complaints.length > 0) throw new Error(complaints.join('\n'))
    },
  }
}
