import { randomUUID } from 'node:crypto'
import { writeRun, type Scene } from './scene.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const TASKS = [
  'Read how totals are computed',
  'Add the Coupon model',
  'Migrate the development database',
  'Wire the discount into the total',
  'Validate code, window and usage limit',
  'Write the order tests',
  'Document the endpoint',
]

const TOTAL_PATCH = {
  filePath: '/home/dev/shop-api/src/orders/total.ts',
  structuredPatch: [
    {
      oldStart: 40,
      oldLines: 4,
      newStart: 40,
      newLines: 5,
      lines: [
        ' export function total(lines: Line[], coupon?: Coupon): Money {',
        '   const sub = sum(lines)',
        '-  return sub + tax(sub)',
        '+  const off = coupon ? discount(coupon, sub) : 0',
        '+  return sub - off + tax(sub - off)',
        ' }',
      ],
    },
    {
      oldStart: 88,
      oldLines: 3,
      newStart: 89,
      newLines: 3,
      lines: [
        ' function tax(amount: Money): Money {',
        '-  return amount * 0.2',
        '+  return round(amount * RATE)',
        ' }',
      ],
    },
  ],
}

const VITEST = [
  '',
  '\u001b[1m\u001b[46m RUN \u001b[49m\u001b[22m \u001b[36mv5.1.1 \u001b[39m\u001b[90m/home/dev/shop-api\u001b[39m',
  '',
  ' \u001b[32m✓\u001b[39m src/orders/total.test.ts \u001b[2m(18 tests)\u001b[22m \u001b[32m41 ms\u001b[39m',
  ' \u001b[32m✓\u001b[39m src/orders/coupon.test.ts \u001b[2m(9 tests)\u001b[22m \u001b[32m12 ms\u001b[39m',
  ' \u001b[31m❯\u001b[39m src/orders/checkout.test.ts \u001b[2m(24 tests | \u001b[31m1 failed\u001b[39m\u001b[2m)\u001b[22m',
  '   \u001b[31m× applies one coupon per order\u001b[39m',
  '',
  '\u001b[2m Test Files \u001b[22m \u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m | \u001b[1m\u001b[32m2 passed\u001b[39m\u001b[22m \u001b[90m(3)\u001b[39m',
].join('\n')

/** The hardest moment: a streaming tool, a diff, tasks under way, a follow-up that waits, and two requests. */
export function hardest(now: number): Scene {
  const first = writeRun('Add a coupon endpoint. Percent and fixed amounts, one per order.', now - 3 * MINUTE_MS)
    .start()
    .think('Totals come from one function, so the discount belongs there.', 6_000)
  explore(first)
  first
    .say(
      'The order total is computed in `src/orders/total.ts`. I will add a `Coupon` model and apply it there:\n\n- validate code, window and usage limit\n- apply after line discounts, before tax',
    )
    .tasks(3, TASKS)
    .tool(
      'Edit',
      {
        file_path: '/home/dev/shop-api/src/orders/total.ts',
        old_string: 'return sub + tax(sub)',
        new_string: 'const off',
      },
      'The file was updated.',
      { structured: TOTAL_PATCH },
    )
    .begin('toolu_tests', 'Bash', { command: 'pnpm vitest run orders', description: 'Run the order tests' })
    .ask(
      'Bash',
      { command: 'pnpm prisma migrate dev --name add_coupons', description: 'Apply the new migration' },
      {
        description: 'Claude will change the development database.',
        suggestions: [
          {
            type: 'addRules',
            rules: [{ toolName: 'Bash', ruleContent: 'pnpm prisma:*' }],
            behavior: 'allow',
            destination: 'localSettings',
          },
        ],
      },
    )
    .ask('WebFetch', { url: 'https://www.prisma.io/docs/orm/prisma-migrate', prompt: 'How is a migration named?' })
  const second = { id: randomUUID(), text: 'Then update the changelog', at: now - MINUTE_MS }
  const third = {
    id: randomUUID(),
    text: 'and open a pull request against main with a short description',
    at: now - 40_000,
  }
  return { title: 'Add coupon API', commands: [first.command, second, third], lines: first.lines }
}

