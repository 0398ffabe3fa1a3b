import { long } from './stage/scenes.ts'
import { open, test as base } from './stage/fixtures.ts'
import { openStage } from './stage/stage.ts'
const test = base.extend({ stage: async ({}, use) => { const stage = await openStage({ webDir: '/tmp/pwa/dist' }); await use(stage); await stage.close() } })
test('trace', async ({ page, stage }) => {
  test.setTimeout(120_000)
  page.on('console', (m) => console.log(m.text()))
  await open(page, stage, long(900, Date.now()))
  await page.evaluate(() => {
    const d = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop')!
    const t0 = performance.now()
    const top = () => { const s = document.querySelector('#conversation')!; const y = s.getBoundingClientRect().top; const r = [...s.querySelectorAll('[data-row]')]; const f = r.find((e) => e.getBoundingClientRect().bottom > y); return `rows ${r.length} first visible ${r.indexOf(f!)} ${f?.textContent?.slice(0, 20)}` }
    Object.defineProperty(Element.prototype, 'scrollTop', { ...d, set(v) { const b = d.get!.call(this); d.set!.call(this, v); if (this.id === 'conversation' && Math.abs(b - d.get!.call(this)) > 1) console.log(Math.round(performance.now() - t0), 'set', Math.round(b), '->', Math.round(d.get!.call(this)), top(), (new Error().stack ?? '').split('\n').slice(2, 5).map((l) => l.trim().slice(0, 60).replace(/http.*assets/, '')).join(' < ')) } })
    setInterval(() => console.log(Math.round(performance.now() - t0), document.querySelector('[role=search]')?.textContent, Math.round(document.querySelector('#conversation')!.scrollTop), top()), 400)
  })
  await page.locator('#conversation').focus()
  await page.keyboard.press('f')
  await page.getByRole('search').getByRole('textbox').waitFor()
  await page.keyboard.type('what about part')
  await page.waitForTimeout(1500)
  await page.keyboard.press('Enter')
  await page.waitForTimeout(2500)
})
