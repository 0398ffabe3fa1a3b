import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testPolicy } from '../src/policy/dryRun.ts'
import { openHouse, type House } from './house.ts'
import type { Reply, Turn } from './model.ts'
import { AUTHOR } from './relay.ts'
import { until } from './temporary.ts'

/** What this machine allows, in the real Claude Code with a scripted model. */

function script(turn: Turn): Reply {
  if (turn.toolResults.length > 0) return { blocks: [{ type: 'text', text: turn.toolResults.join(' ') }] }
  return { blocks: [{ type: 'tool_use', name: 'Bash', input: { command: turn.prompt, description: 'as asked' } }] }
}

const MINUTE_MS = 60_000
const setPolicy = (house: House, text: string) => writeFileSync(join(house.directory, 'agent', 'farhand.policy'), text)
const made = (house: House, name: string) => existsSync(join(house.project, name))

describe('whatever mode somebody chose', () => {
  // Claude Code refuses this mode to root, but for one that says that it is in a sandbox.
  const bypassing = { script, allowBypass: true, env: { IS_SANDBOX: '1' }, passEnv: ['IS_SANDBOX'] }
  const bypass = { options: { permissionMode: 'bypassPermissions' as const } }

  test('deny denies, ask asks, and the rest goes without asking', async () => {
    const house = await openHouse(bypassing)
    setPolicy(house, 'deny Bash(mkdir never*)\nask Bash(mkdir asked*)\n')
    const session = house.session()
    const denied = await session.end(await session.command('mkdir never', bypass))
    expect(denied.body.result).toContain('The policy says: deny Bash(mkdir never*)')
    expect(made(house, 'never')).toBe(false)
    const commandId = await session.command('mkdir asked')
    const request = await session.request()
    expect(request).toMatchObject({ tool: 'Bash', reason: expect.stringContaining('farhand.policy:2') })
    expect(made(house, 'asked')).toBe(false)
    await session.decide(request, {})
    await session.end(commandId)
    expect(made(house, 'asked')).toBe(true)
    await session.end(await session.command('mkdir free'))
    expect(made(house, 'free')).toBe(true)
    expect(session.bodies('request')).toHaveLength(1)
  })

  test('bypassPermissions is refused where nobody allowed it at the machine, as an option and as a setting', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const { response, body } = await session.end(await session.command('mkdir never', bypass))
    expect(response.code).toBe('FORBIDDEN')
    expect(body.error?.message).toContain('--allow-bypass')
    await session.input('setting', { permissionMode: 'bypassPermissions' })
    await until('the notice', () => session.kinds().includes('notice'))
    expect(session.bodies('notice')).toEqual([expect.objectContaining({ type: 'setting_refused' })])
    const commandId = await session.command('mkdir asked')
    await session.decide(await session.request(), {})
    expect((await session.end(commandId)).response.status).toBe('complete')
    expect(session.bodies('run_started')).toEqual([expect.objectContaining({ permissionMode: 'default' })])
  })
})

test('allow goes without asking; a change of the file counts from the next call on', async () => {
  const house = await openHouse({ script })
  setPolicy(house, 'allow Bash(mkdir *)')
  const session = house.session()
  await session.end(await session.command('mkdir one && mkdir two'))
  expect(made(house, 'two')).toBe(true)
  expect(session.bodies('request')).toEqual([])
  const file = join(house.directory, 'agent', 'farhand.policy')
  expect(session.bodies('decided')).toEqual([
    {
      toolUseId: expect.stringContaining('toolu_'),
      behavior: 'allow',
      standIn: { type: 'policy', rule: 'Bash(mkdir *)', source: `${file}:1` },
    },
  ])
  setPolicy(house, 'deny Bash(mkdir *) # none\n')
  const { body } = await session.end(await session.command('mkdir three'))
  expect(body.result).toContain('is not Tool or Tool(pattern)')
  expect(body.result).toContain('farhand.policy:1')
  setPolicy(house, 'deny Bash(mkdir *)\n')
  expect((await session.end(await session.command('mkdir three'))).body.result).toContain('The policy says: deny')
  expect(session.bodies('decided').at(-1)).toMatchObject({ behavior: 'deny', standIn: { type: 'policy' } })
  expect(made(house, 'three')).toBe(false)
})

