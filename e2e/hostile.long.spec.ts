import type { Page } from '@playwright/test'
import { writeRun } from './stage/scene.ts'
import { expect, open, test } from './stage/fixtures.ts'

/** What an answer, a tool or a name may hold to be more than text. Each would set `pwned` or ask another host. */
const CORPUS = [
  '<script>window.pwned = 1</script>',
  '<img src=x onerror="window.pwned = 1">',
  '<svg onload="window.pwned = 1"><a xlink:href="javascript:window.pwned=1">x</a></svg>',
  '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  '<style>@import url(https://evil.example/a.css)</style>',
  '![picture](https://evil.example/pixel.png)',
  '[link](javascript:window.pwned=1) [data](data:text/html,<script>window.pwned=1</script>)',
  '<a href="vbscript:x" onmouseover="window.pwned=1">over</a>',
  '```html\n<script>window.pwned = 1</script>\n```',
  '<details open ontoggle="window.pwned=1"><summary>s</summary></details>',
  '| <img src=x onerror=window.pwned=1> |\n|---|\n| <b onclick=window.pwned=1>b</b> |',
]
const BIDI = '\u202e'
const NAME = '<img src=x onerror=window.pwned=1>'

/** Everything that was asked of another host than the relay. */
function watchRequests(page: Page, own: string): string[] {
  const foreign: string[] = []
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(own) && !/^(?:data|blob):/.test(url)) foreign.push(url)
  })
  page.on('dialog', (dialog) => {
    foreign.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  return foreign
}

test('whatever an answer, a tool, a file or a title is called, it is text: nothing runs, and nobody else is asked', async ({
  page,
  stage,
}) => {
  const foreign = watchRequests(page, stage.url)
  const run = writeRun(CORPUS.join('\n\n'), Date.now()).start()
  for (const each of CORPUS) run.say(each)
  run.saying(CORPUS.join('\n\n'))
  run.tool(
    'Bash',
    { command: CORPUS[0], description: NAME },
    `\u001b]8;;javascript:window.pwned=1\u0007${CORPUS.join('\n')}`,
    {
      isError: true,
    },
  )
  run.tool('Read', { file_path: `/home/dev/${NAME}.ts` }, CORPUS.join('\n'))
  run.tool(`mcp__${NAME}__run`, { [NAME]: CORPUS }, CORPUS.join('\n'))
  run.tool('WebFetch', { url: 'https://evil.example/<script>', prompt: NAME }, CORPUS.join('\n\n'))
  run.note('unknown', CORPUS.join(' '))
  run.ask('Bash', { command: `echo safe ${BIDI}; rm -rf /`, description: NAME })
  await open(page, stage, { title: NAME, commands: [run.command], lines: run.lines })

  const card = page.getByTestId('request-card')
  await expect(card).toBeVisible()
  expect(await card.innerText()).not.toContain(BIDI)
  expect(await card.innerText()).toContain('202E')
  const closed = page.locator('[data-testid=tool-row] .summary[aria-expanded=false]')
  for (let left = await closed.count(); left > 0; left = await closed.count()) await closed.first().click()
  await expect(page).toHaveTitle(/onerror/)
  await expect(page.locator('#conversation :is(script, iframe, style, object, embed, svg[onload])')).toHaveCount(0)
  const active = await page.evaluate(() =>
    [...document.querySelectorAll('#conversation *, nav *')].flatMap((element) =>
      [...element.attributes]
        .filter(({ name, value }) => name.startsWith('on') || /^\s*(?:javascript|vbscript|data:text)/i.test(value))
        .map(({ name, value }) => `${element.tagName} ${name}=${value}`),
    ),
  )
  expect(active).toEqual([])
  await page.waitForTimeout(500) // what would run does so a moment later
  expect(await page.evaluate(() => Reflect.get(window, 'pwned'))).toBeUndefined()
  expect(foreign).toEqual([])
})

test('four questions, several choices and one’s own words are answered by the text of each question', async ({
  page,
  stage,
}) => {
  const options = [{ label: 'One', preview: 'first line\nsecond line' }, { label: 'Two' }]
  const questions = ['Which?', 'Which ones?', 'What else?', 'And last?'].map((question, index) => ({
    question,
    header: `Q${index + 1}`,
    multiSelect: index === 1,
    options,
  }))
  const run = writeRun('ask me', Date.now()).start().ask('AskUserQuestion', { questions }, { type: 'question' })
  await open(page, stage, { title: 'Questions', commands: [run.command], lines: run.lines })
  const card = page.getByTestId('request-card')
  const submit = card.getByRole('button', { name: 'Submit' })
  await expect(submit).toBeDisabled()
  await card.getByRole('radio', { name: /Two/ }).first().check()
  for (const name of [/One/, /Two/]) await card.getByRole('checkbox', { name }).check()
  await card.getByLabel('Other answer to: What else?').fill('My own words')
  await card.getByRole('radio', { name: /One/ }).last().check()
  await expect(submit).toBeEnabled()
  await submit.click()
  const answers = () =>
    stage.inputs.flatMap(({ kind, command }) =>
      kind === 'decision' ? [JSON.parse(command) as { answers?: object }] : [],
    )
  await expect
    .poll(() => answers().map((each) => each.answers))
    .toEqual([{ 'Which?': 'Two', 'Which ones?': 'One, Two', 'What else?': 'My own words', 'And last?': 'One' }])
})
