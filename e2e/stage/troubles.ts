import { writeRun, type Scene } from './scene.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

type Run = ReturnType<typeof writeRun>

/** A session of one run, begun some minutes ago, as far as `play` takes it. */
function scene(title: string, text: string, now: number, play: (run: Run) => void): Scene {
  const run = writeRun(text, now - 3 * MINUTE_MS).start()
  play(run)
  return { title, commands: [run.command], lines: run.lines }
}

/** A run that goes on. */
export function busy(now: number): Scene {
  return scene('Migrate to pnpm', 'Replace npm by pnpm', now, (run) =>
    run
      .say('I replace the lock file first, then the scripts of CI.')
      .begin('toolu_install', 'Bash', { command: 'pnpm install', description: 'Install the dependencies' }),
  )
}

/** The API has refused, and is asked again. */
export function retrying(now: number): Scene {
  return scene('Rate limiter notes', 'Write down how the limiter works', now, (run) =>
    run.note('api_retry', 'The API answered 529; attempt 2 of 10 follows in 4.0 s.', {
      level: 'warning',
      attempt: 2,
      maxRetries: 10,
    }),
  )
}

export function limited(now: number): Scene {
  return scene('Nightly report', 'Write the nightly report', now, (run) =>
    run
      .note('rate_limit', 'The five hour limit of this account is reached.', {
        level: 'error',
        resetsAt: now + 2 * HOUR_MS,
        utilization: 1,
      })
      .end({ error: { code: 'CLAUDE_EXIT', message: 'You have reached your usage limit.' } }, 'CLAUDE_EXIT'),
  )
}

/** It may use no more. */
export function broke(now: number): Scene {
  return scene('Price list', 'Update the price list', now, (run) =>
    run.end({ error: { code: 'CLAUDE_EXIT', message: 'Credit balance is too low' } }, 'CLAUDE_EXIT'),
  )
}

/** Little of the context is left. */
export function nearlyFull(now: number): Scene {
  return scene('Long refactoring', 'Go on with the refactoring', now, (run) =>
    run.say('The last three modules are moved.').end({ context: { tokens: 190_000, window: 200_000 } }),
  )
}

export function crashed(now: number): Scene {
  const detail = Array.from(
    { length: 20 },
    (_, index) => `    at step${20 - index} (/opt/claude/cli.js:${index + 1}:17)`,
  )
  return scene('Drift report', 'Compare the state with the cloud', now, (run) =>
    run.say('I read the state file.').end(
      {
        error: {
          code: 'CLAUDE_EXIT',
          message: 'Claude Code ended with an error.',
          detail: ['TypeError: request failed (req_011CSHoEeqs5C35K2UUqR7Fy)', ...detail].join('\n'),
        },
      },
      'CLAUDE_EXIT',
    ),
  )
}

export function overBudget(now: number): Scene {
  return scene('Fix all warnings', 'Fix all warnings', now, (run) =>
    run
      .say('Forty of ninety are fixed.')
      .end({ error: { code: 'BUDGET_EXCEEDED', message: 'Stopped after 50 turns.' } }, 'BUDGET_EXCEEDED'),
  )
}

export function folderGone(now: number): Scene {
  return scene('Old project', 'Run the tests', now, (run) =>
    run.end(
      { error: { code: 'CWD_MISSING', message: 'The folder /home/dev/shop-api does not exist any more.' } },
      'CWD_MISSING',
    ),
  )
}

/** The process died while somebody was asked. */
export function requestLost(now: number): Scene {
  return scene('Clean the build', 'Remove what the build left', now, (run) =>
    run
      .ask('Bash', { command: 'rm -rf dist', description: 'Remove the build' })
      .end({ error: { code: 'INTERRUPTED', message: 'The agent restarted while this ran.' } }, 'INTERRUPTED'),
  )
}

/** One line of it cannot be drawn: the test breaks the part of the page that would. */
export function broken(now: number): Scene {
  return scene('Search the orders', 'Where are orders read?', now, (run) =>
    run
      .tool('TodoWrite', { todos: [{ content: 'Look', status: 'completed' }] }, 'ok')
      .say('They are read in one place.')
      .end(),
  )
}

/** A command that is longer than any screen; its last word is the one that matters. */
export function endlessCommand(now: number): Scene {
  const command = `${'printf "%s" checking && '.repeat(170)}rm -rf /home/dev/last`
  return scene('Clean up', 'Clean up after the build', now, (run) =>
    run.ask('Bash', { command, description: 'Remove what the build left' }),
  )
}