function explore(run: ReturnType<typeof writeRun>): void {
  for (let index = 1; index <= 9; index += 1)
    run.tool('Read', { file_path: `/home/dev/shop-api/src/orders/file${index}.ts` }, 'export {}\n', { ms: 900 })
  for (const pattern of ['total\\(', 'discount', 'Coupon', 'tax'])
    run.tool('Grep', { pattern, path: 'src', output_mode: 'content' }, `src/orders/total.ts:42:  ${pattern}`, {
      structured: {
        mode: 'content',
        numFiles: 1,
        numMatches: 1,
        filenames: [],
        content: `src/orders/total.ts:42:  ${pattern}`,
      },
      ms: 900,
    })
}

/** Each tool with its own body, done; and the states that are not. */
export function tools(now: number): Scene {
  const run = writeRun('Show me every tool', now - 20 * MINUTE_MS).start()
  run
    .tool('Bash', { command: 'pnpm vitest run orders', description: 'Run the order tests' }, VITEST, {
      structured: { stdout: VITEST, stderr: 'A deprecation warning\n', interrupted: false },
      ms: 38_000,
    })
    .tool('Bash', { command: 'git commit -m "Add coupons"', description: 'Commit' }, '', {
      structured: {
        stdout: '',
        stderr: '',
        interrupted: false,
        noOutputExpected: true,
        gitOperation: { commit: { sha: 'a1b2c3d', kind: 'committed', branch: 'main' } },
      },
    })
    .tool('Bash', { command: 'cat /etc/shadow' }, 'cat: /etc/shadow: Permission denied', { isError: true })
    .say('Reading and searching:')
    .tool('Read', { file_path: '/home/dev/shop-api/src/orders/total.ts', offset: 40, limit: 4 }, '…', {
      structured: {
        type: 'text',
        file: {
          filePath: '/home/dev/shop-api/src/orders/total.ts',
          content:
            'export function total(lines: Line[]): Money {\n  const sub = sum(lines)\n  return sub + tax(sub)\n}\n',
          numLines: 4,
          startLine: 40,
          totalLines: 120,
        },
      },
    })
    .say('A search:')
    .tool('Grep', { pattern: 'tax\\(', path: 'src', output_mode: 'content' }, 'found', {
      structured: {
        mode: 'content',
        numFiles: 2,
        numMatches: 3,
        filenames: [],
        content:
          'src/orders/total.ts:42:  return sub + tax(sub)\nsrc/orders/total.ts:88:function tax(amount: Money): Money {\nsrc/cart/preview.ts:7:  const due = tax(sub)',
      },
    })
    .say('Files:')
    .tool('Glob', { pattern: 'src/**/*.test.ts' }, 'found', {
      structured: {
        numFiles: 4,
        durationMs: 12,
        truncated: true,
        filenames: [
          'src/orders/total.test.ts',
          'src/orders/coupon.test.ts',
          'src/cart/cart.test.ts',
          'src/app.test.ts',
        ],
      },
    })
    .say('The web:')
    .tool(
      'WebFetch',
      { url: 'https://example.com/docs/coupons', prompt: 'How are coupons validated?' },
      '# Coupons\n\nA coupon has a *window* and a usage limit.',
      {
        structured: {
          bytes: 14_200,
          code: 200,
          codeText: 'OK',
          result: '# Coupons\n\nA coupon has a *window* and a usage limit.',
          durationMs: 310,
          url: 'https://example.com/docs/coupons',
        },
      },
    )
    .say('And:')
    .tool('WebSearch', { query: 'coupon rounding rules' }, 'found', {
      structured: {
        query: 'coupon rounding rules',
        durationSeconds: 1.2,
        results: [
          {
            tool_use_id: 'x',
            content: [
              { title: 'Rounding money', url: 'https://example.com/rounding' },
              { title: 'Discounts and tax', url: 'https://example.org/discounts' },
            ],
          },
          'Most shops round **after** tax.',
        ],
      },
    })
    .say('Changes:')
    .tool(
      'Edit',
      { file_path: '/home/dev/shop-api/src/orders/total.ts', old_string: 'a', new_string: 'b' },
      'updated',
      { structured: TOTAL_PATCH },
    )
    .tool(
      'Write',
      {
        file_path: '/home/dev/shop-api/src/orders/coupon.ts',
        content: Array.from({ length: 60 }, (_, index) => `export const line${index + 1} = ${index + 1}`).join('\n'),
      },
      'created',
      { structured: { type: 'create', filePath: 'x', structuredPatch: [], originalFile: null } },
    )
    .tool(
      'NotebookEdit',
      {
        notebook_path: '/home/dev/shop-api/report.ipynb',
        cell_id: 'c3',
        new_source: 'df.groupby("coupon").sum()\ndf.plot()',
        edit_mode: 'replace',
      },
      'updated',
      {
        structured: {
          new_source: 'df.groupby("coupon").sum()\ndf.plot()',
          old_source: 'df.sum()\ndf.plot()',
          cell_type: 'code',
          language: 'python',
          edit_mode: 'replace',
          notebook_path: 'report.ipynb',
        },
      },
    )
    .tool(
      'TodoWrite',
      {
        todos: TASKS.map((content, index) => ({
          content,
          status: index < 2 ? 'completed' : index === 2 ? 'in_progress' : 'pending',
        })),
      },
      'ok',
    )
    .tool(
      'mcp__linear__create_issue',
      { title: 'Coupons', labels: ['api'], body: 'x'.repeat(300) },
      '{"id":"SHOP-42","url":"https://linear.example/SHOP-42"}',
    )
    .tool('SomethingNew', { anything: { deep: [1, 2, 3] } }, 'It worked.')
  const agent = 'toolu_agent'
  run
    .begin(agent, 'Agent', {
      description: 'Write the tests',
      subagent_type: 'general-purpose',
      prompt: 'Write tests for coupons.',
    })
    .wait(500)
    .tool('Read', { file_path: '/home/dev/shop-api/src/orders/coupon.ts' }, 'export {}', { inside: agent })
    .tool('Grep', { pattern: 'describe' }, 'x', { inside: agent })
    .say('I will cover the window and the limit.', agent)
    .tool('Write', { file_path: '/home/dev/shop-api/src/orders/coupon.test.ts', content: 'test()\n' }, 'created', {
      inside: agent,
    })
    .wait(60_000)
    .finish(agent, 'Nine tests, all pass.', {
      status: 'completed',
      content: [{ type: 'text', text: 'Nine tests, all pass.' }],
      totalToolUseCount: 3,
      totalDurationMs: 65_000,
      totalTokens: 21_400,
      toolStats: {
        readCount: 1,
        searchCount: 1,
        bashCount: 0,
        editFileCount: 1,
        linesAdded: 40,
        linesRemoved: 8,
        otherToolCount: 0,
      },
    })
    .note('compacted', 'The conversation was compacted: Claude goes on with a summary of what was before.')
    .say(
      'Here is the discount:\n\n```ts\n// One per order.\nexport function discount(coupon: Coupon, sub: Money): Money {\n  if (!isValid(coupon)) return 0\n  return coupon.kind === "percent" ? sub * (coupon.value / 100) : Math.min(coupon.value, sub)\n}\n```\n\n| kind | value |\n|---|---|\n| percent | 10 |\n| fixed | 5.00 |\n\n1. It is pure.\n2. It never goes below zero.',
    )
    .end({ result: 'done' })
  return { title: 'Every tool', commands: [run.command], lines: run.lines }
}