test('what a person makes of a call is looked at again', async () => {
  const house = await openHouse({ script })
  setPolicy(house, 'deny Bash(mkdir never*)')
  const session = house.session()
  const commandId = await session.command('mkdir asked')
  const updatedInput = { command: 'mkdir never' }
  await session.decide(await session.request(), { updatedInput, rule: 'Bash(mkdir *)', forMs: MINUTE_MS })
  expect((await session.end(commandId)).body.result).toContain('The policy says: deny Bash(mkdir never*)')
  expect(session.bodies('request_resolved')).toEqual([
    expect.objectContaining({ outcome: 'cancelled', by: AUTHOR, message: expect.stringContaining('must not be made') }),
  ])
  expect(session.bodies('notice')).toEqual([])
  const second = await session.command('mkdir asked')
  await session.decide(await session.request(1), { updatedInput: { command: 'mkdir instead' } })
  await session.end(second)
  expect(['asked', 'never', 'instead'].map((name) => made(house, name))).toEqual([false, false, true])
})

test('between runs, when Claude goes on after work in the background, the rules of the project hold', async () => {
  const house = await openHouse({
    script({ toolResults, prompt }) {
      if (toolResults.length > 0) return { blocks: [{ type: 'text', text: toolResults.join(' ') }] }
      const input = prompt.startsWith('begin')
        ? { command: 'sleep 1', description: 'wait', run_in_background: true }
        : { command: 'mkdir never', description: 'as nobody asked' }
      return { blocks: [{ type: 'tool_use', name: 'Bash', input }] }
    },
  })
  setPolicy(house, `allow Bash\n[${house.project}]\ndeny Bash(mkdir never*)`)
  const session = house.session()
  await session.end(await session.command('begin'))
  await until(
    'the turn that nobody asked for',
    () => session.kinds().filter((kind) => kind === 'tool_finished').length > 1,
  )
  expect(session.bodies('tool_finished').at(-1)).toMatchObject({
    isError: true,
    output: expect.stringContaining('deny'),
  })
  expect(made(house, 'never')).toBe(false)
})

test("a project's own file denies too, and can not allow", async () => {
  const house = await openHouse({ script })
  const session = house.session()
  writeFileSync(join(house.project, 'farhand.policy'), 'deny Bash(mkdir never*)')
  expect((await session.end(await session.command('mkdir never'))).body.result).toContain('The policy says: deny')
  writeFileSync(join(house.project, 'farhand.policy'), 'allow Bash')
  const { body } = await session.end(await session.command('mkdir never'))
  expect(body.result).toContain('farhand.policy:1')
  expect(made(house, 'never')).toBe(false)
})

test('granted for a while: in this session, for what the rule covers, by the clock, over a restart', async () => {
  let offset = 0
  const house = await openHouse({ script, clock: { now: () => Date.now() + offset } })
  setPolicy(house, 'ask Bash(mkdir *)')
  const session = house.session()
  const first = await session.command('mkdir one')
  await session.decide(await session.request(), { rule: 'Bash(mkdir *)', forMs: 30 * MINUTE_MS })
  await session.end(first)
  expect(session.bodies('notice')).toEqual([
    expect.objectContaining({ type: 'grant', message: 'Owner allowed Bash(mkdir *) in this session for 30 min.' }),
  ])
  const granted = { rule: 'Bash(mkdir *)', until: expect.any(Number) }
  expect(session.bodies('request_resolved')).toEqual([expect.objectContaining({ ...granted, by: AUTHOR })])
  expect(session.bodies('decided')).toEqual([])
  await house.stop()
  await house.start()
  await session.end(await session.command('mkdir two'))
  expect(session.bodies('request')).toHaveLength(1)
  expect(session.bodies('decided')).toMatchObject([
    { behavior: 'allow', standIn: { type: 'grant', ...granted, by: AUTHOR } },
  ])
  offset = 31 * MINUTE_MS
  const third = await session.command('mkdir three')
  await session.decide(await session.request(1), { rule: 'Bash(rm *)', forMs: 30 * MINUTE_MS })
  await session.end(third)
  expect(session.bodies('notice').at(-1)).toMatchObject({ message: expect.stringContaining('does not cover the call') })
  const fourth = await session.command('mkdir four')
  await session.decide(await session.request(2), { behavior: 'deny' })
  await session.end(fourth)
  expect(['one', 'two', 'three', 'four'].map((name) => made(house, name))).toEqual([true, true, true, false])
})

