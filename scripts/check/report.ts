/** One thing to correct. `line` counts from 1. */
export type Finding = { path: string; line?: number; message: string }

/** What a check answers: findings fail it, notes are only shown. */
export type Report = { findings: Finding[]; notes: string[] }

/** Prints a report and sets the exit code; the last line says in one sentence how it went. */
export function show(name: string, report: Report): void {
  for (const note of report.notes) console.log(note)
  for (const finding of report.findings) console.log(describe(finding))
  const count = report.findings.length
  console.log(count === 0 ? `${name}: fine` : `${name}: ${count} to correct`)
  if (count > 0) process.exitCode = 1
}

function describe({ path, line, message }: Finding): string {
  return `${line === undefined ? path : `${path}:${line}`}  ${message}`
}