export function planRequest(now: number): Scene {
  const run = writeRun('Plan the migration to pnpm', now - 30_000).start({ permissionMode: 'plan' })
  run.say('I looked around; here is what I would do.').ask(
    'ExitPlanMode',
    {},
    {
      type: 'plan',
      plan: '# Migrate to pnpm\n\n1. Replace `package-lock.json` by `pnpm-lock.yaml`.\n2. Change the scripts of CI.\n3. Run every test once.\n\nNothing else changes.',
      suggestions: [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }],
    },
  )
  return { title: 'Migrate to pnpm', commands: [run.command], lines: run.lines }
}

export function questionRequest(now: number): Scene {
  const run = writeRun('Ask me what you need', now - 30_000).start()
  const questions = [
    {
      question: 'Which tone should the greeting have?',
      header: 'Tone',
      multiSelect: false,
      options: [
        { label: 'Friendly', description: 'As among friends', preview: 'Hello, Anna!' },
        { label: 'Formal', description: 'As in a letter', preview: 'Good day, Ms. Berg.' },
      ],
    },
    {
      question: 'In which languages should it greet?',
      header: 'Languages',
      multiSelect: true,
      options: [
        { label: 'English', description: 'Hello' },
        { label: 'French', description: 'Bonjour' },
        { label: 'Japanese', description: 'こんにちは' },
      ],
    },
  ]
  run.ask('AskUserQuestion', { questions }, { type: 'question' })
  return { title: 'Greeting in several languages', commands: [run.command], lines: run.lines }
}