test('what was granted for a while is listed, and taken back: once, with who did, over a restart', async () => {
  const house = await openHouse({ script })
  setPolicy(house, 'ask Bash(mkdir *)')
  const [session, other] = [house.session(), house.session()]
  const first = await session.command('mkdir one')
  const { requestId: grantId, ...request } = await session.request()
  await session.decide({ requestId: grantId, ...request }, { rule: 'Bash(mkdir *)', forMs: 30 * MINUTE_MS })
  await session.end(first)
  const grants = async (sessionId: string) => {
    const answer = await house.relay.request('grants.list', { sessionId })
    return answer.ok ? answer.result : answer.error
  }
  const rule = 'Bash(mkdir *)'
  expect(await grants(session.sessionId)).toEqual({
    grants: [{ grantId, rule, by: AUTHOR, at: expect.any(Number), until: expect.any(Number) }],
  })
  expect(await grants(other.sessionId)).toEqual({ grants: [] })

  const ann = { id: 'ann', name: 'Ann', device: 'Phone' }
  await other.input('revoke', { grantId })
  expect(await grants(session.sessionId)).toMatchObject({ grants: [{ grantId }] })
  await session.input('revoke', { grantId }, { author: ann })
  await session.input('revoke', { grantId })
  await until('both are told', () => session.bodies('notice').length === 3)
  expect(session.bodies('notice')).toMatchObject([
    { type: 'grant', state: 'begun', grantId, rule, until: expect.any(Number) },
    { type: 'grant', state: 'ended', grantId, rule, by: ann, message: expect.stringContaining('Ann took back Bash(') },
    { type: 'grant_late', grantId },
  ])
  expect(other.bodies('notice')).toMatchObject([{ type: 'grant_late', grantId }])
  expect(await grants(session.sessionId)).toEqual({ grants: [] })
  await house.stop()
  await house.start()
  expect(await grants(session.sessionId)).toEqual({ grants: [] })
  const second = await session.command('mkdir two')
  await session.decide(await session.request(1), { behavior: 'deny' })
  await session.end(second)
  expect(made(house, 'two')).toBe(false)
})

test('a dry run says what a policy would have done to the calls that were made, and changes nothing', async () => {
  const house = await openHouse({ script })
  setPolicy(house, 'allow Bash(mkdir *)')
  const session = house.session()
  await session.end(await session.command('mkdir one'))
  await session.end(await session.command('mkdir two'))
  setPolicy(house, 'allow Bash(mkdir one)\ndeny Bash(mkdir two)')
  const places = { dir: join(house.directory, 'agent'), projects: [house.project], home: house.directory }
  const dryRun = () => {
    const lines: string[] = []
    return { exitCode: testPolicy(places, (line) => lines.push(line)), lines }
  }
  await until('the record', () => dryRun().lines.length === 3)
  expect(dryRun()).toEqual({
    exitCode: 0,
    lines: [
      expect.stringMatching(/^ {2}allow {2}Bash {2}mkdir one {2}\(.*farhand\.policy:1\)$/),
      expect.stringMatching(/^\* deny {3}Bash {2}mkdir two {2}\(.*farhand\.policy:2\)$/),
      '2 calls: allow 1, deny 1. * is another answer than was given then.',
    ],
  })
  setPolicy(house, 'allwo Bash')
  expect(dryRun()).toEqual({
    exitCode: 1,
    lines: [expect.stringContaining('farhand.policy:1: "allwo"'), 'Until this is corrected every call is denied.'],
  })
})