/** An edit that waits for approval. */
export function editRequest(now: number): Scene {
  const run = writeRun('Make the greeting formal', now - 30_000).start()
  run.ask(
    'Edit',
    {
      file_path: '/home/dev/shop-api/src/greeting.ts',
      old_string: "export const greeting = 'Hello'\nexport const mark = '!'",
      new_string: "export const greeting = 'Good day'\nexport const mark = '!'",
      replace_all: false,
    },
    { suggestions: [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }] },
  )
  return { title: 'Formal greeting', commands: [run.command], lines: run.lines }
}

export function failed(now: number): Scene {
  const run = writeRun('Write the drift report', now - 26 * HOUR_MS).start()
  run
    .note('api_retry', 'The API answered 529; attempt 2 of 10 follows in 4.0 s.', {
      level: 'warning',
      attempt: 2,
      maxRetries: 10,
    })
    .say('I began with the state file.')
    .end({ error: { code: 'INTERRUPTED', message: 'The agent restarted while this ran.' } }, 'INTERRUPTED')
  return { title: 'Terraform drift report', project: 1, commands: [run.command], lines: run.lines }
}

export function finished(now: number): Scene {
  const run = writeRun('Why is the checkout test flaky?', now - 14 * MINUTE_MS).start()
  run
    .tool('Bash', { command: 'pnpm vitest run checkout --retry 20', description: 'Run it twenty times' }, 'ok', {
      ms: 42_000,
    })
    .say('It compares times that are taken twice. I took the time once and passed it on.')
    .end()
  return { title: 'Fix flaky checkout test', commands: [run.command], lines: run.lines }
}

/** So many entries in one session, as after days of work. */
export function long(entries: number, now: number): Scene {
  const runs = []
  const lines = []
  for (let at = now - 4 * 24 * HOUR_MS; lines.length < entries; at += 5 * MINUTE_MS) {
    const run = writeRun(`Message ${runs.length + 1}: what about part ${runs.length + 1}?`, at).start()
    for (let step = 0; step < 6; step += 1)
      run
        .say(
          `Paragraph ${runs.length}.${step} with \`code\`, **weight** and a list:\n\n- one\n- two\n\nIt ends here, after some more words that make the line wrap on a phone.`,
        )
        .tool('Read', { file_path: `/home/dev/shop-api/src/part${step}.ts` }, 'x\ny\n')
    run.end()
    runs.push(run)
    lines.push(...run.lines)
  }
  return { title: `A long session`, commands: runs.map((run) => run.command), lines }
}
